/**
 * Keeps the wall clock from lying behind what is known to be past: it is raised before anything connects,
 * because certificates are checked against it, and again when the portal's time shows that it is behind. It
 * is set back only where this agent raised it, when the portal's time or an expired certificate shows that it
 * was wrong to; one that is ahead otherwise is for people.
 */
import { agreementMs } from './ledger/clock-bound.ts';
import type { Correction } from './ledger/clock-correction.ts';
import type { Ledger } from './ledger/ledger.ts';
import { storageFaultOf } from './ledger/sqlite.ts';
import type { World } from './world.ts';

/** How often a system that refused is asked again, ms. */
const againEveryMs = 3_600_000;

/** What TLS says of a certificate the other side showed; of ours the other side says it, in other words. */
const expiredForm = /certificate has expired/i;

export type ClockNews =
  | { readonly is: 'raised'; readonly byMs: number }
  | { readonly is: 'set back'; readonly byMs: number }
  | { readonly is: 'behind'; readonly byMs: number }
  | { readonly is: 'ahead'; readonly byMs: number }
  | ({ readonly is: 'corrected' } & Correction);

export interface ClockKeeping {
  readonly ledger: Ledger;
  readonly world: World;
  readonly tell: (news: ClockNews) => void;
}

export class ClockKeeper {
  readonly #parts: ClockKeeping;
  #setting = false;
  #setBackAtMs: number | undefined;
  #refusedAtMs: number | undefined;
  #wasAhead = false;
  #ended = false;

  constructor(parts: ClockKeeping) {
    this.#parts = parts;
  }

  /** Raises the clock if it has to be, and from then on looks again every hour. */
  async begin(): Promise<void> {
    this.#lookLater();
    await this.#raise();
  }

  /** The portal said what time it is. */
  heardTime(portalMs: number): void {
    const { ledger, world, tell } = this.#parts;
    ledger.clock.heardTime(portalMs);
    for (const correction of this.#corrected()) tell({ is: 'corrected', ...correction });
    const aheadMs = ledger.clock.aheadMs();
    if (aheadMs > 0 && ledger.clock.isOverRaised() && !this.#wasJustSetBack()) {
      this.#setBackAtMs = world.clock.monotonicMs();
      void this.#setBack(aheadMs);
      return;
    }
    if (aheadMs > 0 && !this.#wasAhead) tell({ is: 'ahead', byMs: aheadMs });
    this.#wasAhead = aheadMs > 0;
    void this.#raise();
  }

  /**
   * A connection ended; if that was because what the broker showed has expired, by a clock this agent raised,
   * then the raise is taken back.
   */
  expired(why: string): void {
    const byMs = expiredForm.test(why) ? this.#parts.ledger.clock.doubtRaise() : 0;
    if (byMs > 0) void this.#setBack(byMs);
  }

  end(): void {
    this.#ended = true;
  }

  // What a full disk kept from being corrected is corrected with a later word of the portal.
  #corrected(): readonly Correction[] {
    try {
      return this.#parts.ledger.correctTimes();
    } catch (error) {
      if (storageFaultOf(error) === undefined) throw error;
      return [];
    }
  }

  #lookLater(): void {
    this.#parts.world.clock.after(againEveryMs, () => {
      if (this.#ended) return;
      this.#lookLater();
      void this.#raise();
    });
  }

  // A portal that says now this and now that does not move the clock to and fro.
  #wasJustSetBack(): boolean {
    return isWithin(againEveryMs, this.#setBackAtMs, this.#parts.world);
  }

  async #setBack(byMs: number): Promise<void> {
    const { world, tell } = this.#parts;
    const toMs = world.clock.wallMs() - byMs;
    await this.#set(toMs);
    if (this.#ended) return;
    this.#remember();
    const leftMs = Math.max(0, world.clock.wallMs() - toMs);
    tell(leftMs <= agreementMs ? { is: 'set back', byMs } : { is: 'ahead', byMs: leftMs });
  }

  async #set(toMs: number): Promise<void> {
    this.#setting = true;
    await this.#parts.world.setClock?.(toMs);
    this.#setting = false;
  }

  // What was done to the clock outlasts a power cut; what a full disk refuses is written with a later commit.
  #remember(): void {
    // By the clock: an agent that ended while the system set its time writes nothing any more.
    this.#parts.world.clock.after(0, () => {
      try {
        if (!this.#ended) this.#parts.ledger.commit(() => undefined);
      } catch (error) {
        if (storageFaultOf(error) === undefined) throw error;
      }
    });
  }

  // Every acknowledgement tells the time.
  #wasJustRefused(): boolean {
    return isWithin(againEveryMs, this.#refusedAtMs, this.#parts.world);
  }

  async #raise(): Promise<void> {
    const { ledger, world, tell } = this.#parts;
    const behindMs = ledger.clock.behindMs();
    if (behindMs === 0 || this.#setting || this.#wasJustRefused()) return;
    const toMs = world.clock.wallMs() + behindMs;
    // A time at which our own certificate has expired cannot be right enough to act on.
    if (ledger.clock.mayRaiseTo(toMs)) await this.#set(toMs);
    if (this.#ended) return;
    // What counts is what the clock shows now, not what the system said.
    const leftMs = ledger.clock.behindMs();
    this.#refusedAtMs = leftMs === 0 ? undefined : world.clock.monotonicMs();
    if (leftMs === 0) {
      ledger.clock.raised(behindMs);
      this.#remember();
    }
    tell(leftMs === 0 ? { is: 'raised', byMs: behindMs } : { is: 'behind', byMs: leftMs });
  }
}

const isWithin = (ms: number, sinceMs: number | undefined, { clock }: World): boolean =>
  sinceMs !== undefined && clock.monotonicMs() - sinceMs < ms;
