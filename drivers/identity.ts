/**
 * What a reader says of itself is shown, logged and sent on. It is a reader's text all the same: whatever in
 * it may be of a card goes no further.
 */
import { textHoldsCardNumber } from './cards/card-number.ts';
import type { ReaderEvent, ReaderIdentity } from './reader.ts';

/** Characters of the longest text a reader may say of itself. */
export const identityCharactersMax = 64;

/** An event as it may leave this floor. */
export const withTellableIdentity = (event: ReaderEvent): ReaderEvent =>
  event.is === 'ready' || event.is === 'tested'
    ? { ...event, identity: tellable(event.identity) }
    : event;

/** An identity without the texts that may be of a card. */
export const tellable = ({ firmware, serialNumber, ...rest }: ReaderIdentity): ReaderIdentity => ({
  ...(firmware !== undefined && isFirmware(firmware) ? { firmware } : {}),
  ...(serialNumber !== undefined && isSerialNumber(serialNumber) ? { serialNumber } : {}),
  ...rest,
});

const isPrintable = (text: string): boolean =>
  text.length <= identityCharactersMax && /^[\x20-\x7E]*$/.test(text);

// A version has no run of digits as long as a card's number.
const isFirmware = (text: string): boolean =>
  isPrintable(text) && !/[0-9]{13}/.test(text) && !textHoldsCardNumber(text);

// A serial number may, but none of them stands between a track's sentinels.
const isSerialNumber = (text: string): boolean =>
  isPrintable(text) && !/[%;=^?]/.test(text) && !textHoldsCardNumber(text);
