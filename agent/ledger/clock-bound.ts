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
  /** From when on the device's certificate is good; counts unless the portal has told an earlier time. */
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
export const lowerBound = (rungs: Rungs): number => {
  const { builtAt, certifiedMs, signedMs, portal, elapsedMs } = rungs;
  if (portal === undefined) {
    return Math.max(builtAt, Math.max(certifiedMs ?? 0, (signedMs ?? 0) - agreementMs));
  }
  const told = portal.wallMs + lived(elapsedMs - portal.elapsedMs);
  // A certificate that begins later than that was made out under another clock than the portal has now.
  const certified = certifiedMs !== undefined && certifiedMs <= told ? certifiedMs : 0;
  return Math.max(builtAt, told - agreementMs, certified);
};

const lived = (elapsedMs: number): number =>
  Math.floor((Math.max(0, elapsedMs) * (1_000_000 - crystalPpm)) / 1_000_000);
