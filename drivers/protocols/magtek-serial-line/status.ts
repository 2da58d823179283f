/**
 * Reader encryption status: 16 bits in front of every full record (manual 99875475-10 p. 19).
 *
 * The text line sends the low byte first (`0600` has bits 1 and 2 set), as examples 5 and 12 of appendix D
 * show; the HID report sends the high byte first.
 */

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

/** The bits that are set in a status field of four hex digits. */
export const readStatus = (field: string): ReadonlySet<StatusBit> => {
  const bits = parseInt(field.slice(0, 2), 16) | (parseInt(field.slice(2), 16) << 8);
  return new Set(statusBits.filter((_, bit) => (bits & (1 << bit)) !== 0));
};
