/**
 * Account data: what readers' drivers seal, opened with the published test keys, as a decryption service of
 * the readers' makers would. One row a scheme; each gives the texts in which a card number may stand.
 */
import { findObject, fromHex, leavesOf, readObjects, toHex } from '../../drivers/index.ts';
import { decrypt, keyFor, testBaseKey } from '../readers/dukpt.ts';

type Account = Readonly<Record<string, unknown>>;

/** The card number in account data of any scheme; `undefined` when there is none to be found. */
export const panIn = (account: unknown): string | undefined => {
  const { scheme, ...rest } = (account ?? {}) as Account;
  const open = typeof scheme === 'string' ? schemes[scheme] : undefined;
  for (const text of open?.(rest) ?? []) {
    // ISO/IEC 7813: track 1 is `B` number `^`, track 2 is number `=`, or `D` as tag 57 has it.
    const [, pan] = /(?:^|[%;B])([0-9]{8,19})[=^D]/.exec(text) ?? [];
    if (pan !== undefined) return pan;
  }
  return undefined;
};

const schemes: Readonly<Record<string, (account: Account) => string[]>> = {
  clear: ({ tracks }) => textsIn(tracks),
  // MagTek encrypts tracks with the PIN variant of the transaction's key (manual 99875475-10, appendix D).
  'magtek-dukpt-tdes': ({ ksn, tracks }) =>
    textsIn(tracks).map((track) => opened('pin', ksn, track).toString('latin1')),
  // And on MMS devices everything of a card with its data variant, in one BER-TLV object.
  'magtek-mms': ({ ksn, message }) => {
    // The message begins with its length in two bytes; padding and a MAC stand behind it.
    const bytes = fromHex(text(message)) ?? new Uint8Array();
    const length = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
    const read = readObjects(bytes.subarray(2, 2 + length));
    const cipher = read.ok ? findObject(read.objects, 'DFDF59')?.value : undefined;
    return cipher === undefined ? [] : textsOfTags(opened('data', ksn, toHex(cipher)));
  },
  // ID TECH encrypts stripes with the data variant, or with the PIN variant where it says so; by triple DES.
  'idtech-dukpt': ({ ksn, tracks, block, keyVariant }) =>
    [...textsIn(tracks), ...textsIn([block])].map((cipher) =>
      opened(keyVariant === 'pin' ? 'pin' : 'data', ksn, cipher).toString('latin1'),
    ),
  // And of a chip the value of each tag by itself, tag and length before it.
  'idtech-dukpt-emv': ({ ksn, tags }) =>
    textsIn(Object.values(tags ?? {})).flatMap((cipher) =>
      textsOfTags(opened('data', ksn, cipher)),
    ),
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const textsIn = (list: unknown): string[] =>
  Array.isArray(list) ? list.map(text).filter((one) => one !== '') : [];

const opened = (use: 'pin' | 'data', ksn: unknown, cipher: string): Buffer =>
  decrypt(keyFor(use, testBaseKey, text(ksn)), Buffer.from(cipher, 'hex'));

// Tracks stand there as text, a number and its track 2 as half bytes.
const textsOfTags = (bytes: Uint8Array): string[] => {
  const read = readObjects(bytes);
  return read.ok
    ? leavesOf(read.objects).flatMap(({ tag, value }) =>
        tag === '57' ? [toHex(value)] : [Buffer.from(value).toString('latin1')],
      )
    : [];
};
