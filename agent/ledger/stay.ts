/**
 * Why an entry of the up log has to stay, if it has to. Only what is final, told, settled and past its time
 * may go, and nothing that something else in the ledger still stands on (invariant I3).
 */
import type { BatchId, ClockTrust, Fact } from '../../contract/index.ts';
import type { Attempts } from './attempts.ts';
import type { Batches } from './batches.ts';
import type { MetaTable } from './meta.ts';
import type { Sealed } from './sealed.ts';
import type { Sqlite } from './sqlite.ts';
import type { Place, UpLog } from './up-log.ts';

export type Why =
  /** Its time is not over, or nobody knows yet when it began. */
  | 'too young'
  /** The chain goes on from the last entry of the log. */
  | 'last entry'
  | 'not acknowledged'
  | 'not final'
  | 'reversing'
  | 'holding money'
  | 'batch not settled'
  /** To remove the record of an erasure would move sealed data that is still kept. */
  | 'beside sealed data'
  /** Nothing here explains it; it is left for whoever verifies the ledger. */
  | 'unexplained';

/** An entry has to stay, because of the transaction that is named, if one is. */
export interface Stay {
  readonly why: Why;
  readonly transactionId?: string;
}

/** An entry of the up log as it stands. */
export interface KeptEntry extends Place {
  readonly type: string;
  readonly at: number;
  readonly clock: ClockTrust;
  readonly hash: string;
  /** `undefined` when it cannot be read. */
  readonly fact: Fact | undefined;
}

/** What is asked for an answer. */
export interface StayParts {
  readonly meta: MetaTable;
  readonly upLog: UpLog;
  readonly attempts: Attempts;
  readonly batches: Batches;
  readonly sealed: Sealed;
}

interface Row {
  readonly final: number;
  readonly holding_since: number | null;
  readonly batch_name: string;
  readonly batch_number: number;
}

/** The transaction an entry is about: its own, or that of the word it tells. */
export const transactionOf = ({ type, body }: Fact): string | undefined => {
  if (type !== 'word.taken') return 'transactionId' in body ? body.transactionId : undefined;
  const { transactionId } = (body.content ?? {}) as { transactionId?: unknown };
  return typeof transactionId === 'string' ? transactionId : undefined;
};

/** Why entries have to stay that are not older than `before`, ms of trusted time; good for one commit. */
export class Stays {
  readonly #parts: StayParts;
  readonly #before: number;
  readonly #statements;
  readonly #known = new Map<string, Stay | undefined>();
  readonly #settled = new Map<string, boolean>();
  #trusted:
    { readonly from: Place; readonly found: (Place & { at: number }) | undefined } | undefined;

  constructor(db: Sqlite, parts: StayParts, before: number) {
    this.#parts = parts;
    this.#before = before;
    this.#statements = statementsOf(db);
  }

  /** Why this one has to; `undefined` when it may go. */
  of(entry: KeptEntry): Stay | undefined {
    const { fact } = entry;
    const { epoch, seq } = this.#parts.upLog.head();
    if (entry.epoch === epoch && entry.seq === seq) return { why: 'last entry' };
    const own = this.#ofPlace(entry);
    if (own !== undefined) return { why: own };
    if (fact === undefined) return { why: 'unexplained' };
    const transactionId = transactionOf(fact);
    if (transactionId === undefined) return this.#ofBatchFact(fact);
    // A word may be about a transaction that is not, or no longer, here.
    const isHere = this.#statements.row.get(transactionId) !== undefined;
    if (!isHere && fact.type === 'word.taken') return undefined;
    return this.#ofTransaction(transactionId);
  }

