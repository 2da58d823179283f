/**
 * A chip card played by code: it answers a purchase with a cryptogram, its issuer's answer with another.
 *
 * It stands for the card and for the part of the reader that speaks to it. What it gives has the card's
 * number in clear (tags 5A and 57): whoever plays a reader encrypts those before anything leaves it.
 */
import type { CryptogramType, Verification } from '../../contract/index.ts';
import {
  answerDol,
  currencyValue,
  findObject,
  fromHex,
  readDol,
  readObjects,
  type IssuerAnswer,
  type Purchase,
} from '../../drivers/index.ts';
import type { TestCard } from './cards.ts';
import { cryptogram, issuerProof, type CardKey } from './cryptogram.ts';

/** How a card meets its reader. */
export type ChipEntry = 'contact' | 'contactless';

/** What a card does, where it differs from a good one. */
export interface ChipHabits {
  /** What it answers a purchase with: asks its issuer (ARQC), approves (TC) or declines (AAC) by itself. */
  readonly decides: CryptogramType;
  /** Says no to its issuer's yes. */
  readonly declinesAfterApproval: boolean;
  /** Somebody pulls it out before the issuer's answer has come. */
  readonly leavesBeforeAnswer: boolean;
  /** Gives no answer at all: a chip that is worn or broken. */
  readonly unreadable: boolean;
  /** `unknown`: it does not tell. */
  readonly verification: Verification;
}

/** Values by tag, upper-case hex both. */
export type ChipTags = ReadonlyMap<string, string>;

/** A purchase as a reader puts it to a card; `unpredictable` are four bytes of its own. */
export interface ChipPurchase extends Purchase {
  readonly unpredictable: Uint8Array;
}

/** A card with a chip. */
export interface ChipCard {
  readonly card: TestCard;
  readonly habits: ChipHabits;
  /** First cryptogram and all a reader tells with it; nothing from a card that cannot be read. */
  start(purchase: ChipPurchase, entry: ChipEntry): ChipTags | undefined;
  /** Second cryptogram, on the issuer's answer; nothing from a card that is gone or was never asked. */
  finish(answer: IssuerAnswer): ChipTags | undefined;
}

const good: ChipHabits = {
  decides: 'ARQC',
  declinesAfterApproval: false,
  leavesBeforeAnswer: false,
  unreadable: false,
  verification: 'none',
};

/** A card of these tracks with a chip, good unless told otherwise. */
export const chipCard = (card: TestCard, habits: Partial<ChipHabits> = {}): ChipCard => {
  const whole = { ...good, ...habits };
  let counter = 0;
  let asked: ChipTags | undefined;
  return {
    card,
    habits: whole,
    start(purchase, entry) {
      if (whole.unreadable) return undefined;
      counter += 1;
      const told = toldBy(card, { ...whole, entry, counter }, purchase);
      // Without contact the card has left the field long before its issuer answers.
      asked = whole.decides === 'ARQC' && entry === 'contact' ? told : undefined;
      return told;
    },
    finish(answer) {
      const before = asked;
      asked = undefined;
      if (before === undefined || whole.leavesBeforeAnswer) return undefined;
      const agrees = answer.result === 'approved' && !whole.declinesAfterApproval;
      const decided = agrees && trusts(card, before, answer) ? 'TC' : 'AAC';
      const code = Buffer.from(answer.responseCode, 'latin1').toString('hex').toUpperCase();
      return signed(card, new Map([...before, ['8A', code]]), decided);
    },
  };
};

/** What an issuer sends its chip with an answer: tag 91, with the proof that it was the issuer. */
export const issuerDataFor = (card: TestCard, tags: ChipTags, responseCode: string): Uint8Array => {
  const proof = issuerProof(keyOf(card, tags), bytesOfTag(tags, '9F26'), responseCode);
  return Uint8Array.from([0x91, proof.length, ...proof]);
};

// A proof that is there has to be right; without one the card believes its terminal.
const trusts = (card: TestCard, tags: ChipTags, { issuerData, responseCode }: IssuerAnswer) => {
  const read = readObjects(issuerData ?? new Uint8Array());
  const proof = read.ok ? findObject(read.objects, '91')?.value : undefined;
  if (proof === undefined) return read.ok;
  const right = issuerProof(keyOf(card, tags), bytesOfTag(tags, '9F26'), responseCode);
  return right.equals(proof);
};

interface Meeting extends ChipHabits {
  readonly entry: ChipEntry;
  readonly counter: number;
}

