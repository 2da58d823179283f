/**
 * Facts: what a device writes into its up log, and so tells the portal. One row a type of fact.
 *
 * A fact is durable on the device before anything is done because of it. Facts are never changed and never
 * dropped; sealed card data travels beside a fact and is named in it by its digest only.
 */
import { Type, type Static } from 'typebox';
import { Amount } from './money.ts';
import {
  BatchId,
  DeclinedBy,
  Id,
  KeyHash,
  MaskedCard,
  Outcome,
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

/** Why an attempt has to be undone at the host. */
export const ReversalReason = Type.Enum(['no_answer', 'bad_answer', 'interrupted']);
export type ReversalReason = Static<typeof ReversalReason>;

/** Every type of fact: what it says, and the shape of its body. */
export const facts = {
  'transaction.created': {
    says: 'A client application asked for a transaction; no card has been read yet.',
    body: Type.Object({
      transactionId: Id,
      type: TransactionType,
      amount: Amount,
      batch: BatchId,
      readerId: Type.String({ maxLength: 64 }),
      application: Type.String({ maxLength: 64 }),
      keyHash: KeyHash,
      reference: Type.Optional(Type.String({ maxLength: 64 })),
      userDefinedFields: Type.Optional(Type.Record(Type.String(), Type.String())),
    }),
  },
  'attempt.sent': {
    says: 'A live request for this attempt is about to leave; written before its first byte does.',
    body: Type.Object({
      ...attempt,
      kind: Type.Enum(['authorize']),
      amount: Amount,
      card: MaskedCard,
      batch: BatchId,
    }),
  },
  'transaction.stored': {
    says: 'Approved at the merchant’s risk; to be decided by the host once every reversal before it is done.',
    body: Type.Object({
      ...attempt,
      type: TransactionType,
      amount: Amount,
      card: MaskedCard,
      batch: BatchId,
      sealed: SealedRef,
      afterAttemptId: Type.Optional(Id),
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
    }),
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
