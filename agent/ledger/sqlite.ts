/**
 * The door to SQLite: opens a database file the way money needs it, and nothing else.
 *
 * `journal_mode=WAL` with `synchronous=FULL`: a commit that returned survives a power cut. `secure_delete`:
 * erased bytes are overwritten. `locking_mode=EXCLUSIVE` would keep readers out, so one agent per data
 * directory is ensured by a lock file, not here.
 */
import Database from 'better-sqlite3';

export type Sqlite = Database.Database;
export type Statement<P extends unknown[] = unknown[], R = unknown> = Database.Statement<P, R>;

/** How long a write waits for another connection's lock; only the CLI's read-only verify is ever there. */
const busyTimeoutMs = 2_000;

/**
 * Pages the write-ahead log may hold before it is copied into the database: 8 MiB, some sixty sales. A copy
 * takes three flushes; SQLite's own default would have them twice as often.
 */
const checkpointPages = 2_000;

const pragmas = [
  'journal_mode = WAL',
  'synchronous = FULL',
  'secure_delete = ON',
  'foreign_keys = ON',
  'trusted_schema = OFF',
  `wal_autocheckpoint = ${checkpointPages}`,
  `busy_timeout = ${busyTimeoutMs}`,
];

/** Opens a database: a path, or `:memory:`; `image` begins from a serialized copy. */
export const openSqlite = (path: string, image?: Uint8Array): Sqlite => {
  const db = image === undefined ? new Database(path) : new Database(inMemory(image));
  try {
    for (const each of pragmas) db.pragma(each);
    return db;
  } catch (error) {
    db.close(); // a file that is no database; nobody else will
    throw error;
  }
};

// In memory there is no WAL: bytes 18 and 19 of the header say so (SQLite file format, section 1.3).
const inMemory = (image: Uint8Array): Buffer => {
  const copy = Buffer.from(image);
  copy.fill(1, 18, 20);
  return copy;
};

/** Opens a database that must exist, for reading only. */
export const openSqliteReadOnly = (path: string): Sqlite =>
  new Database(path, { readonly: true, fileMustExist: true });

/**
 * Takes a lock that lives as long as this process, however it ends: an open exclusive transaction on a file
 * of its own. Gives what releases it, or `undefined` when another process has it.
 */
export const takeLock = (path: string): (() => void) | undefined => {
  const db = new Database(path, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
    return () => db.close();
  } catch (error) {
    db.close();
    if (storageFaultOf(error) === 'busy') return undefined;
    throw error;
  }
};

/** What went wrong with the storage, as far as SQLite tells. */
export type StorageFault = 'full' | 'read only' | 'corrupt' | 'busy' | 'failed';

/** Whether an error came from the database, and what it means. */
export const storageFaultOf = (error: unknown): StorageFault | undefined => {
  if (!(error instanceof Database.SqliteError)) return undefined;
  const code = error.code;
  if (code.startsWith('SQLITE_FULL')) return 'full';
  if (code.startsWith('SQLITE_READONLY')) return 'read only';
  if (code.startsWith('SQLITE_CANTOPEN')) return 'read only';
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) return 'corrupt';
  if (code.startsWith('SQLITE_BUSY')) return 'busy';
  return 'failed';
};
