/**
 * The wait before the next connection: doubling, with full jitter, reset only by a session that lasted.
 *
 * Some reasons to be refused are no reason to hurry; they are in a table (MQTT 5 §4.13, codes in brackets).
 */

export interface BackoffLimits {
  readonly fromMs: number;
  readonly upToMs: number;
  readonly stableAfterMs: number;
}

/** How many connections ended, one after the other, without a stable one in between. */
export interface Backoff {
  readonly failures: number;
}

export const freshBackoff: Backoff = { failures: 0 };

/** Reason codes that call for a longer wait than the doubling gives, ms. */
const slowReasons: ReadonlyMap<number, number> = new Map([
  [5, 600_000], // 3.1.1: not authorised
  [0x87, 600_000], // not authorised
  [0x8c, 600_000], // bad authentication method
  [0x97, 60_000], // quota exceeded
  [0x9f, 60_000], // connection rate exceeded
  [0x8e, 300_000], // session taken over: perhaps a clone of this device
]);

/** What follows a connection that ended: the wait in ms, and the backoff to go on with. */
export const afterEnd = (
  { failures }: Backoff,
  ended: { readonly lastedMs: number; readonly code?: number },
  { fromMs, upToMs, stableAfterMs }: BackoffLimits,
  fraction: number,
): { readonly waitMs: number; readonly then: Backoff } => {
  const before = ended.lastedMs >= stableAfterMs ? 0 : failures;
  const ceiling = Math.min(upToMs, fromMs * 2 ** Math.min(before, 30));
  const least = ended.code === undefined ? 0 : (slowReasons.get(ended.code) ?? 0);
  const waitMs = Math.max(Math.min(least, upToMs), Math.round(ceiling * fraction));
  return { waitMs, then: { failures: before + 1 } };
};
