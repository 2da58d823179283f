/**
 * The file of a ledger, opened for reading only. SQLite keeps a file of its own beside a write-ahead log;
 * where none can be made, as on the storage of a dead device, a private copy is read in its place.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { Sqlite } from '../ledger/sqlite.ts';
import { exits, failed, type Call, type Failed, type OptionRow } from './command.ts';
import { dataDirectoryOf, pathIn } from './home.ts';

export interface LedgerFile {
  readonly db: Sqlite;
  /** Whether it is a copy, because nothing can be written where the ledger lies. */
  readonly isCopy: boolean;
  /** Closes it; a copy is removed. */
  close(): void;
}

/** For a ledger that does not lie where an agent has it: one that a decommissioned device left. */
export const fileOption: OptionRow = {
  flags: '--file <FILE>',
  says: 'the ledger itself (default the one in the data directory)',
};

/** The ledger that is meant. */
export const ledgerPathOf = (call: Call): string | Failed => {
  const directory = dataDirectoryOf(call);
  const named = call.options['file'];
  const path = named ?? pathIn(directory, 'ledger');
  if (existsSync(path)) return path;
  const message =
    named === undefined
      ? `There is no ledger in ${directory}; name its directory with --data.`
      : `There is no ${named}; name the ledger’s file.`;
  return failed(exits.refused, 'no_ledger', message);
};

/** What is said of a copy. */
export const copySentence =
  'Nothing can be written beside the ledger: a private copy of it was read, and removed again.';

/** Opens a ledger where it lies, or as a copy. Throws what SQLite or the file system says. */
export const openLedgerFile = async (path: string, { terminal }: Call): Promise<LedgerFile> => {
  const { openSqliteReadOnly, storageFaultOf } = await import('../ledger/sqlite.ts');
  try {
    const db = readable(openSqliteReadOnly(path));
    return { db, isCopy: false, close: () => db.close() };
  } catch (error) {
    if (storageFaultOf(error) !== 'read only') throw error;
  }
  // Made for its owner only (mode 0700); what the log has not brought into the database yet comes along.
  const directory = mkdtempSync(`${terminal.environment['TMPDIR'] ?? '/tmp'}/holdfast-`);
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    for (const part of ['', '-wal']) {
      if (existsSync(path + part)) copyFileSync(path + part, `${directory}/ledger.sqlite${part}`);
    }
    const db = readable(openSqliteReadOnly(`${directory}/ledger.sqlite`));
    const close = () => {
      db.close();
      remove();
    };
    return { db, isCopy: true, close };
  } catch (error) {
    remove();
    throw error;
  }
};

// SQLite opens nothing before the first read.
const readable = (db: Sqlite): Sqlite => {
  try {
    db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};
