/**
 * The clerk who closes batches: asked by hand, by the portal, by the schedule or by a limit, the clerk closes
 * each as soon as nothing is in the way, and takes up at the start what a power cut left half done.
 *
 * All of it happens beside the sales, never within one: who says that something moved is not kept.
 */
import type { Actor, BatchId } from '../../contract/index.ts';
import type { Settings } from '../../config/index.ts';
import type { KeptBatch } from '../ledger/batches.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { penOf, type Pen } from '../ledger/pen.ts';
import type { Refused } from '../payments/entering.ts';
import { waitingRoom, type Waiting } from '../payments/waiting.ts';
import type { World } from '../world.ts';
import { next } from './batch.ts';
import { runCommand } from './command.ts';
import { fullBy } from './fullness.ts';
import type { BatchNews } from './news.ts';
import { lastDue, nextDue, type DailyTime, type Due } from './schedule.ts';
import { askClose, drawUp, type CloseWish, type Desk } from './steps.ts';
import { waitsOf } from './waits.ts';

/** How often the schedule is looked at, ms; the wall clock may be set in between. */
const scheduleEveryMs = 60_000;

export interface ClerkParts {
  readonly ledger: Ledger;
  readonly world: World;
  readonly settings: Settings;
  /** Whether the portal is there, so that waiting for its decisions makes sense. */
  readonly online: () => boolean;
  /** New facts are in the log. */
  readonly wake: () => void;
  readonly tell: (news: BatchNews) => void;
}

/** Who wants which batch closed by hand; without a number the one that is open. */
export interface CloseOrder {
  readonly name?: string;
  readonly number?: number;
  readonly by: Actor;
}

export interface Clerk {
  /** Takes up what a stop or a power cut left, and begins to keep the schedule. */
  start(): void;
  /** Asks for a batch to be closed; one that is closed stays as it is. */
  close(order: CloseOrder): KeptBatch | Refused;
  /** A payment or the link moved: looks, soon, whether something can be closed now. */
  look(): void;
  /** Other settings are in force: keeps the schedule and the limits they name. */
  heedSettings(): void;
  /** A word of the portal was about batches. */
  heard(news: BatchNews): void;
  /**
   * Resolves when a batch takes its next step to an end, or when the time is over; at once when there is
   * nothing to wait for, as for a settlement while the portal is not there.
   */
  changed(batch: BatchId, withinMs: number): Promise<void>;
}

export const clerkOf = (parts: ClerkParts): Clerk => new BatchClerk(parts);

/** Commits what it is given, or gives `undefined` when the storage refuses. */
type Write = (commit: () => BatchNews[]) => BatchNews[] | undefined;

class BatchClerk implements Clerk {
  readonly #parts: ClerkParts;
  readonly #pen: Pen;
  readonly #waiting: Waiting;
  /** Whether a batch or a command waits for something to move. */
  #occupied = true;
  #looking = false;
  #callOffPatience: () => void = () => undefined;
  #callOffSchedule: () => void = () => undefined;
  /** The closes around now; looked up again when the wall clock leaves what lies between them. */
  #dues: (DailyTime & { readonly last: Due; readonly next: Due }) | undefined;

