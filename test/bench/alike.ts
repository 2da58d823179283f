/**
 * A bare table that writes as many bytes with each commit as somebody else does. What reaches write(2) is
 * pages and their copies at a checkpoint, not rows; how long a row has to be for it is learned by writing.
 */
import { bareTable, type BareTable } from './bare.ts';
import { bytesWritten } from './written.ts';

export class AlikeTable {
  readonly #table: BareTable;
  #wanted = 0;
  #wrote = 0;
  #rowBytes = 0;

  constructor(path: string) {
    this.#table = bareTable(path);
  }

  /** From now on a commit shall write so many bytes. */
  heed(bytes: number): void {
    this.#wanted = bytes;
    if (this.#rowBytes === 0) this.#rowBytes = bytes;
  }

  write(commits: number): void {
    const before = bytesWritten();
    this.#table.write(commits, Math.round(this.#rowBytes));
    this.#wrote = (bytesWritten() - before) / commits;
    this.#rowBytes *= this.#wanted / this.#wrote;
  }

  /** Bytes of a commit, as wanted and as last written. */
  bytes(): { readonly wanted: number; readonly wrote: number } {
    return { wanted: this.#wanted, wrote: this.#wrote };
  }

  close(): void {
    this.#table.close();
  }
}
