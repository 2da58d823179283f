/**
 * Decommissioning: how a device is taken out of service. Nothing that is money or a record may be lost with
 * it, and no key and no card data may be left behind.
 *
 *   nothing loose ─▶ marked ─▶ portal told ─▶ no way back
 *     ─▶ sealed data erased ─▶ keys destroyed ─▶ ledger put away ─▶ unmarked
 *
 * Power may fail between any two of these; the same command goes on from there, and while the mark is there
 * the device does not sell. It is taken away again only when it is certain that the portal has not let the
 * device go: the mark says whether the question may have left.
 */
import {
  check,
  ExportReceipt,
  RetirementGrant,
  subjectName,
  type CornerRequest,
  type CornerResponse,
  type Subject,
} from '../../contract/index.ts';
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { looseEndsOf } from '../ledger/loose-ends.ts';
import type { Head } from '../ledger/up-log.ts';
import { places } from '../places.ts';
import { keepMark, markIn, type Mark, type Told } from './decommission-mark.ts';
import { subjectIn, trustIn } from './keys.ts';
import { recoveryKeyIn, type RecoveryKey } from './recovery-key.ts';
import { finishRegistration, refusedBy, registeredPortal } from './registration.ts';

/** How far it is, for whoever waits. */
export type DecommissionStep =
  'asking the portal' | 'sealed data erased' | 'keys destroyed' | 'in place';

export interface Decommissioning {
  readonly directory: DataDirectory;
  readonly wallMs: () => number;
  /** Opens the ledger of this device; called only when there is one. Throws a `StartFault`. */
  readonly openLedger: (subject: Subject) => Ledger;
  /** What the portal signed when it took the log in from a file. */
  readonly receipt?: string;
  /**
   * Asks the portal once at an address, what `request` makes as the question leaves; rejects with a
   * `StartFault` when there is no answer.
   */
  readonly ask: (
    url: string,
    request: (registrationId: string) => CornerRequest,
  ) => Promise<CornerResponse>;
  /** Whether it is meant; not asked again once there is no way back. */
  readonly confirm: (subject: Subject) => Promise<boolean>;
  readonly step: (step: DecommissionStep) => void;
}

export interface Decommissioned extends Subject {
  readonly portal: Told;
  /** Why the portal was not told. */
  readonly why?: string;
  /** Where the merchant's record is. */
  readonly record?: string;
}

/** Takes the device out of service, or goes on where that was cut off. Throws a `StartFault`. */
export const decommission = async (parts: Decommissioning): Promise<Decommissioned> => {
  const mark = markIn(parts.directory);
  return leave(parts, mark?.told === undefined ? await release(parts, mark) : mark);
};

/** Everything up to where there is no way back. */
const release = async (parts: Decommissioning, before: Mark | undefined): Promise<Mark> => {
  const { directory, confirm } = parts;
  finishRegistration(directory);
  if (before === undefined && directory.read('device') === undefined) {
    throw new StartFault(
      'not_registered',
      `No device is registered in ${directory.path}; name its data directory with --data.`,
    );
  }
  const subject = subjectIn(directory);
  directory.checkFiles('identity');
  const head = tiedHead(parts, subject);
  if (!(await confirm(subject))) {
    throw new StartFault('not_confirmed', 'Its name was not typed; nothing was changed.');
  }
  const { clientId, deviceId } = subject;
  const hasLedger = directory.has(places.ledger);
  const record = hasLedger ? { record: freeRecord(directory, subject) } : {};
  const asked = before?.asked ?? false;
  return tell(parts, keepMark(directory, { clientId, deviceId, asked, ...record }), head);
};

