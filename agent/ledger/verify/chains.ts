/**
 * The chains of both logs: every entry numbered, linked to the one before it, and as its hash says (I5). A
 * log whose start was pruned is walked from its anchor.
 */
import { chainHash, chainStart, type ClockTrust, type Subject } from '../../../contract/index.ts';
import { sha256 } from '../../identity/digest.ts';
import { anchorsIn, type Anchor, type LogName } from '../anchors.ts';
import type { Sqlite } from '../sqlite.ts';
import { one, parsed, type Find } from './finding.ts';

/** An entry as it stands in either log. */
export interface LogRow {
  epoch: number;
  seq: number;
  id: string;
  type: string;
  at: number;
  clock: ClockTrust;
  body: string;
  hash: string;
  /** Kept in the up log only. */
  prev?: string;
}

/** Walks the chain of every epoch of the up log; `hear` gets each entry's body, if it is JSON. */
export const walkUpLog = (
  db: Sqlite,
  subject: string,
  find: Find,
  hear: (row: LogRow, body: unknown) => void,
): void => {
  const rows = db.prepare<[], LogRow>('SELECT * FROM up_log ORDER BY epoch, seq').iterate();
  const walk = chainWalk(subject, anchorsOf(db, 'up'), find);
  for (const row of rows) hear(row, walk(row));
};

export const walkDownLog = (db: Sqlite, subject: string, find: Find): void => {
  const rows = db.prepare<[], LogRow>('SELECT * FROM down_log ORDER BY epoch, seq').iterate();
  const walk = chainWalk(subject, anchorsOf(db, 'down'), find);
  for (const row of rows) walk(row);
};

/** A log that lost its end is whole as far as it goes; but the portal has acknowledged more. */
export const compareWithPortal = (db: Sqlite, find: Find): void => {
  const value = (name: 'epoch' | 'acknowledged') =>
    one<number>(db, `SELECT value FROM meta WHERE name = '${name}'`);
  const acknowledged = value('acknowledged') ?? 0;
  const epoch = value('epoch') ?? 1;
  const last = one<number>(db, `SELECT max(seq) FROM up_log WHERE epoch = ${epoch}`) ?? 0;
  if (acknowledged > last) {
    find('I5', `up log ${epoch}/${last}: the portal has ${acknowledged} entries of this epoch`);
  }
};

const subjectOf = (name: string): Subject => {
  const [clientId = '', deviceId = ''] = name.split('/');
  return { clientId, deviceId };
};

/** The last word that facts tell of is there; it is never pruned. */
export const compareLastWord = (db: Sqlite, find: Find): void => {
  const told = db
    .prepare<[], { epoch: number; seq: number }>(
      `SELECT body ->> '$.epoch' AS epoch, body ->> '$.seq' AS seq FROM up_log
       WHERE type = 'word.taken' ORDER BY up_log.epoch DESC, up_log.seq DESC LIMIT 1`,
    )
    .get();
  if (told === undefined) return;
  const { epoch, seq } = told;
  const there = db.prepare('SELECT 1 FROM down_log WHERE epoch = ? AND seq = ?').get(epoch, seq);
  if (there === undefined)
    find('I5', `down log ${epoch}/${seq}: its fact is there, the word is not`);
};

/** An anchor stands as many entries behind the start as were pruned. */
export const compareAnchors = (db: Sqlite, find: Find): void => {
  for (const { log, epoch, seq, count } of anchorsIn(db)) {
    if (count === seq) continue;
    find('I5', `${log} log ${epoch}/${seq}: the log begins behind it, but ${count} were pruned`);
  }
};

interface Anchors {
  readonly log: LogName;
  readonly of: ReadonlyMap<number, Anchor>;
}

const anchorsOf = (db: Sqlite, log: LogName): Anchors => ({
  log,
  of: new Map(
    anchorsIn(db)
      .filter((anchor) => anchor.log === log)
      .map((anchor) => [anchor.epoch, anchor]),
  ),
});

/** Gives what checks one row after the other, and gives its body; `undefined` when it is no JSON. */
const chainWalk = (
  subject: string,
  { log, of }: Anchors,
  find: Find,
): ((row: LogRow) => unknown) => {
  let epoch = 0;
  let expected = 1;
  let prev = '';
  return (row) => {
    if (row.epoch !== epoch) {
      epoch = row.epoch;
      expected = (of.get(epoch)?.seq ?? 0) + 1;
      prev = of.get(epoch)?.hash ?? chainStart(subjectOf(subject), epoch, sha256);
    }
    const place = `${log} log ${row.epoch}/${row.seq}`;
    if (row.seq !== expected) find('I5', `${place}: expected number ${expected}`);
    if ((row.prev ?? prev) !== prev) find('I5', `${place}: it does not name the entry before it`);
    const body = parsed(row.body);
    if (body === undefined || chainHash(prev, { ...row, body }, sha256) !== row.hash) {
      find('I5', `${place}: the hash does not fit`);
    }
    prev = row.hash;
    expected = row.seq + 1;
    return body;
  };
};
