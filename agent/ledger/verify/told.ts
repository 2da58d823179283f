/** What the facts of the log, one after the other, say became of each transaction. */
import {
  check,
  facts,
  words,
  type FactBody,
  type FactType,
  type Outcome,
  type WordType,
} from '../../../contract/index.ts';
import type { LogRow } from './chains.ts';
import type { Find } from './finding.ts';

/** The outcome of each transaction there is a fact of; `undefined` while it has none. */
export type Told = Map<string, Outcome | undefined>;

/** Gives what hears one entry after the other; one that is not of the form of its type is a finding. */
export const listener =
  (told: Told, find: Find) =>
  ({ epoch, seq, type }: LogRow, body: unknown): void => {
    if (!isFactType(type)) return;
    const fact = check(facts[type].body, body);
    if (fact.ok) follow(told, type, fact.value);
    else find('I5', `up log ${epoch}/${seq}: no ${type}: ${fact.why}`);
  };

const isFactType = (type: string): type is FactType => Object.hasOwn(facts, type);

const isWordType = (type: string): type is WordType => Object.hasOwn(words, type);

// A new epoch restates the facts of open transactions; what is final by then is not told back.
const tellOpen = (told: Told, transactionId: string, outcome: Outcome) => {
  const before = told.get(transactionId);
  const isOpen = before === undefined || before === 'unknown' || before === 'approved_offline';
  if (isOpen) told.set(transactionId, outcome);
};

const hearWord = (told: Told, { applied, type, content }: FactBody<'word.taken'>): void => {
  const word = isWordType(type) ? check(words[type].body, content) : undefined;
  if (!applied || word?.ok !== true || !('transactionId' in word.value)) return;
  const { transactionId } = word.value;
  if (type === 'transaction.decided' && 'result' in word.value) {
    told.set(transactionId, word.value.result === 'approved' ? 'approved' : 'forward_declined');
  } else if (type === 'reversal.done' && told.get(transactionId) === 'unknown') {
    told.set(transactionId, 'reversed');
  }
};

type Hearing<T extends FactType> = (told: Told, body: FactBody<T>) => void;

const nothing = (): void => undefined;

/** What each type of fact says of an outcome. */
const hearings: { readonly [T in FactType]: Hearing<T> } = {
  'transaction.created': (told, { transactionId }) => {
    if (!told.has(transactionId)) told.set(transactionId, undefined);
  },
  'transaction.stored': (told, { transactionId }) =>
    tellOpen(told, transactionId, 'approved_offline'),
  reversal: (told, { transactionId }) => tellOpen(told, transactionId, 'unknown'),
  'transaction.finished': (told, { transactionId, outcome }) => {
    told.set(transactionId, outcome);
  },
  'word.taken': hearWord,
  'attempt.sent': nothing,
  'answer.late': nothing,
  'epoch.opened': nothing,
  'transaction.advised': nothing,
  'transaction.partially_approved': nothing,
  'transaction.held': nothing,
  'transaction.released': nothing,
  'batch.records': nothing,
  'batch.closed': nothing,
  'command.finished': nothing,
};

const follow = <T extends FactType>(told: Told, type: T, body: FactBody<T>): void =>
  hearings[type](told, body);
