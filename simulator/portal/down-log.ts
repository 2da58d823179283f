/**
 * The down log: sends each device its words, a window of frames at a time, until the device says it has them.
 *
 * The device's first acknowledgement of a session says where it stands. When that is ahead of the portal, or
 * different, the portal was restored from a backup: it opens a new down epoch and goes on there.
 */
import { linkLimits, type Ack, type Entry, type Frame, type Word } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Clock } from '../../agent/world.ts';
import { subjectOf, type Devices, type Standing } from './devices.ts';
import type { Tell } from './events.ts';
import type { Post } from './post.ts';
import type { WordLog } from './word-log.ts';

/** Bytes of entries in one frame: base64 makes four of three, and the signature needs room. */
const entryBytesMost = Math.floor((linkLimits.frameBytes * 3) / 4) - 2_048;

export interface DownLogOptions {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly devices: Devices;
  readonly words: WordLog;
  readonly post: Post;
  readonly tell: Tell;
  /** How long to wait for an acknowledgement before sending again. */
  readonly resendMs: number;
}

/** What is under way to a device in its present session. */
interface Lane {
  ready: boolean;
  again: boolean;
  next: number;
  /** The last number of each frame that is not yet acknowledged. */
  inFlight: number[];
  callOff: (() => void) | undefined;
}

export class DownLog {
  readonly #options: DownLogOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Devices that words were written for and not yet sent to. */
  readonly #written = new Set<string>();

  constructor(options: DownLogOptions) {
    this.#options = options;
  }

  /** Writes a word for a device, under a name; within the caller's commit. `sendWritten` sends it. */
  write(device: string, word: Word, wordId?: string): void {
    const epoch = this.#options.devices.find(device)?.downEpoch ?? 1;
    this.#options.words.append(device, epoch, word, wordId);
    this.#written.add(device);
  }

  /** The device says in a fact that it has this word; says whether that is news here. */
  taken(device: string, wordId: string): boolean {
    return this.#options.words.markTaken(device, wordId);
  }

  /** A session began: nothing is sent until the device says where it stands, or says nothing for a while. */
  begin({ device, session, downTaken, downSession }: Standing): void {
    this.end(device);
    const ready = downSession === session;
    const lane: Lane = {
      ready,
      again: false,
      next: downTaken + 1,
      inFlight: [],
      callOff: undefined,
    };
    this.#lanes.set(device, lane);
    if (ready) this.send(device);
    else this.#sendAgainLater(device, lane);
  }

  /** The device is gone; what it has not acknowledged waits for its next session. */
  end(device: string): void {
    this.#lanes.get(device)?.callOff?.();
    this.#lanes.delete(device);
  }

