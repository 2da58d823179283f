/**
 * Transaction data: what a device tells of a card, ARQC or batch data in DynaPro format (tables 18 and 27).
 *
 *   <length, 2> F9 { DFDF54 DFDF55 DFDF25 FA { 70 { DFDF4D DFDF52 … F8 { DFDF59 DFDF56 DFDF57 } } } } … <MAC>
 *
 * Number, tracks and all of the chip's own tags are inside DFDF59, encrypted for the host. What lies beside
 * it in clear are masked tracks, and the cardholder's name where the device was told to send it.
 */
import type { EntryMode, MaskedCard, CryptogramType } from '../../../contract/index.ts';
import { maskedPan, shownOfMasked, type Shown } from '../../cards/masking.ts';
import { readStripe } from '../../cards/stripe.ts';
import { readTrack, type Tracks } from '../../cards/tracks.ts';
import { brandOf } from '../../cards/brand.ts';
import { chipDataOf } from '../../emv/chip.ts';
import { findObject, readObjects, type DataObject } from '../../emv/tlv.ts';
import { toHex } from '../../frames/hex.ts';
import { bytesOf, textOf } from '../../frames/latin1.ts';
import type { BadRead, CardRead } from '../../reader.ts';
import { Secret } from '../../secret.ts';
import type { Technology } from './notices.ts';
import type { MmsSettings } from './settings.ts';

/** What was read of a card, and the serial number a host's answer has to name. */
export interface CardFound {
  readonly read: CardRead;
  readonly serial: Uint8Array;
}

/** What a device knows about a transaction beside its data. */
export interface DataContext {
  readonly technology: Technology;
  readonly cryptogramType: CryptogramType;
  /** The card waits for its issuer's answer. */
  readonly awaitsAnswer: boolean;
  readonly settings: MmsSettings;
}

/** The objects of transaction data, or in a sentence why it has none. */
export const readData = (bytes: Uint8Array): ReturnType<typeof readObjects> => {
  const length = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (length === 0 || length + lengthBytes + macBytes > bytes.length) {
    const found = `${bytes.length} bytes do not hold the ${length} they announce, and a MAC`;
    return { ok: false, why: `Transaction data is cut: ${found}.` };
  }
  return readObjects(bytes.subarray(lengthBytes, lengthBytes + length));
};

const lengthBytes = 2;
const macBytes = 4;

/** The card of transaction data, or why there is none. */
export type CardIn =
  { readonly ok: true; readonly found: CardFound } | { readonly ok: false; readonly why: BadRead };

/** Looks for the card in transaction data. */
export const cardIn = (bytes: Uint8Array, context: DataContext): CardIn => {
  const read = readData(bytes);
  const objects = read.ok ? read.objects : [];
  const value = (tag: string) => findObject(objects, tag)?.value ?? new Uint8Array();
  const entryMode = entryModes[context.technology];
  if (value('DFDF59').length === 0 || entryMode === undefined) return { ok: false, why: 'damaged' };
  const shown = shownIn(objects, entryMode, context.settings);
  if ('why' in shown) return { ok: false, why: shown.why };
  // A telephone may give a stripe without contact; then there is no cryptogram.
  const isChip = entryMode !== 'stripe' && value('DFDF52')[0] !== contactlessStripe;
  const chip = isChip ? chipDataOf(objects, { ...context, entryMode }) : undefined;
  const found = {
    serial: value('DFDF25').slice(),
    read: {
      card: shown.card,
      entryMode,
      securityLevel: 'encrypted' as const,
      likeness: new Secret(shown.likeness ?? toHex(value('DFDF56'))),
      accountData: new Secret(bytesOf(JSON.stringify(accountData(bytes, value)))),
      ...(chip === undefined ? {} : { chip: { ...chip, awaitsAnswer: context.awaitsAnswer } }),
      ...((value('DFDF53')[0] ?? 0) === 0 ? {} : { isFallback: true }),
    },
  };
  return { ok: true, found };
};

const entryModes: Readonly<Partial<Record<Technology, EntryMode>>> = {
  stripe: 'stripe',
  contact: 'chip',
  contactless: 'contactless',
};

/** Card type 08 of table 18. */
const contactlessStripe = 0x08;

// The MAC is over the whole message, so the host gets the whole message; what decrypts it stands beside.
const accountData = (bytes: Uint8Array, value: (tag: string) => Uint8Array): object => ({
  scheme: 'magtek-mms',
  ksn: toHex(value('DFDF56')),
  encryptionType: toHex(value('DFDF57')),
  message: toHex(bytes),
});

const shownIn = (
  objects: readonly DataObject[],
  entryMode: EntryMode,
  { maskLeading, maskTrailing }: MmsSettings,
): { readonly card: MaskedCard; readonly likeness?: string } | { readonly why: BadRead } => {
  const shown = shownOfMasked({ leading: maskLeading, trailing: maskTrailing });
  const stripe = readStripe(maskedTracks(objects), { shown, maskCharacter: '*' });
  if (stripe.is === 'card') {
    return { card: { ...stripe.card, entryMode }, likeness: stripe.likeness };
  }
  if (entryMode === 'stripe') return { why: stripe.why };
  // A chip was read even where its number is not told here.
  const masked = loneNumber(objects, shown);
  return {
    card: { maskedPan: masked ?? unknownNumber, brand: brandOf(masked ?? ''), entryMode },
    ...(masked === undefined ? {} : { likeness: masked }),
  };
};

/** A card whose number nobody knows here. */
const unknownNumber = '************';

/** Masked tracks of a stripe, and of a chip its one (tables 18 and property 1.1.2.2.1.2). */
const maskedTracks = (objects: readonly DataObject[]): Tracks => {
  const track = (...tags: readonly string[]) =>
    readTrack(
      tags.map((tag) => textOf(findObject(objects, tag)?.value ?? new Uint8Array())).join(''),
    );
  return [track('DFDF31'), track('DFDF33', 'DFDF4D'), track('DFDF35')];
};

// Some devices mask the expiry too; then only the number can be told, as far as they left it.
const loneNumber = (objects: readonly DataObject[], shown: Shown): string | undefined => {
  const text = textOf(findObject(objects, 'DFDF4D')?.value ?? new Uint8Array());
  const [, number] = /^;([0-9]{8,19})=/.exec(text) ?? [];
  return number === undefined ? undefined : maskedPan(number, shown);
};
