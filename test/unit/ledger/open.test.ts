/** Opening a ledger: what is sound is brought up to date, what is not is refused, and nothing is deleted. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LedgerFault, migrate, openLedger } from '../../../agent/ledger/open.ts';
import { migrations } from '../../../agent/ledger/migrations.ts';
import { openSqlite, takeLock, type Sqlite } from '../../../agent/ledger/sqlite.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { orderOf, subject } from '../../fixtures/payments.ts';
import { approve, freshPath, imageOf, openedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

const world = quietWorld();

const faultOf = (open: () => unknown): LedgerFault => {
  try {
    open();
  } catch (error) {
    if (error instanceof LedgerFault) return error;
    throw error;
  }
  throw new Error('It opened.');
};

const edited = (path: string, edit: (db: Sqlite) => void): void => {
  const db = openSqlite(path);
  edit(db);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
};

/** A ledger at rest with a few sales in it. */
const atRest = (damage = ''): string => {
  const path = freshPath();
  const image = imageOf(({ ledger, db }) => {
    for (let number = 1; number <= 20; number += 1) approve(ledger, orderOf(number), number);
    db.exec(damage);
  });
  writeFileSync(path, image);
  return path;
};

describe('migrations', () => {
  const tablesOf = (db: Sqlite) =>
    db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();

  test('an empty file becomes a ledger of the present schema', () => {
    const { db } = openedLedger(world, freshPath());
    expect(db.pragma('user_version', { simple: true })).toBe(migrations.length);
    expect(tablesOf(db)).toContain('up_log');
  });

  test('a current one is left as it is, and nothing that was sold is lost', () => {
    const path = atRest();
    const { db, ledger } = openedLedger(world, path);
    expect(verifyLedger(db)).toMatchObject({ sound: true, transactions: 20, entries: 60 });
    approve(ledger, orderOf(21), 21);
    expect(verifyLedger(db)).toMatchObject({ sound: true, transactions: 21 });
  });

  test('a newer one is refused, and is the newer release’s still', () => {
    const path = atRest(`PRAGMA user_version = ${migrations.length + 1}`);
    const fault = faultOf(() => openedLedger(world, path));
    expect(fault.code).toBe('ledger_newer');
    expect(fault.message).toContain(
      `has schema ${migrations.length + 1}, this release knows ${migrations.length};`,
    );
    edited(path, (db) => db.pragma(`user_version = ${migrations.length}`));
    expect(verifyLedger(openedLedger(world, path).db)).toMatchObject({ sound: true });
  });

  test('a step that fails leaves nothing of itself behind', () => {
    const db = openSqlite(':memory:');
    db.exec('CREATE TABLE in_the_way (x)');
    expect(() => migrate(db)).toThrow(LedgerFault);
    expect(tablesOf(db)).toEqual(['in_the_way']);
    expect(db.pragma('user_version', { simple: true })).toBe(0);
  });

  test('run twice they change nothing', () => {
    const db = openSqlite(':memory:');
    migrate(db);
    const once = tablesOf(db);
    migrate(db);
    expect(once).toContain('transactions');
    expect(tablesOf(db)).toEqual(once);
  });
});

describe('what is not this device’s ledger', () => {
  test.each([0, 1, 7])(
    'a database of somebody else at version %i is refused untouched',
    (version) => {
      const path = freshPath();
      edited(path, (db) => {
        db.exec("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')");
        db.pragma(`user_version = ${version}`);
      });
      expect(faultOf(() => openedLedger(world, path)).code).toBe('ledger_foreign');
      edited(path, (db) => {
        expect(db.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['recipes']);
        expect(db.pragma('application_id', { simple: true })).toBe(0);
      });
    },
  );

  test('a ledger of another device is refused by name', () => {
    const path = atRest();
    const other = { ...subject, deviceId: 'dev-2' };
    const fault = faultOf(() => openedLedger(world, path, other));
    expect(fault.code).toBe('ledger_foreign');
    expect(fault.message).toMatch(/belongs to cli_1\/dev-1, this device is cli_1\/dev-2/);
    expect(verifyLedger(openedLedger(world, path).db)).toMatchObject({ sound: true });
  });
});

describe('a damaged ledger', () => {
  const refused = (path: string, code: LedgerFault['code']) => {
    const before = readFileSync(path);
    const fault = faultOf(() => openedLedger(world, path));
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(`(${code})`);
    expect(readFileSync(path).equals(before)).toBe(true);
  };

  test('garbage is refused and kept', () => {
    const path = freshPath();
    writeFileSync(path, 'This is no database. '.repeat(1_000));
    refused(path, 'ledger_corrupt');
  });

  test('one whose first page is gone is refused and kept', () => {
    const path = atRest();
    const bytes = readFileSync(path);
    bytes.fill(0, 0, 4096);
    writeFileSync(path, bytes);
    refused(path, 'ledger_corrupt');
  });

  test('one that was cut off is refused and kept', () => {
    const path = atRest();
    truncateSync(path, 3 * 4096);
    refused(path, 'ledger_corrupt');
  });

  test.each([
    ['changed', `UPDATE up_log SET body = replace(body, '4250', '1') WHERE seq = 60`],
    ['no JSON', `UPDATE up_log SET body = '{"tr' WHERE seq = 60`],
    ['nothing', `UPDATE up_log SET body = 'null' WHERE seq = 60`],
    ['of another hash', `UPDATE up_log SET hash = 'x' WHERE seq = 60`],
  ])('one whose last entry is %s is refused and kept', (_what, sql) => {
    refused(atRest(sql), 'ledger_corrupt');
  });

  test('a refused file is let go of, so that it can be copied and mended', () => {
    const path = atRest();
    let opened: Sqlite | undefined;
    const other = { ...subject, deviceId: 'dev-2' };
    faultOf(() => openLedger(() => (opened = openSqlite(path)), other, world));
    expect(opened?.open).toBe(false);
    expect(existsSync(`${path}-wal`)).toBe(false);
    copyFileSync(path, `${path}.copy`);
    expect(verifyLedger(openedLedger(world, `${path}.copy`).db)).toMatchObject({ sound: true });
  });
});

describe('a place that cannot be used', () => {
  test('a directory that is not there is told as one that cannot be written', () => {
    const path = `${freshPath()}/nowhere/ledger.sqlite`;
    expect(() => openedLedger(world, path)).toThrow(/directory/);
  });

  // A file's mode means nothing to root; then the database is opened as a read-only one.
  test('a file that cannot be written is refused as read-only', () => {
    const path = atRest();
    chmodSync(path, 0o400);
    const readOnly = () => {
      const db = openSqlite(path);
      db.pragma('query_only = ON');
      return db;
    };
    const fault = faultOf(() => openLedger(readOnly, subject, quietWorld({ bootId: 'boot-2' })));
    expect(fault.code).toBe('ledger_read_only');
    chmodSync(path, 0o600);
  });

  test('a full disk is told as that, and nothing was lost', () => {
    const full = () => {
      const db = openSqlite(':memory:');
      db.pragma('max_page_count = 3');
      return db;
    };
    expect(faultOf(() => openLedger(full, subject, world)).code).toBe('ledger_full');
  });
});

test('a lock is held by one at a time, and given back', () => {
  const path = freshPath('agent.lock');
  const release = takeLock(path);
  expect(release).toBeDefined();
  expect(takeLock(path)).toBeUndefined();
  release?.();
  const again = takeLock(path);
  expect(again).toBeDefined();
  again?.();
});
