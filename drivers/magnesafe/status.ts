/**
 * Reader encryption status: 16 bits of every swipe that is not a SureSwipe (manual 99875475-10 p. 19), and
 * what they mean for it.
 *
 * The text line sends the low byte first (`0600` has bits 1 and 2 set), as examples 5 and 12 of appendix D
 * show; the HID report sends the high byte first.
 */

import type { Tracks } from '../cards/tracks.ts';
import type { BadRead, SecurityLevel } from '../reader.ts';

/** What each bit says when it is set; bits 9-15 are unassigned. */
export const statusBits = [
  'keysExhausted',
  'keyInjected',
  'encryptionEnabled',
  'authenticationRequired',
  'timedOut',
  'headMessageTooShort',
  'headMessageWrong',
  'keySynchronizationError',
  'encryptionCounterExpired',
] as const;
export type StatusBit = (typeof statusBits)[number];

/** What the bits that are set say. */
export const statusOf = (bits: number): ReadonlySet<StatusBit> =>
  new Set(statusBits.filter((_, bit) => (bits & (1 << bit)) !== 0));

/** Whether the reader encrypts: only with both bits set is anything encrypted (p. 20, note 1). */
export const isEncrypting = (status: ReadonlySet<StatusBit>): boolean =>
  status.has('encryptionEnabled') && status.has('keyInjected');

/** The level a status belongs to. */
export const levelOf = (status: ReadonlySet<StatusBit>): SecurityLevel => {
  if (!isEncrypting(status)) return 'clear';
  return status.has('authenticationRequired') ? 'authenticated' : 'encrypted';
};

/** Why a swipe of this status gave nothing, whatever its tracks are; `hasData` when it gave any. */
export const troubleIn = (
  status: ReadonlySet<StatusBit>,
  { tracks, hasData }: { readonly tracks: Tracks; readonly hasData: boolean },
): BadRead | undefined => {
  // Keys that ran out, ran apart or reached their limit are all mended by the maker only (p. 19).
  const spent = ['keysExhausted', 'keySynchronizationError', 'encryptionCounterExpired'] as const;
  if (spent.some((bit) => status.has(bit))) return 'keys_exhausted';
  if (status.has('timedOut')) return 'timed_out';
  if (status.has('headMessageTooShort') || status.has('headMessageWrong')) return 'damaged';
  if (hasData || tracks.some(({ is }) => is === 'bad')) return undefined;
  // Level 4 sends no card data to a host that has not authenticated itself (p. 1).
  return status.has('authenticationRequired') ? 'not_authenticated' : 'no_data';
};
