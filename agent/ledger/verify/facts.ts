/** The facts of the up log, checked for their form, and what they tell of each transaction. */
import { check, facts, type Fact, type FactType } from '../../../contract/index.ts';
import { Retelling } from '../retelling.ts';
import type { Sqlite } from '../sqlite.ts';
import { walkUpLog } from './chains.ts';
import type { Find } from './finding.ts';

export const retellingOf = (db: Sqlite, subject: string, find: Find): Retelling => {
  const retelling = new Retelling();
  walkUpLog(db, subject, find, ({ epoch, seq, type }, body) => {
    if (!isFactType(type)) return;
    const fact = check(facts[type].body, body);
    if (fact.ok) retelling.hear({ type, body: fact.value } as Fact);
    else find('I5', `up log ${epoch}/${seq}: no ${type}: ${fact.why}`);
  });
  return retelling;
};

const isFactType = (type: string): type is FactType => Object.hasOwn(facts, type);
