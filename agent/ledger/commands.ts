/**
 * Commands of the portal: each is kept from the commit that took it in, runs once by its id, and ends in one
 * result.
 */
import type { BatchId, FactBody, WordBody } from '../../contract/index.ts';
import type { Elapsed } from './elapsed.ts';
import type { Sqlite } from './sqlite.ts';

export type Finished = FactBody<'command.finished'>;

/** A command that has not begun yet. */
export interface Received {
  readonly asked: WordBody<'command'>;
  /** When the portal wrote it, ms of its wall time; when it came here, in elapsed time. */
  readonly issuedAt: number;
  readonly receivedElapsedMs: number;
}

export interface Commands {
  knows(commandId: string): boolean;
  /** Takes one in; inside a commit, as everything that changes something here. */
  receive(asked: WordBody<'command'>, issuedAt: number): void;
  /** Those that have not begun, oldest first. */
  received(): Received[];
  /** It has begun: it is done when this batch is closed. */
  awaitClose(commandId: string, batch: BatchId): void;
  /** The ids of those that are done when this batch is closed. */
  awaiting(batch: BatchId): string[];
  finish(finished: Finished): void;
}

export const commandTable = (db: Sqlite, elapsed: Elapsed): Commands => {
  const known = db.prepare<[string], unknown>('SELECT 1 FROM commands WHERE command_id = ?');
  const insert = db.prepare(
    `INSERT INTO commands (command_id, kind, asked, issued_at, received_elapsed, state)
     VALUES (?, ?, ?, ?, ?, 'received')`,
  );
  const received = db.prepare<[], { asked: string; issuedAt: number; receivedElapsedMs: number }>(
    `SELECT asked, issued_at AS issuedAt, received_elapsed AS receivedElapsedMs FROM commands
     WHERE state <> 'finished' AND state = 'received' ORDER BY place`,
  );
  const begin = db.prepare(
    `UPDATE commands SET state = 'running', batch_name = ?, batch_number = ? WHERE command_id = ?`,
  );
  const awaiting = db
    .prepare<[string, number], string>(
      `SELECT command_id FROM commands WHERE state <> 'finished' AND batch_name = ? AND batch_number = ?
       ORDER BY place`,
    )
    .pluck();
  const finish = db.prepare(
    `UPDATE commands SET state = 'finished', finished = ? WHERE command_id = ?`,
  );
  return {
    knows: (commandId) => known.get(commandId) !== undefined,
    receive: (asked, issuedAt) => {
      const { commandId, kind } = asked;
      insert.run(commandId, kind, JSON.stringify(asked), issuedAt, elapsed.now());
    },
    received: () =>
      received
        .all()
        .map((row) => ({ ...row, asked: JSON.parse(row.asked) as WordBody<'command'> })),
    awaitClose: (commandId, { name, number }) => {
      begin.run(name, number, commandId);
    },
    awaiting: ({ name, number }) => awaiting.all(name, number),
    finish: (finished) => {
      finish.run(JSON.stringify(finished), finished.commandId);
    },
  };
};
