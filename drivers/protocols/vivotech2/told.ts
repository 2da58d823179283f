/**
 * What a reader tells of a transaction: the answer to an activation or to a step of a contact transaction.
 *
 * Its data is one byte of attribution (NEO 2 guide 80139403-002 pp. 232-233) and data objects. Nothing of the
 * card is left in what this file gives but what may be shown, what is sealed in secrets, and what is sent on.
 */
import type { EntryMode, MaskedCard } from '../../../contract/index.ts';
import { brandOf } from '../../cards/brand.ts';
import { readRecord } from '../../cards/idtech/record.ts';
import { swipeAt } from '../../cards/idtech/swipe-frame.ts';
import { judge } from '../../cards/idtech/swipe.ts';
import { maskedCard, maskedPan, shownAround } from '../../cards/masking.ts';
import type { Swipe } from '../../cards/swipe.ts';
import { readFinancial, type TrackSent } from '../../cards/tracks.ts';
import { entryModeOf } from '../../emv/chip.ts';
import { handlings } from '../../emv/handling.ts';
import { handlingOf } from '../../emv/tags.ts';
import type { DataObject } from '../../emv/tlv.ts';
import { toHex } from '../../frames/hex.ts';
import { bytesOf, textOf } from '../../frames/latin1.ts';
import { wipeRead, type CardRead } from '../../reader.ts';
import { Secret } from '../../secret.ts';
import { steps, type Step } from './codes.ts';
import { readMarked, type Objects } from './objects.ts';

/** A card's part of an answer. */
export type CardTold = Pick<CardRead, 'card' | 'likeness' | 'accountData' | 'securityLevel'>;

/** What an answer tells; what it does not tell is absent. */
export interface Told {
  /** How a step of a contact transaction ended (tag DFEE25). */
  readonly step?: Step;
  readonly entryMode: EntryMode;
  readonly isFallback: boolean;
  readonly card?: CardTold;
  /** A stripe that was swiped, judged (tag DFEE23). */
  readonly swipe?: Swipe;
  /** Why a card gave nothing (tag FFEE1F). */
  readonly errorCode?: number;
  /** Of the chip's answer, what may be sent on; copies. */
  readonly objects: readonly DataObject[];
}

/** Reads the data of an answer, or `undefined` when it is none. */
export const readTold = (data: Uint8Array, entry: EntryMode): Told | undefined => {
  const [attribution = 0] = data;
  const objects = readMarked(data.subarray(1));
  if (data.length === 0 || objects === undefined) return undefined;
  const value = (tag: string): Uint8Array | undefined =>
    objects.plain.find((one) => one.tag === tag)?.value;
  const { entryMode = entry, isFallback = false } = entryModeOf(value('9F39')) ?? {};
  return {
    ...present('step', stepIn(value('DFEE25'))),
    entryMode,
    isFallback,
    ...present('swipe', swipeIn(value('DFEE23'))),
    ...present('card', cardIn(objects, entryMode, attribution)),
    ...present('errorCode', value('FFEE1F')?.[0]),
    objects: objects.plain
      .filter((one) => handlings[handlingOf(one.tag, one.value)].send)
      .map((one) => ({ tag: one.tag, value: one.value.slice() })),
  };
};

const present = <Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [N in Name]?: Value } =>
  value === undefined ? {} : ({ [name]: value } as { [N in Name]: Value });

const stepIn = (code: Uint8Array | undefined): Step | undefined =>
  code && (steps[((code[0] ?? 0) << 8) | (code[1] ?? 0)] ?? 'failed');

/** Forgets what of a card an answer holds. */
export const wipeTold = ({ card, swipe }: Told): void => {
  if (card !== undefined) wipeRead(card);
  if (swipe?.is === 'card') wipeRead(swipe.read);
};

const swipeIn = (frame: Uint8Array | undefined): Swipe | undefined => {
  if (frame === undefined || frame.length === 0) return undefined;
  const found = swipeAt(frame);
  const read = found.ok ? readRecord(found.data) : undefined;
  return read?.ok === true
    ? judge(read.record, { maskCharacter: '*' })
    : { is: 'bad read', why: 'damaged' };
};

/** Tags that hold a number or a track; DFEF17 and DFEF18, once FFEE13 and FFEE14, are text (p. 213). */
const accountTags = ['56', '57', '5A', '9F6B', 'DFEF17', 'DFEF18', 'FFEE13', 'FFEE14'];

const cardIn = (
  objects: Objects,
  entryMode: EntryMode,
  attribution: number,
): CardTold | undefined => {
  const plain = new Map(objects.plain.map((one) => [one.tag, one.value]));
  const shownIn = new Map([...plain, ...objects.masked]);
  const card = maskedIn(shownIn, plain.get('5F24'));
  if (card === undefined) return undefined;
  const ksn = plain.get('DFEE12') ?? plain.get('FFEE12');
  const isClear = ksn === undefined || accountTags.some((tag) => plain.has(tag));
  const accountData = isClear
    ? { scheme: 'clear', tracks: [track1In(plain) ?? '', track2In(plain) ?? '', ''] }
    : {
        scheme: 'idtech-dukpt-emv',
        ksn: toHex(ksn),
        attribution: toHex(plain.get('DFEE26') ?? Uint8Array.of(attribution)),
        tags: Object.fromEntries([...objects.encrypted].map(([tag, bytes]) => [tag, toHex(bytes)])),
      };
  return {
    card: { ...card, entryMode },
    likeness: new Secret(`${card.maskedPan}=${card.expiry ?? ''}`),
    accountData: new Secret(bytesOf(JSON.stringify(accountData))),
    securityLevel: isClear ? 'clear' : 'encrypted',
  };
};

type Values = ReadonlyMap<string, Uint8Array>;

// Half bytes above 9 hide a digit, but for the first D, which separates, and F at the end, which fills.
const track2In = (values: Values): string | undefined => {
  const equivalent = values.get('57') ?? values.get('9F6B');
  if (equivalent !== undefined) {
    return toHex(equivalent).replace(/F$/, '').replace('D', '=').replace(/[A-F]/g, '*');
  }
  return textIn(values.get('DFEF18') ?? values.get('FFEE14'));
};

const track1In = (values: Values): string | undefined =>
  textIn(values.get('56') ?? values.get('DFEF17') ?? values.get('FFEE13'));

const textIn = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : textOf(bytes).replace(/^[%;]|\?.?$/g, '');

const maskedIn = (values: Values, expires: Uint8Array | undefined): MaskedCard | undefined => {
  const track = (number: 1 | 2, text: string | undefined) => {
    const sent: TrackSent = { is: 'read', encoding: 'iso', text: text ?? '' };
    return readFinancial(sent, number, '*');
  };
  const financial = track(2, track2In(values)) ?? track(1, track1In(values));
  if (financial !== undefined) return maskedCard(financial, shownAround(financial.pan));
  const number = values.get('5A');
  const pan = number === undefined ? '' : toHex(number).replace(/F$/, '').replace(/[A-F]/g, '*');
  if (pan.length < 8) return undefined;
  const masked = maskedPan(pan, shownAround(pan));
  const expiry = expires === undefined ? '' : toHex(expires).slice(0, 4);
  return {
    maskedPan: masked,
    ...(/^[0-9]{4}$/.test(expiry) ? { expiry } : {}),
    brand: brandOf(masked),
    entryMode: 'chip',
  };
};
