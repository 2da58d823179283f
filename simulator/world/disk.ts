/**
 * The disk of a virtual machine: one SQLite file in memory. It keeps what was committed when the power fails,
 * fails it at a commit of one's choice, fills up, and can be put back to an older copy.
 *
 * Every commit has two boundaries: written but not yet durable, and durable but not yet known to anybody.
 */
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';

/** Thrown where the power fails, `when` says where that is; nothing of the agent survives it. */
export class PowerCut extends Error {
  readonly when: string;

  constructor(when: string) {
    super(`The power fails ${when}.`);
    this.when = when;
  }
}

export type Boundary = 'before' | 'after';

/** Pages of a disk that is not full: four gigabytes of 4 096 bytes. */
const roomyPages = 1_048_576;
/** What it says is free, bytes. */
const roomyBytes = 1_000_000_000;

export class VirtualDisk {
  #image: Uint8Array | undefined;
  #database: Sqlite | undefined;
  #fullness: 'roomy' | 'full' | 'full, and says it is not' = 'roomy';
  #boundaries = 0;
  #cutAt = Infinity;

  /** The file as the agent has it open. */
  get database(): Sqlite {
    if (this.#database === undefined) throw new Error('Nobody has opened the ledger.');
    return this.#database;
  }

  /** How many boundaries were passed so far. */
  get boundaries(): number {
    return this.#boundaries;
  }

  /** Opens the file; what an earlier opener had committed is there, and nothing else. */
  open(): Sqlite {
    this.close();
    const database = openSqlite(':memory:', this.#image);
    this.#database = database;
    this.#limit();
    return withBoundaries(database, {
      pass: (boundary) => this.#pass(boundary),
      close: () => this.#keep(database),
    });
  }

  /** Whoever had it open is gone; what was committed stays. */
  close(): void {
    if (this.#database !== undefined) this.#keep(this.#database);
  }

  /** Fails the power so many boundaries from now, once; 1 is the next. */
  cutAfter(boundaries: number): void {
    this.#cutAt = this.#boundaries + boundaries;
  }

  fill({ andSaySo }: { andSaySo: boolean }): void {
    this.#fullness = andSaySo ? 'full' : 'full, and says it is not';
    this.#limit();
  }

  clear(): void {
    this.#fullness = 'roomy';
    this.#limit();
  }

  freeBytes(): number {
    return this.#fullness === 'full' ? 0 : roomyBytes;
  }

  /** The states of transactions that were not final when the file was closed. */
  openStates(): string[] {
    if (this.#image === undefined) return [];
    const database = openSqlite(':memory:', this.#image);
    // A machine that lost its power while the file was made has none.
    const isMade = database
      .prepare("SELECT 1 FROM sqlite_schema WHERE name = 'transactions'")
      .get();
    const states =
      isMade === undefined
        ? []
        : (database
            .prepare("SELECT state ->> '$.is' FROM transactions WHERE final = 0")
            .pluck()
            .all() as string[]);
    database.close();
    return states;
  }

  /** An image of what is committed now. */
  copy(): Uint8Array {
    return new Uint8Array(this.database.serialize());
  }

  /** Puts an older image in the file's place; nobody may have it open. */
  putBack(image: Uint8Array): void {
    if (this.#database !== undefined) throw new Error('The ledger is open.');
    this.#image = image;
  }

  // A file in memory is gone once it is closed; its bytes are kept.
  #keep(database: Sqlite): Sqlite {
    if (database !== this.#database) return database;
    this.#image = new Uint8Array(database.serialize());
    this.#database = undefined;
    return database.close();
  }

  #pass(boundary: Boundary): void {
    this.#boundaries += 1;
    if (this.#boundaries < this.#cutAt) return;
    this.#cutAt = Infinity;
    throw new PowerCut(`${boundary} a commit`);
  }

  // A file may use the pages it has; it cannot get another.
  #limit(): void {
    const database = this.#database;
    if (database === undefined) return;
    const pages = Number(database.pragma('page_count', { simple: true }));
    const most = this.#fullness === 'roomy' ? roomyPages : Math.max(1, pages);
    database.pragma(`max_page_count = ${most}`);
  }
}

interface Watch {
  readonly pass: (boundary: Boundary) => void;
  readonly close: () => Sqlite;
}

/** The same database, whose every transaction passes its two boundaries. */
const withBoundaries = (database: Sqlite, { pass, close }: Watch): Sqlite => {
  type Work = (...given: unknown[]) => unknown;
  const passing =
    (run: Work): Work =>
    (...given) => {
      const result = run(...given);
      pass('after');
      return result;
    };
  const transaction = (work: Work) => {
    const inner = database.transaction<Work>((...given) => {
      const result = work(...given);
      pass('before');
      return result;
    });
    const immediate = passing((...given) => inner.immediate(...given));
    return Object.assign(passing(inner), { immediate });
  };
  const changes = { transaction: { value: transaction }, close: { value: close } };
  return Object.create(database, changes) as Sqlite;
};
