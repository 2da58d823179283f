/** A finding: what does not fit in a ledger, and the invariant it breaks. */
import { storageFaultOf, type Sqlite } from '../sqlite.ts';

export type Invariant = 'I1' | 'I3' | 'I4' | 'I5' | 'I6' | 'batch' | 'file';

export interface Finding {
  readonly invariant: Invariant;
  readonly says: string;
}

/** Notes a finding down. */
export type Find = (invariant: Invariant, says: string) => void;

/** Findings that are told; the rest are left out. */
const findingsMax = 100;

/** A list of findings, and what adds to it. */
export const findingList = (): { findings: readonly Finding[]; find: Find } => {
  const findings: Finding[] = [];
  const find: Find = (invariant, says) => {
    if (findings.length < findingsMax) findings.push({ invariant, says });
  };
  return { findings, find };
};

/** What `see` sees, or `fallback` and a finding when SQLite cannot read what it looks at. */
export const readable = <R>(fallback: R, see: () => R, find: Find): R => {
  try {
    return see();
  } catch (error) {
    if (storageFaultOf(error) === undefined) throw error;
    find('file', `SQLite cannot read the file: ${(error as Error).message}`);
    return fallback;
  }
};

/** The first column of the first row. */
export const one = <T>(db: Sqlite, sql: string): T | undefined =>
  db.prepare(sql).pluck().get() as T | undefined;

/** JSON as a value; `undefined` when it is none. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};
