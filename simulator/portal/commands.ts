/** Commands: what people want done on a device, once, and what the device said became of it. */
import type { FactBody, WordBody } from '../../contract/index.ts';
import { newId } from '../../agent/identity/identifiers.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import type { DownLog } from './down-log.ts';
import type { Tell } from './events.ts';

/** A command as people see it; what is not known of one that was given before a restore is null. */
export interface CommandView {
  readonly commandId: string;
  readonly device: string;
  readonly command: WordBody<'command'> | null;
  readonly finished: FactBody<'command.finished'> | null;
}

export interface CommandsOptions {
  readonly db: Sqlite;
  readonly world: World;
  readonly downLog: DownLog;
  readonly tell: Tell;
}

export class Commands {
  readonly #options: CommandsOptions;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  /** Gives a device a command; its name. */
  give(device: string, order: Omit<WordBody<'command'>, 'commandId'>): string {
    const { db, world, downLog, tell } = this.#options;
    const body = { commandId: newId('cmd', world), ...order };
    db.transaction(() => {
      this.learn(device, body);
      downLog.write(device, { type: 'command', body });
    })();
    downLog.sendWritten();
    const { commandId, kind } = body;
    tell({ is: 'command.given', device, commandId, kind });
    return commandId;
  }

  /** Knows of a command; a restored portal hears here what it had given. */
  learn(device: string, body: WordBody<'command'>): void {
    this.#options.db
      .prepare(
        `insert into command (device, command_id, command) values (?, ?, ?)
         on conflict (device, command_id) do update set command = excluded.command`,
      )
      .run(device, body.commandId, JSON.stringify(body));
  }

  /** The device says what became of a command; the first that it says counts. */
  finish(device: string, body: FactBody<'command.finished'>): void {
    this.#options.db
      .prepare(
        `insert into command (device, command_id, finished) values (?, ?, ?)
         on conflict (device, command_id) do update set finished = excluded.finished
           where finished is null`,
      )
      .run(device, body.commandId, JSON.stringify(body));
    const { commandId, result } = body;
    this.#options.tell({ is: 'command.finished', device, commandId, result });
  }

  /** The newest first, at most `limit` of them. */
  all(limit: number): readonly CommandView[] {
    return this.#options.db
      .prepare<
        [number],
        { device: string; commandId: string; command: string | null; finished: string | null }
      >(
        `select device, command_id as commandId, command, finished from command
         order by place desc limit ?`,
      )
      .all(limit)
      .map(({ command, finished, ...named }) => ({
        ...named,
        command: command === null ? null : (JSON.parse(command) as WordBody<'command'>),
        finished: finished === null ? null : (JSON.parse(finished) as FactBody<'command.finished'>),
      }));
  }
}
