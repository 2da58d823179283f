/** Status of a response: how it went in one byte, and why in three (manual, tables 11 and 12). */
import { toHex } from '../../frames/hex.ts';

/** The first byte. With one of the first four the command is done, or under way. */
export const summaries: Readonly<Record<number, string>> = {
  0x00: 'done',
  0x01: 'started',
  0x40: 'done, with warnings',
  0x41: 'started, with warnings',
  0x80: 'not started',
  0x81: 'failed',
};

/** The other three, of what a driver of this kind may meet; the many about keys are left out. */
export const reasons: Readonly<Record<string, string>> = {
  '000000': 'all is well',
  '000002': 'the operation failed',
  '000016': 'the device was tampered with and needs its maker',
  '010101': 'the message was not understood',
  '010102': 'the message is not well formed',
  '010109': 'the device is offline',
  '010113': 'this device does not have the feature',
  '020101': 'the request failed',
  '020102': 'a parameter of the request is wrong',
  '020103': 'the answer would be too long',
  '020107': 'the firmware failed',
  '02010A': 'the firmware image is wrong',
  '020119': 'there is no such key',
  '02011C': 'the device is locked',
  '020304': 'there is no transaction',
  '020305': 'the transaction cannot be cancelled now',
  '020308': 'a transaction is in progress',
  '02030D': 'the transaction is in another state',
  '020311': 'a barcode is being read',
  '020316': 'the battery is down to five percent; charge it',
};

/** What the driver has to tell apart. */
export const noTransaction = '020304';
export const cannotCancel = '020305';
export const inProgress = '020308';

/** A status taken apart. */
export interface Status {
  readonly isGood: boolean;
  /** Six hex digits. */
  readonly reason: string;
  /** In words, with the digits where nobody has words for them. */
  readonly says: string;
}

/** Reads the four bytes of tag 82; a response without them says nothing, and that is not good. */
export const readStatus = (detail: Uint8Array | undefined): Status => {
  if (detail?.length !== 4) return { isGood: false, reason: '', says: 'it gave no status' };
  const [summary = 0xff] = detail;
  const reason = toHex(detail.subarray(1));
  return {
    isGood: summary < 0x80 && summaries[summary] !== undefined,
    reason,
    says: `${summaries[summary] ?? toHex(detail.subarray(0, 1))}: ${reasons[reason] ?? reason}`,
  };
};
