/**
 * Pruning: what is past its time goes, from the start of the up log, a little with every commit.
 *
 * An entry goes only when everything about its transaction may; the transaction goes with the last of them,
 * its attempts and the record of an erasure with the facts that name them, words with the facts that told
 * them. What stays of it all is the anchor of the chain, the key as expired, and a sum by month.
 */
import type { Fact } from '../../contract/index.ts';
import { prunedTable } from './pruned.ts';
import type { DownLog } from './down-log.ts';
import type { Idempotency } from './idempotency.ts';
import type { Sqlite } from './sqlite.ts';
import { Stays, transactionOf, type KeptEntry, type Stay, type StayParts } from './stay.ts';

/** Entries of the up log that go in one commit at most. */
export const entriesACommit = 200;

/** A run of entries from the start of the log that may go, and why the one behind it may not. */
export interface Due {
  readonly entries: readonly KeptEntry[];
  readonly stay?: Stay;
}

/** How much went. */
export interface Gone {
  readonly entries: number;
  readonly words: number;
  readonly transactions: number;
}

export interface Pruning {
  /** What may go now of what is older than `before`, ms of trusted time; changes nothing. */
  due(before: number): Due;
  /** Removes it; inside the commit that follows at once. */
  remove(due: Due, wallMs: number): Gone;
}

export interface PruningParts extends StayParts {
  readonly downLog: DownLog;
  readonly idempotency: Idempotency;
}

interface Row extends Omit<KeptEntry, 'fact'> {
  readonly body: string;
}

export const pruningOf = (db: Sqlite, parts: PruningParts): Pruning => {
  const { upLog, downLog } = parts;
  const start = db.prepare<[], Row>(
    `SELECT epoch, seq, type, at, clock, hash, body FROM up_log ORDER BY epoch, seq
     LIMIT ${entriesACommit}`,
  );
  const leave = leaving(db, parts);
  const forget = forgetting(db, parts);
  return {
    due: (before) => {
      const stays = new Stays(db, parts, before);
      const entries: KeptEntry[] = [];
      for (const row of start.all()) {
        const entry = keptEntry(row);
        const stay = stays.of(entry);
        if (stay !== undefined) return { entries, stay };
        // The next epoch begins a chain of its own, and is the next commit's.
        if (entry.epoch !== (entries[0] ?? entry).epoch) break;
        entries.push(entry);
      }
      return { entries };
    },
    remove: ({ entries }, wallMs) => {
      const last = entries.at(-1);
      if (last === undefined) return { entries: 0, words: 0, transactions: 0 };
      for (const { fact } of entries) if (fact !== undefined) forget(fact);
      upLog.prune(last, wallMs);
      const told = entries.flatMap(({ fact }) => (fact?.type === 'word.taken' ? [fact.body] : []));
      const word = told.at(-1);
      const words = word === undefined ? 0 : downLog.prune(word, wallMs);
      const about = entries.flatMap(({ fact }) => (fact && transactionOf(fact)) ?? []);
      const transactions = [...new Set(about)].reduce((sum, id) => sum + leave(id), 0);
      return { entries: entries.length, words, transactions };
    },
  };
};

const keptEntry = ({ body, ...row }: Row): KeptEntry => ({ ...row, fact: factOf(row.type, body) });

const factOf = (type: string, body: string): Fact | undefined => {
  try {
    return { type, body: JSON.parse(body) as unknown } as Fact;
  } catch {
    return undefined;
  }
};

/** What is known of an attempt, and that its sealed data was erased, goes with a fact that names it. */
const forgetting = (db: Sqlite, { attempts, sealed }: PruningParts): ((fact: Fact) => void) => {
  const pruned = prunedTable(db);
  return ({ type, body }) => {
    if ('attemptId' in body && body.attemptId !== undefined) attempts.forget(body.attemptId);
    if (type !== 'transaction.stored' || !sealed.remove(body.sealed.digest)) return;
    pruned.addErasures(body.transactionId, 1);
  };
};

interface Leaving {
  readonly transactionId: string;
  readonly application: string;
  readonly keyHash: string;
}

// A transaction, what it follows, what follows that, and so on.
const family = `
  WITH RECURSIVE origin (id, of) AS (
    SELECT transaction_id, original_id FROM transactions WHERE transaction_id = @id
    UNION SELECT transaction_id, original_id FROM transactions JOIN origin ON transaction_id = of),
  family (id) AS (
    SELECT id FROM origin
    UNION SELECT transaction_id FROM transactions JOIN family ON original_id = id)
  SELECT transaction_id AS transactionId, application, ordered ->> '$.keyHash' AS keyHash
  FROM family JOIN transactions ON transaction_id = id`;

/**
 * Lets a transaction go of which nothing is in the log any more, together with all that follow each other
 * with it: what was given back of a sale is known as long as the sale. Gives how many went.
 */
const leaving = (db: Sqlite, { idempotency }: PruningParts): ((id: string) => number) => {
  const pruned = prunedTable(db);
  const relatives = db.prepare<[{ id: string }], Leaving>(family);
  const told = db.prepare<[{ id: string }], unknown>(
    `SELECT 1 FROM up_log WHERE transaction_id = @id
     UNION ALL SELECT 1 FROM up_log
       WHERE type = 'word.taken' AND body ->> '$.content.transactionId' = @id LIMIT 1`,
  );
  const remove = db.prepare('DELETE FROM transactions WHERE transaction_id = ?');
  return (id) => {
    const all = relatives.all({ id });
    if (all.some(({ transactionId }) => told.get({ id: transactionId }) !== undefined)) return 0;
    for (const { transactionId, application, keyHash } of all) {
      pruned.addTransaction(transactionId);
      idempotency.expire(application, keyHash);
      remove.run(transactionId);
    }
    return all.length;
  };
};
