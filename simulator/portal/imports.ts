/**
 * Imports: takes the log of a dead device in from a file, exactly as from MQTT, and retires the device.
 *
 * The file is what `holdfast ledger export --frames` writes: a first line that says whose it is, then frames.
 * A file that does not end where its first line says, or does not fit what is here, retires nobody.
 */
import { check, Frame, isSubject, type Subject } from '../../contract/index.ts';
import type { Devices, Standing } from './devices.ts';
import type { Tell } from './events.ts';
import type { Intake } from './intake.ts';

export type Imported =
  | {
      readonly is: 'imported';
      readonly device: string;
      readonly epoch: number;
      readonly through: number;
    }
  | { readonly is: 'refused'; readonly code: 'malformed' | 'conflict'; readonly why: string };

export interface ImportsOptions {
  readonly devices: Devices;
  readonly intake: Intake;
  readonly tell: Tell;
}

interface Head {
  readonly subject: Subject;
  readonly epoch: number;
  readonly head: number;
}

export class Imports {
  readonly #options: ImportsOptions;

  constructor(options: ImportsOptions) {
    this.#options = options;
  }

  /** Takes a file in: its text, a JSON document a line. What fits is kept even when the rest is refused. */
  take(text: string): Imported {
    const [first = '', ...lines] = text.split('\n').filter((line) => line !== '');
    const head = headOf(first);
    if (head === undefined) return malformed('the first line is not that of an export of frames');
    const { devices, tell } = this.#options;
    const standing = devices.of(head.subject);
    if (standing === undefined) return conflict('there are too many devices');
    const { device } = standing;
    if (standing.online === 1) return conflict(`${device} is online; it tells its log itself`);
    const session = standing.session + 1;
    devices.change(device, { session, gateEpoch: head.epoch, gateHead: head.head });
    for (const [place, line] of lines.entries()) {
      if (!this.#takeFrame(device, session, line))
        return malformed(`line ${place + 2} is no frame`);
    }
    const now = devices.find(device) ?? standing;
    if (now.upEpoch !== head.epoch || now.upThrough < head.head)
      return conflict(whyShort(now, head));
    devices.change(device, { retired: 1 });
    tell({ is: 'device.retired', device, epoch: head.epoch, through: head.head });
    return { is: 'imported', device, epoch: head.epoch, through: head.head };
  }

  #takeFrame(device: string, session: number, line: string): boolean {
    const { devices, intake } = this.#options;
    const frame = check(Frame, parsed(line));
    const standing = devices.find(device);
    if (!frame.ok || standing === undefined) return false;
    intake.take(standing, { ...frame.value, session });
    return true;
  }
}

const headOf = (line: string): Head | undefined => {
  const written = parsed(line);
  if (typeof written !== 'object' || written === null) return undefined;
  const { holdfast, kind, clientId, deviceId, epoch, head } = written as Record<string, unknown>;
  const subject = { clientId: String(clientId), deviceId: String(deviceId) };
  const isHead = holdfast === 'ledger' && kind === 'frames' && isSubject(subject);
  if (!isHead || !Number.isSafeInteger(epoch) || !Number.isSafeInteger(head)) return undefined;
  return { subject, epoch: Number(epoch), head: Number(head) };
};

const whyShort = ({ device, upEpoch, upThrough }: Standing, { epoch, head }: Head): string =>
  `the portal has ${device} through ${upEpoch}/${upThrough}, the file ends at ${epoch}/${head}`;

const malformed = (why: string): Imported => ({ is: 'refused', code: 'malformed', why });
const conflict = (why: string): Imported => ({ is: 'refused', code: 'conflict', why });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
