/**
 * The lower bound of the wall clock: the highest time that is known to be past, whatever a clock without a
 * battery says. Nothing the wall clock said by itself is a rung of it, so that no jump can raise it. Once the
 * portal has told the time, its last word is the only rung of its making: it takes back what was said before,
 * and what it signed or certified while its clock was wrong cannot be taken back. Pure.
 */

/** How far the wall clock may be from the portal's time and still be called trusted. */
export const agreementMs = 5 * 60_000;

/** By how much, in millionths, elapsed time is taken for less than it was counted: a crystal may run fast. */
export const crystalPpm = 500;

/** What is known, each in milliseconds since 1970 unless it says elapsed time. */
export interface Rungs {
  /** When this release was built. */
  readonly builtAt: number;
  /** From when on the device's certificate is good; counts until the portal has told the time. */
  readonly certifiedMs?: number | undefined;
  /** The latest time the portal signed anything at; counts until the portal has told the time. */
  readonly signedMs?: number | undefined;
  /** The portal's time when it was last told, and the elapsed time then. */
  readonly portal?: { readonly wallMs: number; readonly elapsedMs: number } | undefined;
  /** Elapsed time now. */
  readonly elapsedMs: number;
}

/**
 * The highest rung. What the portal's clock said counts for less by as much as a clock may differ from it
 * and still agree: else one that agrees would be below the bound.
 */
export const lowerBound = ({ builtAt, certifiedMs, signedMs, portal, elapsedMs }: Rungs): number =>
  Math.max(
    builtAt,
    portal === undefined
      ? Math.max(certifiedMs ?? 0, (signedMs ?? 0) - agreementMs)
      : portal.wallMs + lived(elapsedMs - portal.elapsedMs) - agreementMs,
  );

const lived = (elapsedMs: number): number =>
  Math.floor((Math.max(0, elapsedMs) * (1_000_000 - crystalPpm)) / 1_000_000);
