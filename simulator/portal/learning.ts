/**
 * Learning: what each fact, and each word a device says it has taken, is to the portal. A row for each type.
 *
 * Facts are learned within the commit that takes them in; nothing is decided then. A restored portal hears
 * here what it said after its backup was made, and does not say it anew.
 */
import {
  check,
  words,
  type FactBody,
  type FactType,
  type WordBody,
  type WordType,
} from '../../contract/index.ts';
import type { Batches } from './batches.ts';
import type { Commands } from './commands.ts';
import type { Configurations } from './configurations.ts';
import type { Decisions } from './decisions.ts';
import type { DownLog } from './down-log.ts';
import type { TakenFact } from './intake.ts';
import type { Parking } from './parking.ts';
import type { Place, Queue } from './queue.ts';
import type { Reversals } from './reversals.ts';
import type { SaleKeys } from './sale-keys.ts';
import type { Settlements } from './settlements.ts';
import type { Withdrawals } from './withdrawals.ts';

/** Whoever learns something. */
export interface Learners {
  readonly keys: SaleKeys;
  readonly queue: Queue;
  readonly decisions: Decisions;
  readonly reversals: Reversals;
  readonly withdrawals: Withdrawals;
  readonly parking: Parking;
  readonly batches: Batches;
  readonly settlements: Settlements;
  readonly commands: Commands;
  readonly downLog: DownLog;
  readonly configurations: Configurations;
  readonly correct: (place: Place, body: FactBody<'clock.corrected'>) => void;
}

type FactRows = {
  readonly [T in FactType]: ((place: Place, body: FactBody<T>) => void) | undefined;
};
type WordRows = {
  readonly [T in WordType]: ((place: Place, body: WordBody<T>, how: TakenWord) => void) | undefined;
};

/** How a word was taken. */
interface TakenWord {
  /** Whether it changed something there, and nothing was known of it here. */
  readonly isNews: boolean;
}

/** Makes what learns a fact. */
export const learningOf = (learners: Learners): ((taken: TakenFact) => void) => {
  const rows = factRows(learners);
  return ({ fact, ...place }) => {
    const learn = rows[fact.type] as ((place: Place, body: unknown) => void) | undefined;
    learn?.(place, fact.body);
  };
};

const factRows = (learners: Learners): FactRows => {
  const { keys, queue, decisions, reversals, withdrawals } = learners;
  const { parking, batches, commands, configurations } = learners;
  return {
    'transaction.created': ({ device }, body) => {
      keys.claim(device, body);
      batches.learnMember(device, body);
    },
    'attempt.sent': ({ device }, body) => batches.learnMember(device, body),
    'transaction.stored': (place, body) => {
      queue.store(place, body);
      decisions.eraseIfDecided(place.device, body.transactionId);
      withdrawals.eraseIfVoided(place.device, body.transactionId);
      batches.learnMember(place.device, body);
    },
    'transaction.advised': (place, body) => {
      queue.advise(place, body);
      batches.learnMember(place.device, body);
    },
    'transaction.partially_approved': ({ device }, body) => batches.learnMember(device, body),
    'transaction.held': ({ device }, body) => parking.hold(device, body),
    'transaction.released': ({ device }, body) => parking.release(device, body),
    'batch.records': (place, body) => batches.learnRecords(place, body),
    'batch.closed': (place, body) => batches.learnClosed(place, body),
    'command.finished': ({ device }, body) => commands.finish(device, body),
    reversal: ({ device }, body) => reversals.learn(device, body),
    'answer.late': undefined,
    audit: undefined,
    'configuration.in_force': ({ device }, body) =>
      configurations.learn(device, { type: 'configuration.in_force', body }),
    'configuration.refused': ({ device }, body) =>
      configurations.learn(device, { type: 'configuration.refused', body }),
    'transaction.finished': ({ device }, body) => {
      withdrawals.learnFinished(device, body);
      batches.learnMember(device, body);
    },
    'word.taken': wordLearning(learners),
    'clock.corrected': (place, body) => learners.correct(place, body),
    'epoch.opened': undefined,
  };
};

const wordLearning = (learners: Learners) => {
  const rows = wordRows(learners);
  return (place: Place, { id, type, content, applied }: FactBody<'word.taken'>): void => {
    const isNews = learners.downLog.taken(place.device, id);
    if (!isWordType(type)) return;
    // The content is the body of the word as it was sent.
    const checked = check(words[type].body, content);
    if (!checked.ok) return;
    const learn = rows[type] as ((place: Place, body: unknown, how: TakenWord) => void) | undefined;
    learn?.(place, checked.value, { isNews: isNews && applied });
  };
};

const wordRows = (learners: Learners): WordRows => {
  const { decisions, reversals, withdrawals, parking, settlements, commands } = learners;
  return {
    'transaction.decided': ({ device }, body) => decisions.learn(device, body),
    'reversal.done': ({ device }, body) => reversals.learnDone(device, body),
    voided: ({ device }, body) => withdrawals.learnVoided(device, body),
    // Said again after it was released, it parks nothing.
    'transaction.parked': ({ device }, body, { isNews }) => {
      if (isNews) parking.learn(device, body);
    },
    // The host remembers these.
    'transaction.changed': undefined,
    settlement: ({ device }, body) => settlements.learn(device, body),
    command: ({ device }, body) => commands.learn(device, body),
  };
};

const isWordType = (type: string): type is WordType => Object.hasOwn(words, type);
