/**
 * Imports: takes the log of a dead device in from a file, exactly as from MQTT, and retires the device.
 *
 * A file is taken in whole or not at all: one that is not sound in itself, that ends before what is here, or
 * that tells another story, changes nothing and retires nobody.
 */
import type { ExportReceipt, Subject } from '../../contract/index.ts';
import { signerOf } from '../../agent/identity/jws.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Clock } from '../../agent/world.ts';
import type { Devices, Standing } from './devices.ts';
import type { Tell } from './events.ts';
import { readExport, type ExportFile, type Unfit } from './export-file.ts';
import type { Intake } from './intake.ts';
import type { KeyPair } from './keys.ts';
import type { Reversals } from './reversals.ts';

export type Imported =
  | {
      readonly is: 'imported';
      readonly device: string;
      readonly epoch: number;
      readonly through: number;
      /** What the device may be decommissioned with, signed. */
      readonly receipt: string;
    }
  | ({ readonly is: 'refused' } & Unfit);

export interface ImportsOptions {
  readonly db: Sqlite;
  readonly devices: Devices;
  readonly intake: Intake;
  readonly reversals: Reversals;
  readonly clock: Clock;
  /** The key that is in force. */
  readonly signing: () => KeyPair;
  /** A device is heard no more from now on. */
  readonly retired: (subject: Subject) => void;
  readonly tell: Tell;
}

/** Thrown within the commit of an import, so that nothing of it is kept. */
class Refused extends Error {}

export class Imports {
  readonly #options: ImportsOptions;

  constructor(options: ImportsOptions) {
    this.#options = options;
  }

  /** Takes a file in, by its text, and retires its device; or says why not, and has changed nothing. */
  take(text: string): Imported {
    const file = readExport(text);
    if ('why' in file) return { is: 'refused', ...file };
    const { db, retired, tell } = this.#options;
    const { device, epoch, head: through } = file;
    try {
      db.transaction(() => this.#retire(file))();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { is: 'refused', code: 'conflict', why: error.message };
    }
    tell({ is: 'device.retired', device, epoch, through });
    retired(file.subject);
    return { is: 'imported', device, epoch, through, receipt: this.#receiptFor(file) };
  }

  #receiptFor({ device, epoch, head: seq, hash }: ExportFile): string {
    const { clock, signing } = this.#options;
    const { keyId, seed } = signing();
    const receipt: ExportReceipt = { epoch, seq, hash, at: clock.wallMs() };
    return signerOf(keyId, seed)(receipt, { typ: 'receipt', sub: device });
  }

  #retire(file: ExportFile): void {
    const { devices, intake, reversals } = this.#options;
    const { device, epoch, head, hash } = file;
    const standing = devices.of(file.subject);
    if (standing === undefined) throw new Refused('there are too many devices');
    const why = whyNot(file, standing);
    if (why !== undefined) throw new Refused(why);
    const session = standing.session + 1;
    devices.change(device, { session, gateEpoch: epoch, gateHead: head });
    for (const frame of file.frames) {
      intake.take(devices.find(device) ?? standing, { ...frame, session });
    }
    const { upEpoch, upThrough, upHash } = devices.find(device) ?? standing;
    if (upEpoch !== epoch || upThrough !== head || upHash !== hash) {
      throw new Refused(`what the portal has of ${device} does not lead to the end of the file`);
    }
    reversals.learnDead(device);
    devices.change(device, { retired: 1 });
  }
}

/** What speaks against a sound file where the device stands. */
const whyNot = (file: ExportFile, standing: Standing): string | undefined => {
  const { epoch, head } = file;
  const { device, online, upEpoch, upThrough, upHash, epochSeen } = standing;
  if (online === 1) return `${device} is online; it tells its log itself`;
  const isOlder = epoch < Math.max(upEpoch, epochSeen);
  if (isOlder || (epoch === upEpoch && head < upThrough)) {
    const has = `the portal has ${device} through ${upEpoch}/${upThrough}`;
    const seen = epochSeen > upEpoch ? ` and has seen it in epoch ${epochSeen}` : '';
    return `${has}${seen}, the file ends at ${epoch}/${head}`;
  }
  const hash = epoch === upEpoch ? file.hashAt(upThrough) : undefined;
  if (hash === undefined || hash === upHash) return undefined;
  return `entry ${upThrough} of ${device} has another hash here than in the file`;
};
