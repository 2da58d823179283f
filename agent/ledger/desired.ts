/**
 * Desired documents: the last of each kind that was taken in, so that it holds while the line is down. Of
 * groups there may be several: a device that is moved to another one hears of it before or after.
 */
import { addresseeOf, type Desired, type DesiredKind } from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

/** The most groups whose documents are kept, those taken in last. */
export const groupsKeptMost = 64;

/** A document as it is kept; `body` fits the schema of its kind. */
export type KeptDocument = Pick<Desired, 'version' | 'issuedAt' | 'body'>;

export interface DesiredTable {
  /** The document of a kind: for an addressee, or else the one that was issued last. */
  find(kind: DesiredKind, addressee?: string): KeptDocument | undefined;
  /** Keeps a document in the place of the one before; inside a commit. */
  keep(document: Desired): void;
  /** Keeps none of them any more; inside a commit. */
  forget(): void;
}

interface Row {
  readonly version: number;
  readonly issuedAt: number;
  readonly body: string;
}

export const desiredTable = (db: Sqlite): DesiredTable => {
  const selection = 'SELECT version, issued_at AS issuedAt, body FROM desired WHERE kind = ?';
  const last = db.prepare<[string], Row>(`${selection} ORDER BY issued_at DESC LIMIT 1`);
  const find = db.prepare<[string, string], Row>(`${selection} AND addressee = ?`);
  const keep = db.prepare(
    `INSERT INTO desired VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     version = excluded.version, issued_at = excluded.issued_at, body = excluded.body`,
  );
  const forgetGroups = db.prepare(
    `DELETE FROM desired WHERE kind = 'group' AND addressee NOT IN
     (SELECT addressee FROM desired WHERE kind = 'group' ORDER BY issued_at DESC LIMIT ${groupsKeptMost})`,
  );
  const forget = db.prepare('DELETE FROM desired');
  return {
    find: (kind, addressee) => {
      const row = addressee === undefined ? last.get(kind) : find.get(kind, addressee);
      return row === undefined ? undefined : { ...row, body: JSON.parse(row.body) as unknown };
    },
    keep: ({ kind, subject, version, issuedAt, body }) => {
      keep.run(kind, addresseeOf(subject), version, issuedAt, JSON.stringify(body));
      if (kind === 'group') forgetGroups.run();
    },
    forget: () => void forget.run(),
  };
};
