/** A database that does not flush: for filling a file that is measured once it is opened as always. */
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';

export const unflushed = (path: string): Sqlite => {
  const db = openSqlite(path);
  db.pragma('synchronous = OFF');
  return db;
};
