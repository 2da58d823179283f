/**
 * Taking in the portal's words: each is written into the down log, applied to what it is about, and told
 * again in a fact of the up log, all in one commit for a frame. Taking a word in twice changes nothing.
 */
import {
  canonical,
  check,
  linkLimits,
  words,
  type Entry,
  type Fact,
  type Frame,
  type Word,
  type WordType,
} from '../../contract/index.ts';
import { takeCommand } from '../batches/command.ts';
import type { BatchNews, TakenWord } from '../batches/news.ts';
import { takeSettlement } from '../batches/settlement.ts';
import type { Intake } from '../ledger/down-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { consequenceOf, next } from './payment.ts';
import type { Happening } from './step.ts';

/** Bytes of a word's body: all a signed frame has room for. A larger one would fit no frame told again. */
const wordBytesMax = (linkLimits.frameBytes * 3) / 4;

export interface WordsTaken {
  readonly intake: Intake;
  /** Transactions that took a step. */
  readonly moved: readonly string[];
  /** What words about batches have changed. */
  readonly told: readonly BatchNews[];
}

/** Takes a frame of words in, durably. */
export const takeWords = (ledger: Ledger, frame: Frame): WordsTaken => {
  const intake = ledger.downLog.examine(frame);
  if (intake.is !== 'taken' || intake.fresh.length === 0) {
    return { intake, moved: [], told: [] };
  }
  const results = ledger.commit(() =>
    intake.fresh.map((entry) => {
      const word = withinLimit(entry);
      const result = ledger.downLog.knows(entry.id)
        ? { note: 'taken in before' }
        : applied(ledger, word);
      ledger.downLog.insert(frame.epoch, entry);
      ledger.append(takenFact(frame.epoch, word, result.note));
      return result;
    }),
  );
  return {
    intake,
    moved: results.flatMap(({ moved = [] }) => moved),
    told: results.flatMap(({ news }) => (news === undefined ? [] : [news])),
  };
};

const withinLimit = (entry: Entry): Entry =>
  Buffer.byteLength(canonical(entry.body)) > wordBytesMax ? { ...entry, body: null } : entry;

const isWordType = (type: string): type is WordType => Object.hasOwn(words, type);

/** What a word moved or tells, or why it changed nothing. */
interface Applied extends TakenWord {
  readonly moved?: readonly string[];
}

const applied = (ledger: Ledger, { type, body, at }: Entry): Applied => {
  if (!isWordType(type))
    return { note: `this release does not know the word ${type}`.slice(0, 200) };
  const checked = check(words[type].body, body);
  if (!checked.ok) return { note: `malformed: ${checked.why}`.slice(0, 200) };
  return take(ledger, { type, body: checked.value } as Word, at);
};

const take = (ledger: Ledger, word: Word, at: number): Applied => {
  switch (word.type) {
    case 'transaction.decided':
      return move(ledger, word.body.transactionId, { is: 'decided', answer: word.body });
    case 'reversal.done':
      return move(ledger, word.body.transactionId, {
        ...{ is: 'reversal done', attemptId: word.body.attemptId },
      });
    case 'voided': {
      const { transactionId, voidTransactionId: voidedBy } = word.body;
      return move(ledger, transactionId, { is: 'voided', voidedBy });
    }
    case 'transaction.parked': {
      const { transactionId, responseCode, tries } = word.body;
      const reason = `the host answered ${responseCode} ${tries} times`;
      return move(ledger, transactionId, { is: 'parked', reason });
    }
    case 'transaction.changed': {
      const { transactionId, kind, amount, by } = word.body;
      return move(ledger, transactionId, { is: 'changed', change: { kind, amount, by } });
    }
    case 'settlement':
      return takeSettlement(ledger, word.body);
    case 'command':
      return takeCommand(ledger, word.body, at);
  }
};

const move = (ledger: Ledger, transactionId: string, heard: Happening): Applied => {
  const found = ledger.transactions.find(transactionId);
  if (found === undefined) return { note: 'no such transaction here' };
  const { order, payment } = found;
  const step = next(order, payment, heard);
  settle(ledger, transactionId, heard, step !== undefined);
  if (step === undefined) return { note: `without meaning while ${payment.is}` };
  ledger.take(order, payment, step);
  const { originalTransactionId = '' } = order;
  const isAlone = consequenceOf(order, step.then) === undefined;
  return { moved: [transactionId, ...(isAlone ? [] : [originalTransactionId])] };
};

// A reversal is done whatever became of the payment since; a decision settles only what waited for it.
const settle = (
  ledger: Ledger,
  transactionId: string,
  heard: Happening,
  hasMeaning: boolean,
): void => {
  if (heard.is === 'reversal done') {
    ledger.attempts.settle({ transactionId, attemptId: heard.attemptId }, 'reversed');
  } else if (heard.is === 'decided' && hasMeaning) {
    ledger.attempts.settle({ transactionId, attemptId: heard.answer.attemptId }, 'decided');
  }
};

const takenFact = (
  epoch: number,
  { seq, id, type, body }: Entry,
  note: string | undefined,
): Fact => ({
  type: 'word.taken',
  body: {
    epoch,
    seq,
    id,
    type,
    content: body,
    applied: note === undefined,
    ...(note === undefined ? {} : { note }),
  },
});
