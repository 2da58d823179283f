/** Those who wait for an answer to a transaction: POS calls with `Prefer: wait`. */
import type { Clock } from '../world.ts';

/** Calls that may wait at a time for one transaction; one more is answered at once. */
const waitersMax = 16;

export interface Waiting {
  /** Resolves when the transaction is answered, or when the time is over. */
  wait(transactionId: string, withinMs: number): Promise<void>;
  answer(transactionId: string): void;
}

export const waitingRoom = (clock: Clock): Waiting => {
  const rooms = new Map<string, Set<() => void>>();
  return {
    wait: (transactionId, withinMs) => {
      const room = rooms.get(transactionId) ?? new Set();
      if (room.size >= waitersMax) return Promise.resolve();
      rooms.set(transactionId, room);
      return new Promise((resolve) => {
        const done = () => {
          callOff();
          room.delete(done);
          if (room.size === 0) rooms.delete(transactionId);
          resolve();
        };
        const callOff = clock.after(withinMs, done);
        room.add(done);
      });
    },
    answer: (transactionId) => {
      for (const done of [...(rooms.get(transactionId) ?? [])]) done();
    },
  };
};