  /** Ends every lane, as when the portal itself lost its place. */
  endAll(): void {
    for (const device of [...this.#lanes.keys()]) this.end(device);
  }

  /** Hears an acknowledgement of the device. */
  heard(standing: Standing, ack: Ack): void {
    const { device, session, downSession } = standing;
    const lane = this.#lanes.get(device);
    if (lane === undefined || ack.session !== session) {
      this.#options.tell({ is: 'words.ack_ignored', device, why: 'it is of another session' });
      return;
    }
    if (downSession === session) {
      if (!this.#advance(standing, ack)) return;
      lane.inFlight = lane.inFlight.filter((last) => last > ack.through);
    } else {
      this.#options.db.transaction(() => this.#meet(standing, ack))();
      const { downTaken = 0 } = this.#options.devices.find(device) ?? {};
      Object.assign(lane, { ready: true, again: false, next: downTaken + 1, inFlight: [] });
    }
    lane.callOff?.();
    lane.callOff = undefined;
    this.send(device);
  }

  /** Sends every device the words that were written for it, as far as its window has room. */
  sendWritten(): void {
    const devices = [...this.#written];
    this.#written.clear();
    for (const device of devices) this.send(device);
  }

  /** Sends what the window has room for. */
  send(device: string): void {
    const lane = this.#lanes.get(device);
    const standing = this.#options.devices.find(device);
    if (lane === undefined || standing === undefined || !lane.ready) return;
    const { downEpoch: epoch, downTaken } = standing;
    const head = this.#options.words.head(device, epoch);
    lane.next = Math.max(lane.next, downTaken + 1);
    while (lane.inFlight.length < linkLimits.framesInFlight && lane.next <= head) {
      const through = this.#sendFrame(standing, { from: lane.next, head, again: lane.again });
      lane.inFlight.push(through);
      lane.next = through + 1;
    }
    if (lane.inFlight.length > 0 && lane.callOff === undefined) this.#sendAgainLater(device, lane);
  }

  #sendFrame(standing: Standing, run: { from: number; head: number; again: boolean }): number {
    const { device, session, downEpoch: epoch } = standing;
    const { words, post, tell } = this.#options;
    const { from, head, again } = run;
    const entries = fitting(words.page(device, { epoch, from, most: linkLimits.entriesPerFrame }));
    const through = from + entries.length - 1;
    const prev = words.hashAt(device, epoch, from - 1) ?? '';
    const frame: Frame = { session, epoch, head, from, prev, entries };
    post.say(subjectOf(device), 'log/down', frame);
    tell({ is: 'words.sent', device, epoch, from, through, again });
    return through;
  }

  #sendAgainLater(device: string, lane: Lane): void {
    lane.callOff = this.#options.clock.after(this.#options.resendMs, () => {
      lane.callOff = undefined;
      if (this.#lanes.get(device) !== lane) return;
      const { downTaken = 0 } = this.#options.devices.find(device) ?? {};
      Object.assign(lane, { again: lane.ready, ready: true, next: downTaken + 1, inFlight: [] });
      this.send(device);
    });
  }

  #advance({ device, downEpoch, downTaken }: Standing, ack: Ack): boolean {
    const { devices, words, tell } = this.#options;
    const why =
      ack.epoch !== downEpoch
        ? `it is of epoch ${ack.epoch}, not ${downEpoch}`
        : words.hashAt(device, downEpoch, ack.through) !== ack.hash
          ? `word ${ack.through} has another hash here, or is not written yet`
          : ack.through < downTaken
            ? `it moves back from ${downTaken} to ${ack.through}`
            : undefined;
    if (why !== undefined) {
      tell({ is: 'words.ack_ignored', device, why });
      return false;
    }
    if (ack.through === downTaken) return false;
    words.markTakenThrough(device, downEpoch, ack.through);
    devices.change(device, { downTaken: ack.through });
    tell({
      is: 'words.taken',
      ...{ device, epoch: downEpoch, from: downTaken + 1, through: ack.through },
    });
    return true;
  }

  /** The first acknowledgement of a session: both sides find out where they stand. */
  #meet(standing: Standing, ack: Ack): void {
    const { device, session, downEpoch, downTaken } = standing;
    const { devices, words } = this.#options;
    const { epoch, through, hash } = ack;
    const same = words.hashAt(device, epoch, through) === hash;
    devices.change(device, { downSession: session });
    if (epoch < downEpoch) {
      words.markLacking({ device, fromEpoch: epoch, after: same ? through : 0 });
      words.moveUntaken(device, downEpoch);
      devices.change(device, { downTaken: 0 });
    } else if (epoch === downEpoch && same) {
      if (through < downTaken) words.markLacking({ device, fromEpoch: epoch, after: through });
      words.markTakenThrough(device, epoch, through);
      devices.change(device, { downTaken: through });
    } else {
      // A device that is behind as well as different has lost its place: it needs the whole epoch again.
      const lost = epoch === downEpoch && through < downTaken;
      if (lost) words.markLacking({ device, fromEpoch: downEpoch, after: 0 });
      this.#openEpoch(standing, ack);
    }
  }

  #openEpoch({ device, downEpoch }: Standing, ack: Ack): void {
    const { devices, words, tell } = this.#options;
    const epoch = Math.max(ack.epoch, downEpoch) + 1;
    const movedCount = words.moveUntaken(device, epoch);
    devices.change(device, { downEpoch: epoch, downTaken: 0 });
    const why = `the device has taken ${ack.epoch}/${ack.through}, which is not known here`;
    tell({ is: 'words.epoch_opened', device, epoch, why, movedCount });
  }
}

// As many entries from the front as a signed frame has room for, but always one.
const fitting = (entries: readonly Entry[]): Entry[] => {
  let bytes = 0;
  const end = entries.findIndex((entry, index) => {
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
    return index > 0 && bytes > entryBytesMost;
  });
  return end === -1 ? [...entries] : entries.slice(0, end);
};