/** The head of a ledger nothing is lost with; `undefined` when there never was one. */
const tiedHead = (parts: Decommissioning, subject: Subject): Head | undefined => {
  const { directory, openLedger, receipt } = parts;
  if (!directory.has(places.ledger)) {
    // What a receipt says of a log that is gone is all that is known of it.
    if (receipt !== undefined) return provenReceipt(directory, subject, receipt);
    if (!hasRun(directory)) return undefined;
    throw new StartFault(
      'ledger_missing',
      `This device has run, and ${directory.pathOf('ledger')} is not there; put it back, or bring the ` +
        'portal a file of `holdfast ledger export --frames` and name the receipt it gives with --receipt.',
    );
  }
  const ledger = openLedger(subject);
  try {
    const head = ledger.upLog.head();
    if (receipt !== undefined) {
      provesReceipt(provenReceipt(directory, subject, receipt), head);
      return head;
    }
    const ends = looseEndsOf(ledger);
    const [first] = ends;
    if (first === undefined) return head;
    throw new StartFault(
      first.code,
      `${ends.map(({ says }) => `${says}.`).join(' ')} Or bring the portal the file of ` +
        '`holdfast ledger export --frames` and name the receipt it gives with --receipt.',
    );
  } finally {
    ledger.close();
  }
};

/** Whether an agent has run here: its first start makes this key. */
const hasRun = (directory: DataDirectory): boolean => directory.has(places.velocityKey);

/** The head a receipt is for, if it is one of this device's portal. */
const provenReceipt = (directory: DataDirectory, subject: Subject, receipt: string): Head => {
  const opened = trustIn(directory).open(receipt, { typ: 'receipt', sub: subjectName(subject) });
  const checked = opened.ok ? check(ExportReceipt, opened.payload) : opened;
  if (!checked.ok) {
    throw new StartFault(
      'receipt_unsound',
      `The receipt is not one of this device’s portal (${checked.why}); take the one it gave for the export.`,
    );
  }
  return checked.value;
};

const provesReceipt = (value: Head, { epoch, seq, hash }: Head): void => {
  if (value.epoch === epoch && value.seq === seq && value.hash === hash) return;
  throw new StartFault(
    'receipt_of_another_head',
    `The receipt is for entry ${value.epoch}/${value.seq}, the ledger ends at ${epoch}/${seq}; ` +
      'export it again and bring the portal the new file.',
  );
};

const freeRecord = (directory: DataDirectory, { clientId, deviceId }: Subject): string => {
  const named = (more: string) => `${places.records}/${clientId}-${deviceId}${more}.sqlite`;
  for (let number = 1; ; number += 1) {
    const name = named(number === 1 ? '' : `-${number}`);
    if (!directory.has(name)) return name;
  }
};

/** Tells the portal; gives the mark with what came of it, or takes it away and says why. */
const tell = async (parts: Decommissioning, mark: Mark, head: Head | undefined): Promise<Mark> => {
  const { directory, step } = parts;
  const url = registeredPortal(directory)?.registrationUrl;
  const go = (told: Told, why?: string): Mark =>
    keepMark(directory, { ...mark, told, ...(why === undefined ? {} : { why }) });
  if (url === undefined) {
    return go('not_told', 'it was not registered with a code, so there is no line for it');
  }
  step('asking the portal');
  const heard = await question(parts, { mark, url, head });
  if ('silent' in heard) {
    const { silent, mayHaveLeft } = heard;
    if (parts.receipt !== undefined) return go('not_told', silent.message);
    if (!mayHaveLeft) directory.remove('decommission');
    throw new StartFault('portal_not_told', notTold(silent, mayHaveLeft), { cause: silent });
  }
  const { response } = heard;
  if (response.ok) {
    if (check(RetirementGrant, response).ok) return go('let_go');
    throw new StartFault(
      'grant_unsound',
      'The portal answered something else than was asked; tell who runs it, and run this again.',
    );
  }
  const { code } = response.refusal;
  // Nothing is loose here, and the portal hears this device no more: it has nothing to wait for.
  if (code === 'revoked') return go('revoked_before');
  const isUnknown = code === 'device_unknown';
  if (isUnknown && parts.receipt !== undefined) return go('not_told', refusedBy(response).message);
  // Any other refusal says nothing of a question that left before and was never answered.
  if (!mark.asked || decisive.has(code)) directory.remove('decommission');
  throw new StartFault(
    code,
    `The portal did not let the device go. ${isUnknown ? unknownHere : refusedBy(response).message}`,
  );
};

