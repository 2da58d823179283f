/** The chains of both logs: every entry numbered, linked to the one before it, and as its hash says (I5). */
import { chainHash, chainStart, type ClockTrust, type Subject } from '../../../contract/index.ts';
import { sha256 } from '../../identity/digest.ts';
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
  const walk = chainWalk(subject, 'up', find);
  for (const row of rows) hear(row, walk(row));
};

export const walkDownLog = (db: Sqlite, subject: string, find: Find): void => {
  const rows = db.prepare<[], LogRow>('SELECT * FROM down_log ORDER BY epoch, seq').iterate();
  const walk = chainWalk(subject, 'down', find);
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

/** Gives what checks one row after the other, and gives its body; `undefined` when it is no JSON. */
const chainWalk = (subject: string, direction: string, find: Find): ((row: LogRow) => unknown) => {
  let epoch = 0;
  let expected = 1;
  let prev = '';
  return (row) => {
    if (row.epoch !== epoch) {
      epoch = row.epoch;
      expected = 1;
      prev = chainStart(subjectOf(subject), epoch, sha256);
    }
    const place = `${direction} log ${row.epoch}/${row.seq}`;
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