  constructor(parts: ClerkParts) {
    const { ledger, world, tell } = parts;
    this.#parts = parts;
    this.#waiting = waitingRoom(world.clock);
    this.#pen = penOf({
      ledger,
      world,
      catchUp: () => {
        ledger.commit(() => undefined);
        this.#advance((commit) => ledger.commit(commit));
      },
      tell: (news) =>
        tell(
          news.is === 'back'
            ? { is: 'storage back' }
            : { is: 'storage trouble', fault: news.fault },
        ),
    });
  }

  start(): void {
    this.look();
    this.#keepSchedule();
  }

  close({ name = this.#parts.settings['batch.name'], number, by }: CloseOrder) {
    const { batches } = this.#parts.ledger;
    const kept = number === undefined ? batches.last(name) : batches.find({ name, number });
    if (kept === undefined && number !== undefined) return refused('not_found');
    if (kept === undefined || (number === undefined && 'closed' in kept.state)) {
      return refused('conflict', 'No batch of this name is open; there is nothing to close.');
    }
    if (kept.state.is === 'open' && !this.#ask(kept, { trigger: 'hand', by }, this.#write)) {
      return refused('storage_unavailable');
    }
    this.#advance(this.#write);
    return batches.find(kept.batch) ?? kept;
  }

  look(): void {
    if (this.#looking || !(this.#occupied || this.#isLimited())) return;
    this.#looking = true;
    this.#parts.world.clock.after(0, () => {
      this.#looking = false;
      this.#advance(this.#write);
    });
  }

  heedSettings(): void {
    this.#callOffSchedule();
    this.#keepSchedule();
    this.look();
  }

  heard(news: BatchNews): void {
    this.#tell([news]);
    if (news.is === 'settled') this.#waiting.answer(keyOf(news.settlement.batch));
    if (news.is !== 'command received') return;
    this.#occupied = true;
    this.look();
  }

  changed(batch: BatchId, withinMs: number): Promise<void> {
    const { ledger, online } = this.#parts;
    const now = ledger.batches.find(batch)?.state.is;
    const isComing = now === 'closing' || (now === 'closed' && online());
    return isComing ? this.#waiting.wait(keyOf(batch), withinMs) : Promise.resolve();
  }

  /** Whether a limit may close a batch after any sale. */
  #isLimited(): boolean {
    const { settings } = this.#parts;
    return (
      settings['batch.closeAtCount'] > 0 || Object.keys(settings['batch.closeAtAmount']).length > 0
    );
  }

  readonly #write: Write = (commit) => this.#pen.write(commit);

  #desk(): Desk {
    return { ledger: this.#parts.ledger, wallMs: this.#parts.world.clock.wallMs() };
  }

  #advance(write: Write): void {
    const { ledger } = this.#parts;
    this.#runCommands(write);
    if (this.#isLimited()) this.#heedLimits(write);
    this.#callOffPatience();
    const held = new Set<string>();
    for (const kept of ledger.batches.unfinished()) {
      // Numbers of one name are closed in order, so that what is carried always has somewhere to go.
      if (kept.state.is !== 'closing' || held.has(kept.batch.name)) continue;
      if (!this.#closeIfReady(kept, write)) held.add(kept.batch.name);
    }
    this.#occupied = held.size > 0 || ledger.commands.received().length > 0;
  }

  #closeIfReady(kept: KeptBatch, write: Write): boolean {
    const { world } = this.#parts;
    const step = next(kept, kept.state, this.#lookedOver(kept));
    if (step === undefined) return false;
    world.mark?.('before-batch-close');
    const news = write(() => drawUp(this.#desk(), kept));
    if (news === undefined) return false;
    world.mark?.('after-batch-close');
    this.#told(news);
    this.#waiting.answer(keyOf(kept.batch));
    return true;
  }

  /** What the batch waits for; who is patient looks again when patience is over. */
  #lookedOver({ batch, askedElapsedMs = 0 }: KeptBatch) {
    const { ledger, settings, online, world } = this.#parts;
    const waits = waitsOf(ledger.holdings, batch);
    const undecided = waits.undecided + waits.reversals;
    const leftMs = askedElapsedMs + settings['batch.closeWithinMs'] - ledger.elapsed.now();
    const patient = online() && leftMs > 0;
    if (patient && undecided > 0) {
      this.#callOffPatience = world.clock.after(leftMs, () => this.look());
    }
    return { is: 'looked over', underWay: waits.underWay, undecided, patient } as const;
  }

  #ask(kept: KeptBatch, wish: CloseWish, write: Write): boolean {
    const news = write(() => askClose(this.#desk(), kept, wish));
    if (news === undefined) return false;
    this.#occupied = true;
    this.#told(news);
    return true;
  }

  #runCommands(write: Write): void {
    const { ledger, world, settings } = this.#parts;
    for (const command of ledger.commands.received()) {
      const now = {
        wallMs: world.clock.wallMs(),
        elapsedMs: ledger.elapsed.now(),
        trust: ledger.clock.trust(),
      };
      const usualName = settings['batch.name'];
      const news = write(() => runCommand(this.#desk(), command, { now, usualName }));
      if (news === undefined) return;
      this.#told(news);
    }
  }

  #heedLimits(write: Write): void {
    const { ledger, settings } = this.#parts;
    for (const kept of ledger.batches.unfinished()) {
      if (kept.state.is !== 'open') continue;
      const trigger = fullBy(ledger.holdings.portionsOf(kept.batch), settings);
      if (trigger !== undefined) this.#ask(kept, { trigger }, write);
    }
  }

  #keepSchedule(): void {
    const { world, settings } = this.#parts;
    if (settings['batch.closeAt'] === '') return;
    const nowMs = world.clock.wallMs();
    const { last, next: following } = this.#duesAround(nowMs);
    this.#heedSchedule(last);
    const untilDueMs = following.atMs - nowMs;
    this.#callOffSchedule = world.clock.after(Math.min(scheduleEveryMs, untilDueMs), () =>
      this.#keepSchedule(),
    );
  }

  #duesAround(nowMs: number): { readonly last: Due; readonly next: Due } {
    const { 'batch.closeAt': at, timeZone: zone } = this.#parts.settings;
    const known = this.#dues?.at === at && this.#dues.zone === zone ? this.#dues : undefined;
    if (known !== undefined && known.last.atMs <= nowMs && nowMs < known.next.atMs) return known;
    this.#dues = {
      at,
      zone,
      last: lastDue({ at, zone }, nowMs),
      next: nextDue({ at, zone }, nowMs),
    };
    return this.#dues;
  }

  /** Closes what was opened before the close that is due, once for each local date. */
  #heedSchedule({ date, atMs }: Due): void {
    const { ledger, world } = this.#parts;
    if (ledger.clock.trust() === 'untrusted') return;
    for (const kept of ledger.batches.unfinished()) {
      // Opened under a clock that was ahead: it has not been open for longer than it has.
      const openForMs = ledger.elapsed.now() - kept.openedElapsedMs;
      const openedAt = Math.min(kept.openedAt, world.clock.wallMs() - openForMs);
      const isDue = openedAt < atMs && !ledger.batches.wasScheduled(kept.batch.name, date);
      if (kept.state.is !== 'open' || !isDue) continue;
      this.#ask(kept, { trigger: 'schedule', scheduledFor: date }, this.#write);
    }
    this.look();
  }

  #told(news: readonly BatchNews[]): void {
    this.#tell(news);
    if (news.length > 0) this.#parts.wake();
  }

  #tell(news: readonly BatchNews[]): void {
    for (const each of news) this.#parts.tell(each);
  }
}

const keyOf = ({ name, number }: BatchId): string => `${name}-${number}`;

const refused = (code: Refused['code'], detail?: string): Refused => ({
  is: 'refused',
  code,
  ...(detail === undefined ? {} : { detail }),
});
