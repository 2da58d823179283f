/**
 * The world: time, chance and the state of the disk, as arguments. Real only in `node-world.ts`, virtual in
 * the simulator; nothing else in `agent/` may look at a clock or throw dice.
 */
import type { Mark } from './durability.ts';

/** Time. Intervals are measured on the monotonic clock; the wall clock only labels. */
export interface Clock {
  /** Milliseconds since the machine booted; never runs backwards, goes on across restarts of the process. */
  monotonicMs(): number;
  /** Milliseconds since 1970 as the machine believes; may jump. */
  wallMs(): number;
  /** Runs `then` once after `ms`, however long that is; returns what calls it off. */
  after(ms: number, then: () => void): () => void;
}

/** Chance. */
export interface Dice {
  /** So many random bytes, good enough for keys. */
  bytes(count: number): Uint8Array;
  /** A number from 0 up to, not including, 1. */
  fraction(): number;
}

export interface World {
  readonly clock: Clock;
  readonly dice: Dice;
  /** Names this run of the machine: the same after a restart of the process, another after a reboot. */
  readonly bootId: string;
  /** Sets the wall clock, if it may; left out where nobody can. Never rejects. */
  readonly setClock?: ((toMs: number) => Promise<boolean>) | undefined;
  /** Bytes that are free for the data directory. */
  freeBytes(): number;
  /** Told of each durability point as it is passed; left out where nobody is to die there. */
  readonly mark?: Mark | undefined;
}
