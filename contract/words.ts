/**
 * Words: what the portal writes into the down log, and so tells a device. One row a type of word.
 *
 * A word is in the device's ledger before it is acknowledged, and taking it in twice is harmless. A device
 * that does not know a type takes it in, acknowledges it and says so in its `word.taken`.
 */
import { Type, type Static } from 'typebox';
import { Settlement } from './batch.ts';
import { Amount } from './money.ts';
import { Actor, HostAnswer, Id, Whole } from './payment.ts';

/** Every type of word: what it says, and the shape of its body. */
export const words = {
  'transaction.decided': {
    says: 'The host decided what was stored or advised, or had before its reversal was asked for; final.',
    body: HostAnswer,
  },
  'reversal.done': {
    says: 'The attempt is undone at the host, or never reached it and never will.',
    body: Type.Object({
      transactionId: Id,
      attemptId: Id,
      hostResult: Type.Enum(['reversed', 'never_received', 'not_approved']),
    }),
  },
  voided: {
    says: 'A stored transaction was voided: never sent to the host, or undone there.',
    body: Type.Object({
      transactionId: Id,
      voidTransactionId: Id,
      hostResult: Type.Enum(['never_sent', 'undone']),
    }),
  },
  'transaction.parked': {
    says: 'The host could not decide a transaction in so many tries; it is parked until it is released.',
    body: Type.Object({
      transactionId: Id,
      attemptId: Id,
      responseCode: Type.String({ pattern: '^[0-9A-Z]{2}$' }),
      tries: Whole(1),
    }),
  },
  'transaction.changed': {
    says: 'Somebody voided, refunded or adjusted an approved transaction at the portal.',
    body: Type.Object({
      transactionId: Id,
      kind: Type.Enum(['void', 'refund', 'adjustment']),
      /** What was given back by a refund; the new total of an adjustment; what was undone by a void. */
      amount: Amount,
      by: Actor,
    }),
  },
  settlement: {
    says: 'Every pending transaction of a closed batch is decided, and its totals were compared.',
    body: Settlement,
  },
  command: {
    says: 'Something to be done on the device, once, by somebody with the role for it.',
    body: Type.Object({
      commandId: Type.String({ minLength: 1, maxLength: 64 }),
      kind: Type.String({ minLength: 1, maxLength: 64 }),
      params: Type.Record(Type.String(), Type.Unknown()),
      issuedBy: Actor,
      ttlMs: Whole(1),
    }),
  },
} as const;

export type WordType = keyof typeof words;

/** The body of a word of one type. */
export type WordBody<T extends WordType = WordType> = Static<(typeof words)[T]['body']>;

/** A word: its type and its body, before the log gives it a number and a hash. */
export type Word = { [T in WordType]: { readonly type: T; readonly body: WordBody<T> } }[WordType];
