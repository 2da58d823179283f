/**
 * Opens a ledger: brings its schema up to date, makes sure it belongs to this device, and refuses, with a
 * sentence that says what to do, a file that is not a sound ledger. Nothing is ever deleted or replaced.
 */
import type { Subject } from '../../contract/index.ts';
import { chainHash, subjectName } from '../../contract/index.ts';
import { sha256 } from '../identity/digest.ts';
import type { World } from '../world.ts';
import { ledgerOf, type Ledger } from './ledger.ts';
import { metaTable } from './meta.ts';
import { migrations } from './migrations.ts';
import { storageFaultOf, type Sqlite } from './sqlite.ts';
import type { UpLog } from './up-log.ts';

/** "HOLD": marks a SQLite file as a ledger of ours. */
const applicationId = 0x484f4c44;

/** A ledger that cannot be opened; `code` is stable. */
export class LedgerFault extends Error {
  readonly code:
    'ledger_corrupt' | 'ledger_foreign' | 'ledger_newer' | 'ledger_read_only' | 'ledger_full';

  constructor(code: LedgerFault['code'], message: string, options?: ErrorOptions) {
    super(`${message} (${code})`, options);
    this.code = code;
  }
}

/** Opens the ledger in a database for a device. Throws a `LedgerFault`. */
export const openLedger = (open: () => Sqlite, subject: Subject, world: World): Ledger => {
  let db: Sqlite | undefined;
  try {
    db = open();
    migrate(db);
    claim(db, subject);
    const ledger = laidOver(db, subject, world);
    proveLastEntry(ledger);
    return ledger;
  } catch (error) {
    db?.close();
    throw ledgerFaultOf(error);
  }
};

const laidOver = (db: Sqlite, subject: Subject, world: World): Ledger =>
  db.transaction(() => ledgerOf(db, subject, world))();

/** Runs the steps of the schema a database has not seen; each in a commit of its own. */
export const migrate = (db: Sqlite): void => {
  const version = Number(db.pragma('user_version', { simple: true }));
  const marked = Number(db.pragma('application_id', { simple: true }));
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (marked !== applicationId && (version > 0 || !isEmpty)) {
    throw new LedgerFault(
      'ledger_foreign',
      'This SQLite file is not a ledger; name another data directory.',
    );
  }
  if (version > migrations.length) {
    throw new LedgerFault(
      'ledger_newer',
      `The ledger has schema ${version}, this release knows ${migrations.length}; start the newer one.`,
    );
  }
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue;
    db.transaction(() => {
      db.exec(step);
      db.pragma(`application_id = ${applicationId}`);
      db.pragma(`user_version = ${index + 1}`);
    })();
  }
};

const claim = (db: Sqlite, subject: Subject): void => {
  const meta = metaTable(db);
  const owner = meta.get('subject');
  if (owner === undefined) {
    meta.set('subject', subjectName(subject));
  } else if (owner !== subjectName(subject)) {
    throw new LedgerFault(
      'ledger_foreign',
      `The ledger belongs to ${owner}, this device is ${subjectName(subject)}; use its own data directory.`,
    );
  }
};

// A torn or edited file most often shows at its end; the whole chain is what `holdfast ledger verify` walks.
const proveLastEntry = ({ upLog }: Ledger): void => {
  const { epoch, seq, hash } = upLog.head();
  if (seq === 0 || hashAgain(upLog, seq) === hash) return;
  throw new LedgerFault(
    'ledger_corrupt',
    `Entry ${epoch}/${seq} does not fit its hash; keep the file and run \`holdfast ledger verify\`.`,
  );
};

const hashAgain = (upLog: UpLog, seq: number): string | undefined => {
  try {
    const run = upLog.run(seq);
    const [entry] = run?.entries ?? [];
    return entry === undefined ? undefined : chainHash(run?.prev ?? '', entry, sha256);
  } catch (error) {
    if (storageFaultOf(error) !== undefined) throw error;
    return undefined; // a body that is no JSON any more
  }
};

/** What a fault of the storage means for a ledger; any other error as it is. */
export const ledgerFaultOf = (error: unknown): unknown => {
  switch (storageFaultOf(error)) {
    case 'corrupt':
      return new LedgerFault(
        'ledger_corrupt',
        'The ledger file is damaged. Nothing was changed: keep a copy, then run `holdfast ledger verify`.',
        { cause: error },
      );
    case 'read only':
      return new LedgerFault(
        'ledger_read_only',
        'The data directory cannot be written; check its owner and that its disk is not mounted read-only.',
        { cause: error },
      );
    case 'full':
      return new LedgerFault(
        'ledger_full',
        'The data disk is full; free some space and start again. Nothing was lost.',
        { cause: error },
      );
    case 'busy':
    case 'failed':
    case undefined:
      return error;
  }
};
