/** The facts of the up log, checked for their form, and what they tell of each transaction. */
import { check, facts, type Fact, type FactType, type Outcome } from '../../../contract/index.ts';
import { anchorsIn } from '../anchors.ts';
import { Retelling } from '../retelling.ts';
import type { Sqlite } from '../sqlite.ts';
import { walkUpLog } from './chains.ts';
import type { Find } from './finding.ts';

/** What all facts that are kept tell. */
export interface Told {
  /** The outcome of every transaction there is a fact of; `undefined` while it has none. */
  readonly outcomes: Map<string, Outcome | undefined>;
  /** How much of what was told of a transaction is kept. */
  knowledgeOf(transactionId: string): Knowledge;
}

/**
 * All that was told of a transaction; what a later epoch told again of it, which may lack a word; or, its
 * beginning being pruned, no more than its end.
 */
export type Knowledge = 'all' | 'told again' | 'its end';

export const toldIn = (db: Sqlite, subject: string, find: Find): Told => {
  const retelling = new Retelling();
  const pruned = anchorsIn(db).filter(({ log }) => log === 'up');
  const firstPruned = Math.min(...pruned.map(({ epoch }) => epoch));
  const begun = new Map<string, number>();
  walkUpLog(db, subject, find, ({ epoch, seq, type }, body) => {
    if (!isFactType(type)) return;
    const fact = check(facts[type].body, body);
    if (!fact.ok) return find('I5', `up log ${epoch}/${seq}: no ${type}: ${fact.why}`);
    const told = { type, body: fact.value } as Fact;
    retelling.hear(told);
    if (told.type !== 'transaction.created' || begun.has(told.body.transactionId)) return;
    begun.set(told.body.transactionId, epoch);
  });
  return {
    outcomes: retelling.outcomes(),
    knowledgeOf: (transactionId) => {
      const epoch = begun.get(transactionId) ?? Infinity;
      if (firstPruned >= epoch) return 'all';
      return epoch === Infinity ? 'its end' : 'told again';
    },
  };
};

const isFactType = (type: string): type is FactType => Object.hasOwn(facts, type);
