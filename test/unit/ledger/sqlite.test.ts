/** The door to SQLite: a database is opened so that a commit survives a power cut, and an erasure is one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSqlite, type Sqlite } from '../../../agent/ledger/sqlite.ts';

let directory: string;
let db: Sqlite;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sqlite-'));
  db = openSqlite(join(directory, 'ledger.sqlite'));
});

afterAll(() => {
  db.close();
  rmSync(directory, { recursive: true });
});

// SQLite documentation, pragmas: 2 is FULL, a flush of the log with every commit.
test.each([
  ['journal_mode', 'wal'],
  ['synchronous', 2],
  ['secure_delete', 1],
  ['foreign_keys', 1],
  ['trusted_schema', 0],
])('%s is %s on a file', (pragma, value) => {
  expect(db.pragma(pragma, { simple: true })).toBe(value);
});
