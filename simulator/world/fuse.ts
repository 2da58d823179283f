/**
 * A fuse in the power line of a virtual machine: it counts how often the agent passes each durability point,
 * and blows at one of one's choice.
 */
import type { DurabilityPoint, FatalPoint, Mark } from '../../agent/durability.ts';
import { PowerCut } from './disk.ts';

export class Fuse {
  /** How often each point was passed, in all lives of the agent. */
  readonly passed = new Map<DurabilityPoint, number>();
  readonly #fatal: FatalPoint | undefined;

  constructor(fatal: FatalPoint | undefined) {
    this.#fatal = fatal;
  }

  /** For the world of the agent. Throws a `PowerCut` where the fuse blows. */
  readonly mark: Mark = (point) => {
    const time = (this.passed.get(point) ?? 0) + 1;
    this.passed.set(point, time);
    if (point === this.#fatal?.point && time === this.#fatal.time)
      throw new PowerCut(`at ${point}`);
  };
}
