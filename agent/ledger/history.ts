/** History: which transactions a page of the past holds, and the query that finds them. */
import type { Outcome, TransactionType } from '../../contract/index.ts';
import type { Sqlite, Statement } from './sqlite.ts';

/** What a page of history may be narrowed to. */
export interface TransactionFilter {
  readonly reference?: string;
  readonly outcome?: Outcome;
  readonly type?: TransactionType;
  readonly batchName?: string;
  readonly batchNumber?: number;
  readonly originalTransactionId?: string;
  /** Entered at this wall time or later, and before that one, in milliseconds. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Transactions before this number. */
  readonly before?: number;
  readonly limit: number;
}

const conditions: Readonly<Record<Exclude<keyof TransactionFilter, 'limit'>, string>> = {
  reference: 'reference = @reference',
  outcome: 'outcome = @outcome',
  type: 'type = @type',
  batchName: 'batch_name = @batchName',
  // The names that have such a number: the index begins with the name.
  batchNumber: `batch_number = @batchNumber
    AND batch_name IN (SELECT batch_name FROM portions WHERE batch_number = @batchNumber)`,
  originalTransactionId: 'original_id = @originalTransactionId',
  fromMs: 'created_at >= @fromMs',
  toMs: 'created_at < @toMs',
  before: 'number < @before',
};

/** The query for a page: newest first by number, which nothing that comes in later can move. */
export const pageQuery = (filter: TransactionFilter): { sql: string; values: object } => {
  const wheres = Object.entries(conditions)
    .filter(([name]) => filter[name as keyof TransactionFilter] !== undefined)
    .map(([, condition]) => condition);
  // Said so, because only what is no sale has an index by its type: there is little of it.
  if (filter.type !== undefined && filter.type !== 'sale') wheres.push("type <> 'sale'");
  const where = wheres.length === 0 ? '' : `WHERE ${wheres.join(' AND ')}`;
  // `+ 0`: for a limit that is a bare parameter SQLite compiles the statement anew at every run.
  const sql = `SELECT * FROM transactions ${where} ORDER BY number DESC LIMIT @limit + 0`;
  return { sql, values: filter };
};

/** Gives the rows of pages; what is asked for in the same way again is compiled once. */
export const pagesOf = <Row>(db: Sqlite): ((filter: TransactionFilter) => Row[]) => {
  const compiled = new Map<string, Statement<[object], Row>>();
  return (filter) => {
    const { sql, values } = pageQuery(filter);
    const statement = compiled.get(sql) ?? db.prepare<[object], Row>(sql);
    compiled.set(sql, statement);
    return statement.all(values);
  };
};
