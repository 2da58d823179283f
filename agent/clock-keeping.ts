/**
 * Keeps the wall clock from lying behind what is known to be past: it is raised before anything connects,
 * because certificates are checked against it, and again when the portal's time shows that it is behind. It
 * is never set back; one that is ahead is for people.
 */
import type { Correction } from './ledger/clock-correction.ts';
import type { Ledger } from './ledger/ledger.ts';
import { storageFaultOf } from './ledger/sqlite.ts';
import type { World } from './world.ts';

/** How often a system that refused is asked again, ms. */
const againEveryMs = 3_600_000;

export type ClockNews =
  | { readonly is: 'raised'; readonly byMs: number }
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
  #raising = false;
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
    const { ledger, tell } = this.#parts;
    ledger.clock.heardTime(portalMs);
    for (const correction of this.#corrected()) tell({ is: 'corrected', ...correction });
    const aheadMs = ledger.clock.aheadMs();
    if (aheadMs > 0 && !this.#wasAhead) tell({ is: 'ahead', byMs: aheadMs });
    this.#wasAhead = aheadMs > 0;
    void this.#raise();
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
      this.#lookLater();
      void this.#raise();
    });
  }

  // Every acknowledgement tells the time.
  #wasJustRefused(): boolean {
    const now = this.#parts.world.clock.monotonicMs();
    return this.#refusedAtMs !== undefined && now - this.#refusedAtMs < againEveryMs;
  }

  async #raise(): Promise<void> {
    const { ledger, world, tell } = this.#parts;
    const behindMs = ledger.clock.behindMs();
    if (behindMs === 0 || this.#raising || this.#wasJustRefused()) return;
    this.#raising = true;
    await world.raiseClock?.(world.clock.wallMs() + behindMs);
    this.#raising = false;
    if (this.#ended) return;
    // What counts is what the clock shows now, not what the system said.
    const leftMs = ledger.clock.behindMs();
    this.#refusedAtMs = leftMs === 0 ? undefined : world.clock.monotonicMs();
    tell(leftMs === 0 ? { is: 'raised', byMs: behindMs } : { is: 'behind', byMs: leftMs });
  }
}
