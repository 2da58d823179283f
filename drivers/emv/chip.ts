/**
 * Chip: what is told onward of a chip's answer. Only the tags the table lets out, and what two of them mean:
 * the kind of cryptogram, and how the cardholder was verified.
 */
import type { ChipData, CryptogramType, EntryMode, Verification } from '../../contract/index.ts';
import { toHex } from '../frames/hex.ts';
import { handlings } from './handling.ts';
import { handlingOf } from './tags.ts';
import { leavesOf, type DataObject } from './tlv.ts';

/** What a reader says of a transaction beside its tags. */
export interface ChipContext {
  readonly entryMode: EntryMode;
  /** Where the reader keeps 9F27 to itself, and says in words of its own what the card decided. */
  readonly cryptogramType?: CryptogramType;
  /** Where the reader keeps 9F34 to itself. */
  readonly verification?: Verification;
}

/** Tags of one answer at most, as the contract has it. */
const tagsMax = 64;

/** Bytes of the longest value, as the contract has it. */
const valueBytesMax = 128;

/** The chip data of a reader's objects; `undefined` when nothing says which cryptogram it is. */
export const chipDataOf = (
  objects: readonly DataObject[],
  context: ChipContext,
): ChipData | undefined => {
  const values = sendable(objects);
  const cryptogramType = cryptogramTypeOf(values.get('9F27')) ?? context.cryptogramType;
  if (cryptogramType === undefined) return undefined;
  return {
    cryptogramType,
    verification: verificationIn(values, context),
    tags: Object.fromEntries([...values].map(([tag, value]) => [tag, toHex(value)])),
  };
};

/** What may leave in clear, the first of each tag. */
const sendable = (objects: readonly DataObject[]): Map<string, Uint8Array> => {
  const values = new Map<string, Uint8Array>();
  for (const { tag, value } of leavesOf(objects)) {
    if (values.has(tag) || values.size === tagsMax || value.length > valueBytesMax) continue;
    if (handlings[handlingOf(tag, value)].send) values.set(tag, value);
  }
  return values;
};

/** The kind of cryptogram in 9F27: its two highest bits (EMV 4.3 book 3, table 15). */
export const cryptogramTypeOf = (
  information: Uint8Array | undefined,
): CryptogramType | undefined => {
  const [first] = information ?? [];
  return first === undefined ? undefined : cryptogramBits[first >> 6];
};

// 11 is reserved.
const cryptogramBits: readonly (CryptogramType | undefined)[] = ['AAC', 'TC', 'ARQC', undefined];

const verificationIn = (
  values: ReadonlyMap<string, Uint8Array>,
  { entryMode, verification }: ChipContext,
): Verification => {
  const [wanted = 0, done = 0] = values.get('9F6C') ?? [];
  // Card transaction qualifiers of Visa, byte 2 bit 8: the telephone knew its owner (book C-3, A.2).
  if ((done & 0x80) !== 0) return 'device';
  const found = verificationOf(values.get('9F34')) ?? wantedBy(wanted);
  // No card asks for a PIN without contact; what reports one there is a telephone (book C-2, CVM selection).
  if (entryMode === 'contactless' && found === 'pin_offline') return 'device';
  const told = found ?? verification;
  if (told !== undefined) return told;
  // Terminal transaction qualifiers, byte 2 bit 7: whether anybody was to be verified (book C-3, A.2).
  const asked = (values.get('9F66')?.[1] ?? 0x40) & 0x40;
  return entryMode === 'contactless' && asked === 0 ? 'none' : 'unknown';
};

// The same qualifiers, byte 1: bit 8 wants a PIN at the host, bit 7 a signature.
const wantedBy = (qualifiers: number): Verification | undefined => {
  if ((qualifiers & 0x80) !== 0) return 'pin_online';
  return (qualifiers & 0x40) === 0 ? undefined : 'signature';
};

/** How the cardholder was verified, by 9F34: method, condition, result (EMV 4.3 book 4, A4). */
export const verificationOf = (results: Uint8Array | undefined): Verification | undefined => {
  const [method, , result] = results ?? [];
  if (method === undefined || result === undefined) return undefined;
  if (result === failed || (method & methodBits) === 0) return 'failed';
  // Methods of a card scheme's or an issuer's own say nothing here.
  return methods[method & methodBits] ?? 'unknown';
};

const failed = 0x01;
/** Bit 7 of the method only says what to do when it fails. */
const methodBits = 0x3f;

/** Methods by their number (EMV 4.3 book 3, C3). With a PIN and a signature, the signature is still due. */
const methods: Readonly<Record<number, Verification>> = {
  0x01: 'pin_offline',
  0x02: 'pin_online',
  0x03: 'signature',
  0x04: 'pin_offline',
  0x05: 'signature',
  0x1e: 'signature',
  0x1f: 'none',
  0x3f: 'none',
};

/** How the card came in, by 9F39 (ISO 8583:1987 field 22, first two digits), and whether as a fallback. */
export const entryModeOf = (
  mode: Uint8Array | undefined,
): { readonly entryMode: EntryMode; readonly isFallback: boolean } | undefined =>
  mode === undefined ? undefined : entryModes[mode[0] ?? 0];

const entryModes: Readonly<Record<number, { entryMode: EntryMode; isFallback: boolean }>> = {
  0x02: { entryMode: 'stripe', isFallback: false },
  0x05: { entryMode: 'chip', isFallback: false },
  0x07: { entryMode: 'contactless', isFallback: false },
  0x80: { entryMode: 'stripe', isFallback: true },
  0x90: { entryMode: 'stripe', isFallback: false },
  0x91: { entryMode: 'contactless', isFallback: false },
  0x95: { entryMode: 'chip', isFallback: false },
};
