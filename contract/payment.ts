/** The words of a payment that facts, words and answers share: ids, cards, batches, outcomes. */
import { Type, type Static } from 'typebox';
import { Amount } from './money.ts';

/** A whole number that every JSON reader reads the same: up to 2⁵³ − 1. */
export const Whole = (minimum: number) =>
  Type.Integer({ minimum, maximum: Number.MAX_SAFE_INTEGER });

/** An opaque id we make ourselves: `txn_`, `att_`, `live_` … and 26 characters of time and chance. */
export const Id = Type.String({ pattern: '^[a-z]{2,8}_[0-9A-HJKMNP-TV-Z]{26}$' });

/**
 * SHA-256 of the `Idempotency-Key` a client application gave. The portal keeps one transaction for each, so
 * that a key a restored ledger has forgotten is not charged again.
 */
export const KeyHash = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** Types that begin with a card. A refund does so when it names no original. */
export const cardTypes = ['sale', 'authorization', 'refund'] as const;
export const CardType = Type.Enum([...cardTypes]);
export type CardType = (typeof cardTypes)[number];

/** Types that follow an original: its money is taken, given back, undone or changed. No card is read. */
export const followUpTypes = ['capture', 'refund', 'void', 'adjustment'] as const;
export const FollowUpType = Type.Enum([...followUpTypes]);
export type FollowUpType = (typeof followUpTypes)[number];

/** The types of transaction this contract carries. */
export const transactionTypes = [
  'sale',
  'authorization',
  'capture',
  'refund',
  'void',
  'adjustment',
] as const;
export const TransactionType = Type.Enum([...transactionTypes]);
export type TransactionType = (typeof transactionTypes)[number];

/**
 * What is charged, and what of it is for what: `amount` is the total, tip and surcharge are parts of it. Of
 * an adjustment it is the new total; of a void what is undone.
 */
export const charge = {
  amount: Amount,
  tipAmount: Type.Optional(Amount),
  surchargeAmount: Type.Optional(Amount),
};
export const Charge = Type.Object(charge);
export type Charge = Static<typeof Charge>;

/** What the cashier asked the customer for; `null`: asked, and not given. Never a CVV. */
export const Prompts = Type.Object(
  {
    zipCode: Type.Optional(
      Type.Union([Type.String({ pattern: '^[0-9A-Za-z][0-9A-Za-z -]{1,9}$' }), Type.Null()]),
    ),
    cvv: Type.Optional(Type.Enum(['bypassed', 'illegible', 'not_present'])),
  },
  { additionalProperties: false },
);
export type Prompts = Static<typeof Prompts>;

/** How the card's data came in. */
export const entryModes = ['stripe', 'chip', 'contactless'] as const;
export const EntryMode = Type.Enum([...entryModes]);
export type EntryMode = (typeof entryModes)[number];

/** What a chip put its cryptogram to: a request to its issuer, an approval, a refusal (EMV book 3, 5.5.4). */
export const cryptogramTypes = ['ARQC', 'TC', 'AAC'] as const;
export type CryptogramType = (typeof cryptogramTypes)[number];

/**
 * How the cardholder was verified, as tag 9F34 tells it; `device` by the telephone that was held there,
 * `unknown` where nobody told.
 */
export const verifications = [
  'none',
  'signature',
  'pin_offline',
  'pin_online',
  'device',
  'failed',
  'unknown',
] as const;
export type Verification = (typeof verifications)[number];

/**
 * What may be kept, sent and printed of a chip's answer: values by tag, both upper-case hex. A number, a
 * track, a name or a PIN is never among them.
 */
export const ChipData = Type.Object({
  cryptogramType: Type.Enum([...cryptogramTypes]),
  verification: Type.Enum([...verifications]),
  tags: Type.Record(
    Type.String({ pattern: '^([0-9A-F]{2}){1,3}$' }),
    Type.String({ pattern: '^([0-9A-F]{2}){0,128}$' }),
    { maxProperties: 64 },
  ),
});
export type ChipData = Static<typeof ChipData>;

/**
 * What may be kept of a card in clear: the first digits and the last four of its number, its expiry
 * (`YYMM`) and its brand. Never the whole number, a track, a CVV or a PIN.
 */
export const MaskedCard = Type.Object({
  maskedPan: Type.String({ pattern: '^[0-9]{0,6}\\*{3,15}[0-9]{0,4}$', maxLength: 19 }),
  expiry: Type.Optional(Type.String({ pattern: '^[0-9]{4}$' })),
  brand: Type.Enum([
    'visa',
    'mastercard',
    'amex',
    'discover',
    'jcb',
    'diners',
    'unionpay',
    'unknown',
  ]),
  entryMode: EntryMode,
  /** A stripe that was read because the chip beside it could not be. */
  fallback: Type.Optional(Type.Boolean()),
  /** The reader it was read by, where several held out a hand. */
  readerId: Type.Optional(Type.String({ maxLength: 64 })),
  /** Of a chip, in contact or contactless. */
  chip: Type.Optional(ChipData),
});
export type MaskedCard = Static<typeof MaskedCard>;

/** The batch a money fact belongs to. */
export const BatchId = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 64 }),
  number: Whole(1),
});
export type BatchId = Static<typeof BatchId>;

/** What a POS may build on. Anything but the final ones may still change. */
export const outcomes = [
  'approved',
  'partially_approved',
  'approved_offline',
  'declined',
  'unknown',
  'void_pending',
  'reversed',
  'voided',
  'cancelled',
  'forward_declined',
  'held',
] as const;
export const Outcome = Type.Enum([...outcomes]);
export type Outcome = (typeof outcomes)[number];

/** Who said no: the issuer's host, the card itself, or this agent by one of its gates. */
export const DeclinedBy = Type.Enum(['host', 'card', 'agent']);

/** A person or program that did something: at the portal, or at the device. */
export const Actor = Type.Object({
  userId: Type.String({ minLength: 1, maxLength: 64 }),
  role: Type.Optional(Type.String({ maxLength: 64 })),
});
export type Actor = Static<typeof Actor>;

/**
 * The host's answer to an attempt, live, forwarded or advised. `responseCode` as ISO 8583 field 39, two
 * digits. `approvedAmount` is there when it is less than was asked for (code 10).
 */
export const HostAnswer = Type.Object({
  transactionId: Id,
  attemptId: Id,
  result: Type.Enum(['approved', 'declined']),
  approvedAmount: Type.Optional(Amount),
  /** Why a follow-up could not be carried out at all. */
  reason: Type.Optional(Type.Enum(['original_not_captured'])),
  responseCode: Type.String({ pattern: '^[0-9A-Z]{2}$' }),
  approvalCode: Type.Optional(Type.String({ maxLength: 12 })),
  hostReference: Type.Optional(Type.String({ maxLength: 64 })),
  /** What the issuer has to say to its chip: tags 91, 71 and 72 as BER-TLV, in hex. */
  issuerData: Type.Optional(Type.String({ pattern: '^([0-9A-F]{2}){1,256}$' })),
});
export type HostAnswer = Static<typeof HostAnswer>;
