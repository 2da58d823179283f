/** One-time codes by time (TOTP, RFC 6238): SHA-1, six digits, a new one every 30 seconds. */
import { hmacSha1, sameSecret } from '../identity/digest.ts';

/** Milliseconds a code is shown. */
export const totpStepMs = 30_000;

/** Steps a phone's clock may be before or behind. */
const stepsAside = 1;

const digits = 6;

/** The step a wall time belongs to. */
export const totpStepAt = (wallMs: number): number => Math.floor(wallMs / totpStepMs);

/** The code of a step: HOTP (RFC 4226) of the step's number. */
export const totpCode = (secret: Uint8Array, step: number): string => {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = new DataView(hmacSha1(secret, new Uint8Array(counter.buffer)).buffer);
  const offset = mac.getUint8(19) & 0x0f;
  const number = (mac.getUint32(offset) & 0x7fff_ffff) % 10 ** digits;
  return String(number).padStart(digits, '0');
};

/**
 * The step a code is good for now, later than the last one that was used: a code is taken once, and so is
 * none from before it. `undefined` when it is good for none.
 */
export const totpStepOf = (
  code: string,
  secret: Uint8Array,
  { wallMs, usedStep }: { readonly wallMs: number; readonly usedStep: number | undefined },
): number | undefined => {
  const now = totpStepAt(wallMs);
  let found: number | undefined;
  // All are compared, whichever fits: how long it takes says nothing.
  for (let step = Math.max(0, now - stepsAside); step <= now + stepsAside; step += 1) {
    const fits = sameSecret(totpCode(secret, step), code);
    if (fits && step > (usedStep ?? -1)) found ??= step;
  }
  return found;
};