const toldBy = (card: TestCard, meeting: Meeting, purchase: ChipPurchase): ChipTags => {
  const { amount, kind, at, unpredictable } = purchase;
  const now = new Date(at * 1000).toISOString();
  const brand = brands[card.pan.slice(0, 1)] ?? brands['4'];
  const told = new Map([
    ['50', hexOf(brand?.label ?? '')],
    ['57', track2Equivalent(card)],
    ['5A', card.pan.padEnd(Math.ceil(card.pan.length / 2) * 2, 'F')],
    ['5F20', hexOf('TEST/CARD')],
    ['5F24', `${card.expiry}31`],
    ['5F2A', Buffer.from(currencyValue(amount.currency) ?? []).toString('hex')],
    ['5F34', sequence],
    ['82', '1C00'],
    ['84', brand?.application ?? ''],
    ['95', meeting.entry === 'contact' ? '0000008000' : '0000000000'],
    ['9A', now.slice(2, 10).replaceAll('-', '')],
    ['9B', meeting.entry === 'contact' ? 'E800' : '0000'],
    ['9C', kind === 'refund' ? '20' : '00'],
    ['9F02', String(amount.value).padStart(12, '0')],
    ['9F03', '000000000000'],
    ['9F06', brand?.application ?? ''],
    ['9F10', '06010A03A00000'],
    ['9F1A', '0840'],
    ['9F21', now.slice(11, 19).replaceAll(':', '')],
    ['9F33', 'E0F8C8'],
    ...(meeting.verification === 'unknown'
      ? []
      : [['9F34', verificationResults[meeting.verification]] as const]),
    ['9F35', '22'],
    ['9F36', meeting.counter.toString(16).padStart(4, '0')],
    ['9F37', Buffer.from(unpredictable).toString('hex')],
    ['9F39', meeting.entry === 'contact' ? '05' : '07'],
  ]);
  return signed(card, upper(told), meeting.decides);
};

/** The list every chip asks for: amounts, country, results, currency, date, type, number, and its own. */
const cryptogramList = readDol(
  Buffer.from('9F02069F03069F1A0295055F2A029A039C019F37048202', 'hex'),
);

const signed = (card: TestCard, tags: ChipTags, decided: CryptogramType): ChipTags => {
  const values = Object.fromEntries([...tags.keys()].map((tag) => [tag, bytesOfTag(tags, tag)]));
  const list = cryptogramList.ok ? cryptogramList.entries : [];
  const key = keyOf(card, tags);
  const made = cryptogram(
    key,
    // The kind of cryptogram goes into it, so that an approval is not a request turned about.
    Buffer.concat([answerDol(list, values), key.counter, Buffer.of(informationOf[decided])]),
  );
  return new Map([
    ...tags,
    ['9F27', informationOf[decided].toString(16).padStart(2, '0').toUpperCase()],
    ['9F26', made.toString('hex').toUpperCase()],
  ]);
};

const informationOf = { AAC: 0x00, TC: 0x40, ARQC: 0x80 } as const;

// Method, condition, result (EMV 4.3 book 4, A4).
const verificationResults: Readonly<Record<Exclude<Verification, 'unknown'>, string>> = {
  none: '1F0302',
  signature: '1E0300',
  pin_offline: '410302',
  pin_online: '420300',
  device: '010002',
  failed: '410301',
};

const sequence = '01';

const keyOf = ({ pan }: TestCard, tags: ChipTags): CardKey => ({
  pan,
  sequence,
  counter: bytesOfTag(tags, '9F36'),
});

const bytesOfTag = (tags: ChipTags, tag: string): Uint8Array =>
  fromHex(tags.get(tag) ?? '') ?? new Uint8Array();

const upper = (tags: ReadonlyMap<string, string>): ChipTags =>
  new Map([...tags].map(([tag, value]) => [tag, value.toUpperCase()]));

/** By the first digit of the number: the application a chip of that brand has. */
const brands: Readonly<Record<string, { label: string; application: string }>> = {
  '3': { label: 'AMERICAN EXPRESS', application: 'A00000002501' },
  '4': { label: 'VISA CREDIT', application: 'A0000000031010' },
  '5': { label: 'MASTERCARD', application: 'A0000000041010' },
};

const hexOf = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

// The second track without its sentinels: D for the separator, F where a digit is missing to whole bytes.
const track2Equivalent = ({ tracks: [, track2] }: TestCard): string => {
  const digits = track2.replaceAll(/[;?]/g, '').replace('=', 'D');
  return digits.padEnd(Math.ceil(digits.length / 2) * 2, 'F');
};
