/**
 * Taking in the portal's words: each is written into the down log, applied to its payment, and told again
 * in a fact of the up log, all in one commit for a frame. Taking a word in twice changes nothing.
 */
import {
  canonical,
  check,
  linkLimits,
  words,
  type Entry,
  type Fact,
  type Frame,
  type WordBody,
  type WordType,
} from '../../contract/index.ts';
import { takeCommand } from '../batches/command.ts';
import type { BatchNews, TakenWord } from '../batches/news.ts';
import { takeSettlement } from '../batches/settlement.ts';
import type { Intake } from '../ledger/down-log.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { next, type Happening } from './payment.ts';

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
    moved: results.flatMap(({ transactionId }) =>
      transactionId === undefined ? [] : [transactionId],
    ),
    told: results.flatMap(({ news }) => (news === undefined ? [] : [news])),
  };
};

const withinLimit = (entry: Entry): Entry =>
  Buffer.byteLength(canonical(entry.body)) > wordBytesMax ? { ...entry, body: null } : entry;

const isWordType = (type: string): type is WordType => Object.hasOwn(words, type);

interface Applied extends TakenWord {
  readonly transactionId?: string;
}

const applied = (ledger: Ledger, { type, body, at }: Entry): Applied => {
  if (!isWordType(type))
    return { note: `this release does not know the word ${type}`.slice(0, 200) };
  const checked = check(words[type].body, body);
  if (!checked.ok) return { note: `malformed: ${checked.why}`.slice(0, 200) };
  if (type === 'settlement') return takeSettlement(ledger, checked.value as WordBody<typeof type>);
  if (type === 'command') return takeCommand(ledger, checked.value as WordBody<typeof type>, at);
  const heard = happeningOf(type, checked.value);
  if (heard === undefined || !('attemptId' in checked.value)) return { note: 'not understood yet' };
  const { transactionId, attemptId } = checked.value;
  const found = ledger.transactions.find(transactionId);
  if (found === undefined) return { note: 'no such transaction here' };
  const attempt = { transactionId, attemptId };
  const step = next(found.order, found.payment, heard);
  // A reversal is done whatever became of the payment since; a decision settles only what waited for it.
  if (heard.is === 'reversal done') ledger.attempts.settle(attempt, 'reversed');
  else if (step !== undefined) ledger.attempts.settle(attempt, 'decided');
  if (step === undefined) return { note: `without meaning while ${found.payment.is}` };
  ledger.take(found.order, found.payment, step);
  return { transactionId };
};

const happeningOf = (type: WordType, body: WordBody): Happening | undefined => {
  switch (type) {
    case 'transaction.decided':
      return { is: 'decided', answer: body as WordBody<'transaction.decided'> };
    case 'reversal.done':
      return { is: 'reversal done', attemptId: (body as WordBody<'reversal.done'>).attemptId };
    default:
      return undefined;
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
