/** Desired documents: the last of each kind that was taken in, so that it holds while the line is down. */
import type { Desired, DesiredKind } from '../../contract/index.ts';
import type { Sqlite } from './sqlite.ts';

/** A document as it is kept; `body` fits the schema of its kind. */
export type KeptDocument = Pick<Desired, 'version' | 'issuedAt' | 'body'>;

export interface DesiredTable {
  find(kind: DesiredKind): KeptDocument | undefined;
  /** Keeps a document in the place of the one before; inside a commit. */
  keep(document: Desired): void;
  /** Keeps none of them any more; inside a commit. */
  forget(): void;
}

export const desiredTable = (db: Sqlite): DesiredTable => {
  const find = db.prepare<[string], { version: number; issuedAt: number; body: string }>(
    'SELECT version, issued_at AS issuedAt, body FROM desired WHERE kind = ?',
  );
  const keep = db.prepare(
    `INSERT INTO desired VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
     version = excluded.version, issued_at = excluded.issued_at, body = excluded.body`,
  );
  const forget = db.prepare('DELETE FROM desired');
  return {
    find: (kind) => {
      const row = find.get(kind);
      return row === undefined ? undefined : { ...row, body: JSON.parse(row.body) as unknown };
    },
    keep: ({ kind, version, issuedAt, body }) => {
      keep.run(kind, version, issuedAt, JSON.stringify(body));
    },
    forget: () => void forget.run(),
  };
};
