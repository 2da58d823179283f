/**
 * The fingerprint of an authority's certificate, as it stands behind a registration code: a hundred bits of
 * its SHA-256, in the same letters. A technician who has nothing but the code can trust a private authority.
 */
import { sha256 } from './digest.ts';
import { base32Of } from './identifiers.ts';

const characters = 20;
const groupLength = 5;

/** The fingerprint of a certificate, DER: `XXXXX-XXXXX-XXXXX-XXXXX`. */
export const fingerprintOf = (der: Uint8Array): string => {
  const digest = Buffer.from(sha256(der), 'hex').subarray(0, characters);
  return (base32Of(digest).match(new RegExp(`.{${groupLength}}`, 'g')) ?? []).join('-');
};

/** A code as it was read out, with what it says of the authority, if it does. */
export interface ReadCode {
  readonly code: string;
  readonly fingerprint?: string;
}

const form = /^([^-]{5}-[^-]{5})(?:-(.{23}))?$/;

/** Takes a written code, which fits the form of one, apart. */
export const readCode = (written: string): ReadCode => {
  const [, code = written, fingerprint] = form.exec(written) ?? [];
  return { code, ...(fingerprint === undefined ? {} : { fingerprint }) };
};
