/**
 * The command channel of a simulated MagTek HID reader: what it answers, and what it does. Above level 2 it
 * obeys privileged commands with the right MAC only, and each it obeys uses up a key (manual p. 2).
 */
import type { SecurityLevel } from '../../drivers/index.ts';
import { nextKsn } from './dukpt.ts';
import { answerCommand, type MagtekMemory } from './magtek-commands.ts';
import { macOf, openReply, sealChallenges, type Challenges } from './magtek-authentication.ts';

/** What a HID reader's answers are drawn from. */
export interface MagtekHidMemory extends MagtekMemory {
  readonly options: MagtekMemory['options'] & { readonly baseKey: Buffer };
  level: SecurityLevel;
  /** Properties that were set. */
  readonly properties: Map<number, Uint8Array>;
  authentication: 'none' | { readonly challenges: Challenges; readonly isGiven: boolean };
  /** Eight bytes that nobody foresees. */
  readonly random: () => Uint8Array;
}

/** An answer, and whether the reader resets itself after it. */
export interface CommandOutcome {
  readonly answer: Uint8Array;
  readonly resets?: boolean;
}

const answer = (result: number, data: Uint8Array = new Uint8Array()): CommandOutcome => ({
  answer: Uint8Array.of(result, data.length, ...data),
});
const done = answer(0x00);
const badParameter = answer(0x02);
const badData = answer(0x04);
const notAllowed = answer(0x07);

/** What becomes of a command; `report` as it came, zeros and all. */
export const obey = (report: Uint8Array, reader: MagtekHidMemory): CommandOutcome => {
  const [command = 0, byteCount = 0] = report;
  const request = report.slice(0, 2 + byteCount);
  if (request.length !== 2 + byteCount) return badParameter;
  return (performs[command] ?? asked)(request, reader);
};

type Perform = (request: Uint8Array, reader: MagtekHidMemory) => CommandOutcome;

/** What a HID reader does that the command channel of `magtek-commands.ts` leaves out. */
const performs: Readonly<Record<number, Perform>> = {
  0x00: (request, reader) => {
    const set = reader.properties.get(request[2] ?? -1);
    return set === undefined ? asked(request, reader) : answer(0x00, set);
  },
  0x01: (request, reader) =>
    privileged(request, reader, ([id, ...value]) => setProperty(id, value, reader)),
  0x02: (_, { authentication }) =>
    authentication !== 'none' && !authentication.isGiven ? notAllowed : { ...done, resets: true },
  0x10: (_, reader) => activate(reader),
  0x11: (request, reader) => takeReply(request.subarray(2), reader),
  0x12: (request, reader) => takeFarewell(request.subarray(2), reader),
  0x15: (request, reader) =>
    request.length === 2
      ? asked(request, reader)
      : privileged(request, reader, ([level]) => setLevel(level, reader), 'always'),
};

const asked: Perform = (request, reader) => {
  const line = Buffer.from(request).toString('hex').toUpperCase();
  return { answer: new Uint8Array(Buffer.from(answerCommand(line, reader), 'hex')) };
};

const useKey = (reader: MagtekHidMemory): void => {
  reader.ksn = nextKsn(ksnOf(reader));
};
const ksnOf = ({ ksn, options }: MagtekHidMemory): string => ksn ?? options.initialKsn;

const privileged = (
  request: Uint8Array,
  reader: MagtekHidMemory,
  perform: (data: Uint8Array) => CommandOutcome,
  needsMac: 'above level 2' | 'always' = 'above level 2',
): CommandOutcome => {
  if (reader.level === 'clear' && needsMac !== 'always') return perform(request.subarray(2));
  const message = request.subarray(0, -4);
  const mac = macOf(reader.options.baseKey, ksnOf(reader), message);
  if (message.length < 2 || !mac.equals(request.subarray(-4))) return notAllowed;
  const outcome = perform(message.subarray(2));
  if (outcome === done) useKey(reader);
  return outcome;
};

const setProperty = (
  id: number | undefined,
  value: readonly number[],
  reader: MagtekHidMemory,
): CommandOutcome => {
  if (id === undefined) return badParameter;
  reader.properties.set(id, Uint8Array.from(value));
  return done;
};

const levels: Readonly<Record<number, SecurityLevel>> = { 3: 'encrypted', 4: 'authenticated' };

// It can be set higher, but never lower (p. 70).
const setLevel = (level: number | undefined, reader: MagtekHidMemory): CommandOutcome => {
  const wanted = levels[level ?? 0];
  if (wanted === undefined || reader.level === 'authenticated') return badParameter;
  reader.level = wanted;
  return done;
};

const activate = (reader: MagtekHidMemory): CommandOutcome => {
  if (reader.level === 'clear') return notAllowed;
  useKey(reader);
  const ksn = ksnOf(reader);
  const end = Buffer.from(ksn, 'hex').subarray(-2);
  const challenges = {
    one: Uint8Array.of(...reader.random().subarray(0, 6), ...end),
    two: reader.random(),
  };
  reader.authentication = { challenges, isGiven: false };
  const sealed = sealChallenges(reader.options.baseKey, ksn, challenges);
  return answer(0x00, Buffer.concat([Buffer.from(ksn, 'hex'), sealed]));
};

const begins = (bytes: Uint8Array, with_: Uint8Array): boolean =>
  with_.every((byte, at) => bytes[at] === byte);

const takeReply = (data: Uint8Array, reader: MagtekHidMemory): CommandOutcome => {
  const { authentication } = reader;
  if (authentication === 'none' || authentication.isGiven) return notAllowed;
  if (data.length !== 8 && data.length !== 16) return badParameter;
  const clear = openReply(reader.options.baseKey, ksnOf(reader), data);
  const { challenges } = authentication;
  if (!begins(clear, challenges.one.subarray(0, 6))) {
    reader.authentication = 'none';
    useKey(reader);
    return badData;
  }
  reader.authentication = { challenges, isGiven: true };
  return done;
};

const takeFarewell = (data: Uint8Array, reader: MagtekHidMemory): CommandOutcome => {
  const { authentication } = reader;
  if (authentication === 'none' || !authentication.isGiven) return notAllowed;
  const clear = openReply(reader.options.baseKey, ksnOf(reader), data);
  if (!begins(clear, authentication.challenges.two.subarray(0, 7))) return answer(0x03);
  reader.authentication = 'none';
  if (clear[7] === 1) useKey(reader);
  return done;
};
