/** Bare SQLite: rows in one table, a commit each, at the durability of the ledger. */
import { openSqlite } from '../../agent/ledger/sqlite.ts';

export interface BareTable {
  /** Commits so many rows of so many bytes, one after the other. */
  write(commits: number, bytesEach: number): void;
  close(): void;
}

export const bareTable = (path: string): BareTable => {
  const db = openSqlite(path);
  db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)');
  const insert = db.prepare('INSERT INTO rows (body) VALUES (?)');
  return {
    write: (commits, bytesEach) => {
      const body = Buffer.alloc(bytesEach, 65);
      for (let i = 0; i < commits; i += 1) insert.run(body);
    },
    close: () => void db.close(),
  };
};
