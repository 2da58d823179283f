/** The last time this agent raised the clock, so that a raise that was wrong can be taken back. */
import type { World } from '../world.ts';
import { agreementMs } from './clock-bound.ts';
import type { Elapsed } from './elapsed.ts';
import type { MetaTable } from './meta.ts';

/** How long a raise is remembered, and may be taken back, ms of elapsed time. */
const keptMs = 90 * 86_400_000;

/** A raise, and the clock it led to: the same offset, as long as nobody else has set it. */
interface Raise {
  readonly bootId: string;
  readonly offsetMs: number;
  readonly byMs: number;
  readonly elapsedMs: number;
}

export interface Raises {
  /** This agent has raised the clock by so much. */
  note(byMs: number): void;
  /** By how much it did, where nobody is known to have set it since; else 0. */
  standing(): number;
  /** Whether it is because of that raise that the clock is ahead by so much. */
  explains(aheadMs: number): boolean;
  forget(): void;
}

export const raisesOf = (meta: MetaTable, elapsed: Elapsed, { clock, bootId }: World): Raises => {
  const offset = () => clock.wallMs() - clock.monotonicMs();
  const last = (): Raise | undefined => {
    const text = meta.get('clockRaised') ?? '';
    const raise = text === '' ? undefined : (JSON.parse(text) as Raise);
    if (raise === undefined || elapsed.now() - raise.elapsedMs > keptMs) return undefined;
    // Over a reboot it cannot be told whether somebody set it.
    const isUntouched = Math.abs(offset() - raise.offsetMs) <= agreementMs;
    return raise.bootId !== bootId || isUntouched ? raise : undefined;
  };
  return {
    note: (byMs) => {
      const raise: Raise = { bootId, offsetMs: offset(), byMs, elapsedMs: elapsed.now() };
      meta.later('clockRaised', JSON.stringify(raise));
    },
    standing: () => last()?.byMs ?? 0,
    explains: (aheadMs) => {
      const raise = last();
      if (aheadMs === 0 || raise === undefined) return false;
      return raise.bootId === bootId || Math.abs(aheadMs - raise.byMs) <= agreementMs;
    },
    forget: () => meta.later('clockRaised', ''),
  };
};
