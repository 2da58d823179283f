/** A world in which nothing happens by itself: virtual time, seeded chance, a disk as large as one says. */
import { virtualClock, type VirtualClock } from '../../simulator/world/clock.ts';
import { seededDice, type SeededDice } from '../../simulator/world/dice.ts';
import type { World } from '../../agent/world.ts';

export interface QuietWorld extends World {
  readonly clock: VirtualClock;
  readonly dice: SeededDice;
  /** Sets how many bytes are free; `undefined` makes asking fail. */
  setFree(bytes: number | undefined): void;
}

export const quietWorld = ({
  clock = virtualClock(),
  dice = seededDice('a quiet world'),
  bootId = 'boot-1',
}: { clock?: VirtualClock; dice?: SeededDice; bootId?: string } = {}): QuietWorld => {
  let free: number | undefined = 10 ** 12;
  return {
    clock,
    dice,
    bootId,
    setFree: (bytes) => {
      free = bytes;
    },
    freeBytes: () => {
      if (free === undefined) throw new Error('The disk does not answer.');
      return free;
    },
  };
};

/** The same machine after a reboot: wall time went on for a while, monotonic time began anew. */
export const rebooted = (world: QuietWorld, bootId: string, offForMs = 60_000): QuietWorld =>
  quietWorld({
    clock: virtualClock({ monotonicMs: 5_000, wallMs: world.clock.wallMs() + offForMs }),
    dice: world.dice.fork(bootId),
    bootId,
  });
