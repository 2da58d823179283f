/**
 * The word log: the words for each device, numbered and chained, in an epoch of the portal's own.
 */
import { chainHash, chainStart, type Entry, type Word } from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import { newId } from '../../agent/identity/identifiers.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import { subjectOf } from './devices.ts';

interface WordRow {
  readonly epoch: number;
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  readonly body: string;
  readonly hash: string;
}

/** Which words of an epoch a device is known to lack: those after `after`. */
export interface Lacking {
  readonly device: string;
  readonly fromEpoch: number;
  readonly after: number;
}

export class WordLog {
  readonly #db: Sqlite;
  readonly #world: World;

  constructor(db: Sqlite, world: World) {
    this.#db = db;
    this.#world = world;
  }

  /** Writes a word behind the last one of the epoch, under a name; within the caller's commit. */
  append(
    device: string,
    epoch: number,
    { type, body }: Word,
    id = newId('word', this.#world),
  ): void {
    const at = this.#world.clock.wallMs();
    this.#insert(device, epoch, { id, type, at, body });
  }

  /** The number of the epoch's last word; 0 when it has none. */
  head(device: string, epoch: number): number {
    return this.#last(device, epoch)?.seq ?? 0;
  }

  /** The hash of a word, or for 0 the start of the chain; `undefined` when there is no such word. */
  hashAt(device: string, epoch: number, seq: number): string | undefined {
    if (seq === 0) return chainStart(subjectOf(device), epoch, sha256);
    return this.#db
      .prepare<[string, number, number], { hash: string }>(
        'select hash from word where device = ? and epoch = ? and seq = ?',
      )
      .get(device, epoch, seq)?.hash;
  }

  /** Words of an epoch from `from` on, at most `most`. */
  page(device: string, run: { epoch: number; from: number; most: number }): Entry[] {
    return this.#db
      .prepare<[string, number, number, number], WordRow>(
        `select epoch, seq, id, type, at, body, hash from word
         where device = ? and epoch = ? and seq >= ? order by seq limit ?`,
      )
      .all(device, run.epoch, run.from, run.most)
      .map(({ seq, id, type, at, body, hash }) => ({
        ...{
          seq,
          id,
          type,
          at,
          clock: 'trusted' as const,
          body: JSON.parse(body) as unknown,
          hash,
        },
      }));
  }

  /**
   * The device says that it has this word, whatever its acknowledgements say. Says whether that is news: a
   * word that is not written here, and was not told of before.
   */
  markTaken(device: string, id: string): boolean {
    const mark = this.#db.prepare('update word set taken = 1 where device = ? and id = ?');
    return mark.run(device, id).changes === 0 && this.#timesTold(device, id) <= 1;
  }

  /** Everything through a number is acknowledged. */
  markTakenThrough(device: string, epoch: number, through: number): void {
    this.#db
      .prepare(
        'update word set taken = 1 where device = ? and epoch = ? and seq <= ? and taken = 0',
      )
      .run(device, epoch, through);
  }

  /** Everything after a number is lacking after all: the device's ledger is older than its word. */
  markLacking({ device, fromEpoch, after }: Lacking): void {
    this.#db
      .prepare(
        `update word set taken = 0
         where device = ? and moved = 0 and (epoch > ? or (epoch = ? and seq > ?))`,
      )
      .run(device, fromEpoch, fromEpoch, after);
  }

  /** Writes every word not known to be taken into a later epoch, in order; says how many. */
  moveUntaken(device: string, epoch: number): number {
    const untaken = this.#db
      .prepare<[string, number], WordRow>(
        `select epoch, seq, id, type, at, body, hash from word
         where device = ? and epoch < ? and taken = 0 and moved = 0 order by epoch, seq`,
      )
      .all(device, epoch);
    const mark = this.#db.prepare(
      'update word set moved = 1 where device = ? and epoch = ? and seq = ?',
    );
    for (const row of untaken) {
      mark.run(device, row.epoch, row.seq);
      this.#insert(device, epoch, { ...row, body: JSON.parse(row.body) });
    }
    return untaken.length;
  }

  // In how many of its facts the device says that it has this word.
  #timesTold(device: string, id: string): number {
    const row = this.#db
      .prepare<[string, string], { count: number }>(
        `select count(*) as count from entry
         where device = ? and type = 'word.taken' and body ->> '$.id' = ?`,
      )
      .get(device, id);
    return row?.count ?? 0;
  }

  #insert(
    device: string,
    epoch: number,
    word: { id: string; type: string; at: number; body: unknown },
  ): void {
    const last = this.#last(device, epoch);
    const prev = last?.hash ?? chainStart(subjectOf(device), epoch, sha256);
    const { id, type, at, body } = word;
    const seq = (last?.seq ?? 0) + 1;
    const hash = chainHash(prev, { seq, id, type, at, clock: 'trusted', body }, sha256);
    this.#db
      .prepare(
        `insert into word (device, epoch, seq, id, type, at, body, hash)
         values (?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(device, epoch, seq, id, type, at, JSON.stringify(body), hash);
  }

  #last(device: string, epoch: number): { seq: number; hash: string } | undefined {
    return this.#db
      .prepare<[string, number], { seq: number; hash: string }>(
        `select seq, hash from word where device = ? and epoch = ? order by seq desc limit 1`,
      )
      .get(device, epoch);
  }
}
