/**
 * Identifiers we make: a prefix that says what it names, then 26 characters of Crockford base 32: 45 bits of
 * wall time (so that ids of one device sort roughly by age) and 85 bits of chance.
 */
import type { World } from '../world.ts';

/** Crockford's base 32: no letter that people take for a digit or for another letter. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeCharacters = 9;
const chanceCharacters = 17;

/** One character of base 32 for each byte; 5 of its 8 bits count. */
export const base32Of = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => alphabet.charAt(byte % 32)).join('');

/** A new id, like `txn_01JD8Z6V7Q…`. */
export const newId = (
  prefix: 'txn' | 'att' | 'live' | 'fact' | 'word' | 'cmd',
  world: World,
): string => {
  let time = world.clock.wallMs();
  let written = '';
  for (let i = 0; i < timeCharacters; i += 1) {
    written = alphabet.charAt(time % 32) + written;
    time = Math.floor(time / 32);
  }
  return `${prefix}_${written}${base32Of(world.dice.bytes(chanceCharacters))}`;
};
