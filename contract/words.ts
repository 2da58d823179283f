/**
 * Words: what the portal writes into the down log, and so tells a device. One row a type of word.
 *
 * A word is in the device's ledger before it is acknowledged, and taking it in twice is harmless. A device
 * that does not know a type takes it in, acknowledges it and says so in its `word.taken`.
 */
import { Type, type Static } from 'typebox';
import { HostAnswer, Id } from './payment.ts';

/** Every type of word: what it says, and the shape of its body. */
export const words = {
  'transaction.decided': {
    says: 'The host decided a stored transaction, or had decided an attempt that was to be reversed; final.',
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
} as const;

export type WordType = keyof typeof words;

/** The body of a word of one type. */
export type WordBody<T extends WordType = WordType> = Static<(typeof words)[T]['body']>;

/** A word: its type and its body, before the log gives it a number and a hash. */
export type Word = { [T in WordType]: { readonly type: T; readonly body: WordBody<T> } }[WordType];
