/**
 * Facts: what a device writes into its up log, and so tells the portal. One row a type of fact.
 *
 * A fact is durable on the device before anything is done because of it. Facts are never changed and never
 * dropped; sealed card data travels beside a fact and is named in it by its digest only.
 */
import { Type, type Static } from 'typebox';
import { Audit } from './access.ts';
import { BatchClosed, BatchRecords } from './batch.ts';
import { ConfigurationInForce, ConfigurationRefused } from './configuration.ts';
import { Amount } from './money.ts';
import {
  Actor,
  BatchId,
  CardType,
  charge,
  DeclinedBy,
  FollowUpType,
  Id,
  KeyHash,
  MaskedCard,
  Outcome,
  Prompts,
  TransactionType,
  Whole,
} from './payment.ts';

/** Where sealed account data belongs: the key it is sealed to, and the SHA-256 of the sealed bytes. */
export const SealedRef = Type.Object({
  keyId: Type.String({ maxLength: 64 }),
  digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
export type SealedRef = Static<typeof SealedRef>;

const attempt = { transactionId: Id, attemptId: Id };

/** What a live request for money asks the host to do. */
export const moneyKinds = ['authorize', 'refund', 'void', 'capture', 'adjust'] as const;
export const MoneyKind = Type.Enum([...moneyKinds]);
export type MoneyKind = (typeof moneyKinds)[number];

/** Reasons to undo an approval that is known, and is not wanted any more. */
export const deliberateReasons = [
  'partial_rejected',
  'authorization_expired',
  // The host approved, and the chip refused, or never heard of it.
  'chip_declined',
  'chip_not_completed',
] as const;

/** Why an attempt has to be undone at the host. */
export const reversalReasons = [
  'no_answer',
  'bad_answer',
  'interrupted',
  ...deliberateReasons,
] as const;
export const ReversalReason = Type.Enum([...reversalReasons]);
export type ReversalReason = (typeof reversalReasons)[number];

/** Every type of fact: what it says, and the shape of its body. */
export const facts = {
  'transaction.created': {
    says: 'A client application asked for a transaction; no card has been read yet.',
    body: Type.Object({
      transactionId: Id,
      type: TransactionType,
      ...charge,
      originalTransactionId: Type.Optional(Id),
      requestedType: Type.Optional(TransactionType),
      batch: BatchId,
      readerId: Type.Optional(Type.String({ maxLength: 64 })),
      prompts: Type.Optional(Prompts),
      application: Type.String({ maxLength: 64 }),
      keyHash: KeyHash,
      /** The number of the configuration that decides it. */
      configuration: Type.Optional(Whole(1)),
      reference: Type.Optional(Type.String({ maxLength: 64 })),
      userDefinedFields: Type.Optional(Type.Record(Type.String(), Type.String())),
    }),
  },
  'attempt.sent': {
    says: 'A live request for this attempt is about to leave; written before its first byte does.',
    body: Type.Object({
      ...attempt,
      kind: MoneyKind,
      ...charge,
      card: MaskedCard,
      batch: BatchId,
    }),
  },
  'transaction.stored': {
    says: 'Approved at the merchant’s risk; to be decided by the host once every reversal before it is done.',
    body: Type.Object({
      ...attempt,
      type: CardType,
      ...charge,
      card: MaskedCard,
      batch: BatchId,
      sealed: SealedRef,
      afterAttemptId: Type.Optional(Id),
    }),
  },
  'transaction.advised': {
    says: 'A follow-up to carry out at the host once its original is final; told until a word answers it.',
    body: Type.Object({
      ...attempt,
      type: FollowUpType,
      originalTransactionId: Id,
      ...charge,
      card: MaskedCard,
      batch: BatchId,
      reason: Type.Enum(['no_host', 'original_open', 'no_answer', 'bad_answer', 'interrupted']),
    }),
  },
  'transaction.partially_approved': {
    says: 'The host approved less than was asked for; the point of sale accepts or rejects.',
    body: Type.Object({
      ...attempt,
      approvedAmount: Amount,
      responseCode: Type.String({ maxLength: 8 }),
      card: MaskedCard,
      batch: BatchId,
    }),
  },
  'transaction.held': {
    says: 'Somebody parked a stored transaction here: do not decide it before it is released.',
    body: Type.Object({
      ...attempt,
      by: Actor,
      reason: Type.Optional(Type.String({ maxLength: 200 })),
    }),
  },
  'transaction.released': {
    says: 'Somebody released a parked transaction: decide it now.',
    body: Type.Object({ ...attempt, by: Actor }),
  },
  'batch.records': {
    says: 'A page of what a batch that is being closed holds; comes before its batch.closed.',
    body: BatchRecords,
  },
  'batch.closed': {
    says: 'A batch was closed with these totals; they never change.',
    body: BatchClosed,
  },
  'command.finished': {
    says: 'What became of a command of the portal.',
    body: Type.Object({
      commandId: Type.String({ minLength: 1, maxLength: 64 }),
      result: Type.Enum(['succeeded', 'failed', 'rejected', 'expired', 'canceled']),
      code: Type.Optional(Type.String({ maxLength: 64 })),
      detail: Type.Optional(Type.String({ maxLength: 300 })),
    }),
  },
  reversal: {
    says: 'The outcome of this attempt is unknown: undo it at the host, or leave a tombstone.',
    body: Type.Object({ ...attempt, amount: Amount, reason: ReversalReason }),
  },
  'answer.late': {
    says: 'The host’s answer came after the attempt was given up; recorded, and revives nothing.',
    body: Type.Object({
      ...attempt,
      result: Type.Enum(['approved', 'declined']),
      responseCode: Type.String({ maxLength: 8 }),
    }),
  },
  'transaction.finished': {
    says: 'The device settled the outcome itself: a live answer, a gate, a cancellation.',
    body: Type.Object({
      transactionId: Id,
      attemptId: Type.Optional(Id),
      outcome: Outcome,
      declinedBy: Type.Optional(DeclinedBy),
      reason: Type.Optional(Type.String({ maxLength: 64 })),
      responseCode: Type.Optional(Type.String({ maxLength: 8 })),
      approvalCode: Type.Optional(Type.String({ maxLength: 12 })),
      amount: Amount,
      batch: BatchId,
      card: Type.Optional(MaskedCard),
      /** Of a stored transaction that was voided before the portal could hear of it. */
      voidTransactionId: Type.Optional(Id),
    }),
  },
  audit: {
    says: 'Somebody did, or tried to do, what not everybody may.',
    body: Audit,
  },
  'configuration.in_force': {
    says: 'Other settings than before are in force, as a whole; what is created from here on names them.',
    body: ConfigurationInForce,
  },
  'configuration.refused': {
    says: 'A version of the portal’s settings is not in force here, or not any more, and why.',
    body: ConfigurationRefused,
  },
  'word.taken': {
    says: 'A word of the portal was taken in, whole, so that a restored portal learns it again.',
    body: Type.Object({
      epoch: Whole(1),
      seq: Whole(1),
      id: Type.String({ maxLength: 64 }),
      type: Type.String({ maxLength: 64 }),
      content: Type.Unknown(),
      applied: Type.Boolean(),
      note: Type.Optional(Type.String({ maxLength: 200 })),
    }),
  },
  'clock.corrected': {
    says: 'The clock was wrong: the right time of these facts of this epoch is their `at` plus `byMs`.',
    body: Type.Object({
      fromSeq: Whole(1),
      throughSeq: Whole(1),
      byMs: Type.Integer(),
    }),
  },
  'epoch.opened': {
    says: 'The ledger was restored or cloned; a new epoch begins and restates all that is not final.',
    body: Type.Object({
      previousEpoch: Whole(1),
      lastSeq: Whole(0),
      lastHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      reason: Type.String({ maxLength: 200 }),
    }),
  },
} as const;

export type FactType = keyof typeof facts;

/** The body of a fact of one type. */
export type FactBody<T extends FactType = FactType> = Static<(typeof facts)[T]['body']>;

/** A fact: its type and its body, before the log gives it a number and a hash. */
export type Fact = { [T in FactType]: { readonly type: T; readonly body: FactBody<T> } }[FactType];
