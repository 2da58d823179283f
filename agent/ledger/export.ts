/**
 * Export of a ledger at rest: its up log as lines, for people and auditors, with a record of every erasure
 * and of what was pruned; or as frames with their sealed data, for a portal that takes in what a dead device
 * could not tell any more.
 *
 * The first line says what follows. Nothing is changed; a line is one JSON document.
 */
import { type Frame, type Subject } from '../../contract/index.ts';
import { anchorsIn, type Anchor } from './anchors.ts';
import { metaTable } from './meta.ts';
import { prunedSumsIn, type PrunedSum } from './pruned.ts';
import { erasuresIn, sealedTable, type Erasure } from './sealed.ts';
import type { Sqlite } from './sqlite.ts';
import { upLog } from './up-log.ts';

export const exportKinds = ['entries', 'frames'] as const;
export type ExportKind = (typeof exportKinds)[number];

/** The first line: whose log it is, where it begins if its start was pruned, and where it ends. */
export interface ExportHead {
  readonly holdfast: 'ledger';
  readonly kind: ExportKind;
  readonly clientId: string;
  readonly deviceId: string;
  readonly epoch: number;
  /** The number of the last entry, and its hash. */
  readonly head: number;
  readonly hash: string;
  /** The hash before the first entry of an epoch that is not kept whole. */
  readonly anchors?: readonly Anchor[];
}

/** A line behind the entries: sealed data that was erased, or a sum of what was pruned. */
export type ExportedRecord =
  ({ readonly holdfast: 'erasure' } & Erasure) | ({ readonly holdfast: 'pruned' } & PrunedSum);

/** An entry as it stands in the ledger, of whatever epoch; sealed data stays where it is. */
export interface ExportedEntry {
  readonly epoch: number;
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly clock: string;
  readonly body: unknown;
  readonly prev: string;
  readonly hash: string;
}

/** What an export begins with. */
export const exportHeadOf = (db: Sqlite, kind: ExportKind): ExportHead => {
  const subject = subjectIn(db);
  const { epoch, seq, hash } = logIn(db, subject).head();
  const anchors = anchorsIn(db).filter(({ log }) => log === 'up');
  const head = { holdfast: 'ledger', kind, ...subject, epoch, head: seq, hash } as const;
  return anchors.length === 0 ? head : { ...head, anchors };
};

/** Every entry of every epoch, oldest first. */
export const entriesOf = function* (db: Sqlite): Generator<ExportedEntry> {
  const rows = db
    .prepare<[], ExportedEntry & { body: string }>(
      'SELECT epoch, seq, id, type, at, clock, body, prev, hash FROM up_log ORDER BY epoch, seq',
    )
    .iterate();
  for (const row of rows) yield { ...row, body: JSON.parse(row.body) as unknown };
};

/** What is on record beside the log: every erasure of sealed data, and the sums of what was pruned. */
export const recordsOf = function* (db: Sqlite): Generator<ExportedRecord> {
  for (const erasure of erasuresIn(db)) yield { holdfast: 'erasure', ...erasure };
  for (const sum of prunedSumsIn(db)) yield { holdfast: 'pruned', ...sum };
};

/** The frames of the current epoch from the first entry that is kept, as the next session would send them. */
export const framesOf = function* (db: Sqlite): Generator<Frame> {
  const log = logIn(db, subjectIn(db));
  const { epoch, seq: head } = log.head();
  const session = (metaTable(db).get('session') ?? 0) + 1;
  for (let run = log.run(1); run !== undefined;) {
    yield { session, epoch, head, ...run, entries: [...run.entries] };
    run = log.run(run.from + run.entries.length);
  }
};

const subjectIn = (db: Sqlite): Subject => {
  const [clientId = '', deviceId = ''] = (metaTable(db).get('subject') ?? '').split('/');
  return { clientId, deviceId };
};

const logIn = (db: Sqlite, subject: Subject) => upLog(db, metaTable(db), subject, sealedTable(db));
