/** The portal's side of a down log: words, numbered and chained as a portal does it. */
import {
  chainHash,
  chainStart,
  type Entry,
  type Frame,
  type Subject,
} from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import { subject as usual } from '../fixtures/payments.ts';

export interface WordLog {
  /** Writes a word; gives its entry. */
  say(type: string, body: unknown, id?: string): Entry;
  /** The frame of the words `from … through`. */
  frame(session: number, from?: number, through?: number): Frame;
  head(): { readonly through: number; readonly hash: string };
}

export const wordLog = (epoch = 1, subject: Subject = usual): WordLog => {
  const start = chainStart(subject, epoch, sha256);
  const entries: Entry[] = [];
  const hashBefore = (seq: number) => entries[seq - 2]?.hash ?? start;
  return {
    say: (type, body, id = `word_${epoch}_${entries.length + 1}`) => {
      const seq = entries.length + 1;
      const head = { seq, id, type, at: 1_796_000_000_000, clock: 'trusted', body } as const;
      const entry = { ...head, hash: chainHash(hashBefore(seq), head, sha256) };
      entries.push(entry);
      return entry;
    },
    frame: (session, from = 1, through = entries.length) => ({
      ...{ session, epoch, head: entries.length, from, prev: hashBefore(from) },
      entries: entries.slice(from - 1, through),
    }),
    head: () => ({ through: entries.length, hash: entries.at(-1)?.hash ?? start }),
  };
};