  #ofBatchFact({ type, body }: Fact): Stay | undefined {
    if (type !== 'batch.records' && type !== 'batch.closed') return undefined;
    return this.#isSettled(body.batch) ? undefined : { why: 'batch not settled' };
  }

  #ofTransaction(transactionId: string): Stay | undefined {
    if (!this.#known.has(transactionId)) {
      // Should two ever follow each other, neither keeps the other.
      this.#known.set(transactionId, undefined);
      const why = this.#ofItself(transactionId);
      const stay = why === undefined ? this.#ofFollowUps(transactionId) : { why, transactionId };
      this.#known.set(transactionId, stay);
    }
    return this.#known.get(transactionId);
  }

  #ofItself(transactionId: string): Why | undefined {
    const { attempts, sealed } = this.#parts;
    const row = this.#statements.row.get(transactionId);
    if (row === undefined) return 'unexplained';
    // Its last change is in its last entry, and older than that nothing of it has been.
    const last = this.#lastOf(transactionId);
    const placed = last === undefined ? undefined : this.#ofPlace(last);
    if (placed !== undefined) return placed;
    if (row.final !== 1) return 'not final';
    if (row.holding_since !== null) return 'holding money';
    if (attempts.isReversing(transactionId)) return 'reversing';
    const batch = { name: row.batch_name, number: row.batch_number };
    if (!this.#isSettled(batch)) return 'batch not settled';
    const digests = this.#statements.digests.all(transactionId);
    return digests.every((digest) => sealed.isAside(digest)) ? undefined : 'beside sealed data';
  }

  /** A transaction stays as long as one that names it as its original. */
  #ofFollowUps(transactionId: string): Stay | undefined {
    for (const id of this.#statements.followUps.all(transactionId)) {
      const stay = this.#ofTransaction(id);
      if (stay !== undefined) return stay;
    }
    return undefined;
  }

  #ofPlace(place: Place): 'too young' | 'not acknowledged' | undefined {
    const began = this.#trustedSince(place);
    if (began === undefined || began > this.#before) return 'too young';
    return this.#isTold(place) ? undefined : 'not acknowledged';
  }

  // What the portal lacked of an epoch that is over was told again in the commit that opened the next.
  #isTold({ epoch, seq }: Place): boolean {
    const acknowledged = this.#parts.meta.get('acknowledged') ?? 0;
    return epoch < this.#parts.upLog.head().epoch ? acknowledged > 0 : seq <= acknowledged;
  }

  /** The first trusted time at an entry or behind it: a clock that nobody vouched for measures nothing. */
  #trustedSince(place: Place): number | undefined {
    const known = this.#trusted;
    const isBetween =
      known !== undefined &&
      !isBefore(place, known.from) &&
      (known.found === undefined || !isBefore(known.found, place));
    if (isBetween) return known.found?.at;
    const found = this.#statements.trusted.get(place.epoch, place.seq);
    this.#trusted = { from: { epoch: place.epoch, seq: place.seq }, found };
    return found?.at;
  }

  #lastOf(transactionId: string): Place | undefined {
    const fact = this.#statements.lastFact.get(transactionId);
    const word = this.#statements.lastWord.get(transactionId);
    if (fact === undefined || word === undefined) return fact ?? word;
    return isBefore(fact, word) ? word : fact;
  }

  #isSettled(batch: BatchId): boolean {
    const name = `${batch.number} ${batch.name}`;
    const settled = this.#settled.get(name) ?? this.#parts.batches.isSettled(batch);
    this.#settled.set(name, settled);
    return settled;
  }
}

const isBefore = (one: Place, other: Place): boolean =>
  one.epoch < other.epoch || (one.epoch === other.epoch && one.seq < other.seq);

const statementsOf = (db: Sqlite) => ({
  row: db.prepare<[string], Row>(
    `SELECT final, holding_since, batch_name, batch_number FROM transactions
     WHERE transaction_id = ?`,
  ),
  followUps: db
    .prepare<[string], string>('SELECT transaction_id FROM transactions WHERE original_id = ?')
    .pluck(),
  digests: db
    .prepare<[string], string>('SELECT digest FROM sealed WHERE transaction_id = ?')
    .pluck(),
  lastFact: db.prepare<[string], Place>(
    'SELECT epoch, seq FROM up_log WHERE transaction_id = ? ORDER BY epoch DESC, seq DESC LIMIT 1',
  ),
  lastWord: db.prepare<[string], Place>(
    `SELECT epoch, seq FROM up_log
     WHERE type = 'word.taken' AND body ->> '$.content.transactionId' = ?
     ORDER BY epoch DESC, seq DESC LIMIT 1`,
  ),
  trusted: db.prepare<[number, number], Place & { at: number }>(
    `SELECT epoch, seq, at FROM up_log WHERE (epoch, seq) >= (?, ?) AND clock = 'trusted'
     ORDER BY epoch, seq LIMIT 1`,
  ),
});
