/**
 * The card: opens sealed account data in memory, compares it with the masked card, and forgets it.
 *
 * Nothing of what is opened leaves this file, not in a value, not in an error.
 */
import { accountDataContext, unseal } from '../../agent/identity/hpke.ts';
import { decrypt, keyFor, testBaseKey } from '../readers/dukpt.ts';
import type { KeyPair } from './keys.ts';

/** Sealed account data, and what it is said to be. */
export interface SealedCard {
  readonly device: string;
  readonly transactionId: string;
  readonly keyId: string;
  readonly sealed: Uint8Array;
  readonly maskedPan: string;
}

/** Looks at a card: `undefined` when it is the one it is said to be, else what is wrong. */
export type InspectCard = (card: SealedCard) => string | undefined;

/** Makes the inspection for a sealing key. */
export const inspectionOf =
  (sealing: KeyPair): InspectCard =>
  ({ device, transactionId, keyId, sealed, maskedPan }) => {
    if (keyId !== sealing.keyId) return 'it is sealed to another key';
    let plain: Uint8Array | undefined;
    try {
      plain = unseal(sealing.seed, sealed, accountDataContext(device, transactionId));
      const pan = panOf(tracksOf(JSON.parse(utf8.decode(plain))));
      if (pan === undefined) return 'it holds no card number';
      return fits(pan, maskedPan) ? undefined : 'its number does not fit the masked one';
    } catch {
      // The error may quote what was being read.
      return plain === undefined ? 'the seal does not open' : 'what was sealed cannot be read';
    } finally {
      plain?.fill(0);
    }
  };

const utf8 = new TextDecoder('utf-8', { fatal: true });

// As the readers' drivers write it: `{ scheme, ksn?, tracks: [track 1, track 2, track 3] }`.
const tracksOf = (account: unknown): string[] => {
  const { scheme, ksn, tracks } = (account ?? {}) as Record<string, unknown>;
  if (!Array.isArray(tracks)) return [];
  const sent = tracks.filter((track) => typeof track === 'string' && track !== '') as string[];
  switch (scheme) {
    case 'clear':
      return sent;
    case 'magtek-dukpt-tdes':
      return typeof ksn === 'string' ? sent.map((track) => decryptMagtek(ksn, track)) : [];
    default:
      return [];
  }
};

// MagTek encrypts tracks with the PIN variant of the transaction's key (manual 99875475-10, appendix D).
const decryptMagtek = (ksn: string, cipher: string): string =>
  decrypt(keyFor('pin', testBaseKey, ksn), Buffer.from(cipher, 'hex')).toString('latin1');

// ISO/IEC 7813: track 1 is `B` number `^`, track 2 is number `=`; sentinels may or may not be there.
const panOf = (tracks: readonly string[]): string | undefined => {
  for (const track of tracks) {
    const pan = /^[%;]?B?([0-9]{8,19})[=^]/.exec(track)?.[1];
    if (pan !== undefined) return pan;
  }
  return undefined;
};

/** The most stars a masked number has; longer numbers are shown shorter. */
const starsMost = 15;

const fits = (pan: string, maskedPan: string): boolean => {
  const [, first = '', stars = '', last = ''] = /^([0-9]*)(\*+)([0-9]*)$/.exec(maskedPan) ?? [];
  const sameLength = pan.length === maskedPan.length || stars.length === starsMost;
  return stars !== '' && sameLength && pan.startsWith(first) && pan.endsWith(last);
};