const unknownHere =
  'It knows no such device, or not this recovery key of it; restore identity/recovery.key from a backup, ' +
  'or ask who runs the portal to revoke the device, and bring a receipt.';

/** Refusals that say that the portal has not let the device go, whatever was asked before. */
const decisive: ReadonlySet<string> = new Set(['log_incomplete', 'device_unknown']);

const notTold = ({ message }: StartFault, mayHaveLeft: boolean): string =>
  mayHaveLeft
    ? `It is not known whether the portal let the device go: ${message} It does not sell until that is ` +
      'known; run `holdfast decommission` again when the portal can be reached.'
    : `The portal could not be told, and nothing was changed: ${message}`;

interface Asking {
  readonly mark: Mark;
  readonly url: string;
  readonly head: Head | undefined;
}

type Heard =
  | { readonly response: CornerResponse }
  | { readonly silent: StartFault; readonly mayHaveLeft: boolean };

const question = async (parts: Decommissioning, asking: Asking): Promise<Heard> => {
  const { directory, ask } = parts;
  const { mark, url, head } = asking;
  const { epoch, seq, hash } = head ?? { epoch: 1, seq: 0, hash: '0'.repeat(64) };
  let mayHaveLeft = mark.asked;
  const request = (registrationId: string, recovery: RecoveryKey): CornerRequest => {
    // Noted before it leaves: whoever comes next knows that the portal may have let the device go.
    keepMark(directory, { ...mark, asked: true });
    mayHaveLeft = true;
    const payload = { registrationId, epoch, head: seq, hash };
    return { signed: recovery.sign('retirement', subjectName(mark), payload) };
  };
  try {
    const recovery = recoveryKeyIn(directory);
    return { response: await ask(url, (registrationId) => request(registrationId, recovery)) };
  } catch (error) {
    if (!(error instanceof StartFault)) throw error;
    return { silent: error, mayHaveLeft };
  }
};

/** Everything behind the point of no return; each step finds done what was done before. */
const leave = (parts: Decommissioning, mark: Mark): Decommissioned => {
  const { directory, step } = parts;
  if (directory.has(places.ledger)) eraseSealed(parts, mark);
  for (const file of directory.filesIn('exports')) {
    // Frames hold the sealed data too; other exports are records.
    if (/\.frames\.jsonl(\.part)?$/.test(file)) directory.destroy(file);
  }
  step('sealed data erased');
  for (const file of directory.filesIn('identity')) {
    if (file !== places.decommission) directory.destroy(file);
  }
  directory.removeFolders('identity');
  step('keys destroyed');
  directory.remove('api');
  if (mark.record !== undefined) directory.moveLedger(mark.record);
  directory.remove('decommission');
  step('in place');
  const { clientId, deviceId, told = 'not_told', why, record } = mark;
  return {
    ...{ clientId, deviceId, portal: told },
    ...(why === undefined ? {} : { why }),
    ...(record === undefined ? {} : { record: `${directory.path}/${record}` }),
  };
};

const eraseSealed = ({ openLedger, wallMs }: Decommissioning, mark: Mark): void => {
  const ledger = openLedger({ clientId: mark.clientId, deviceId: mark.deviceId });
  try {
    ledger.commit(() => {
      ledger.sealed.eraseAll(wallMs());
      // Who may sign in, with what their passwords were hashed to, is no part of the merchant's record.
      ledger.desired.forget();
      ledger.meta.set('decommissionedAt', ledger.meta.get('decommissionedAt') ?? wallMs());
    });
    if (ledger.checkpoint()) return;
    throw new StartFault(
      'ledger_in_use',
      'Another program reads the ledger, so erased card data is still on the disk; ' +
        'end that and run this again.',
    );
  } finally {
    ledger.close();
  }
};
