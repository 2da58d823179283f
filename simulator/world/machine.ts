/**
 * A virtual machine's sense of time: a monotonic clock that begins anew with every boot and runs a little
 * fast or slow, and a wall clock that people and programs set.
 */
import type { Clock } from '../../agent/world.ts';

/** What a monotonic clock shows when the first program is started, ms. */
const bootTakesMs = 8_000;

export class VirtualMachine {
  readonly clock: Clock;
  readonly #world: Clock;
  readonly #rate: number;
  #boots = 1;
  #bootedAt: number;
  #wallAhead = 0;

  /** `driftPpm`: how fast its clocks run, in millionths; negative when slow. */
  constructor(world: Clock, driftPpm: number) {
    this.#world = world;
    this.#rate = 1 + driftPpm / 1_000_000;
    this.#bootedAt = world.monotonicMs();
    this.clock = {
      monotonicMs: () => bootTakesMs + Math.floor(this.#upMs()),
      wallMs: () =>
        Math.floor(world.wallMs() + this.#upMs() * (1 - 1 / this.#rate) + this.#wallAhead),
      after: (ms, then) => world.after(Math.ceil(ms / this.#rate), then),
    };
  }

  get bootId(): string {
    return `boot-${this.#boots}`;
  }

  /** Off and on again: monotonic time begins anew; the wall clock is right, or as it was `behindMs` ago. */
  reboot(behindMs = 0): void {
    this.#boots += 1;
    this.#bootedAt = this.#world.monotonicMs();
    this.#wallAhead = -behindMs;
  }

  /** The wall clock has no battery: it wakes in 1970. */
  forgetTime(): void {
    this.#wallAhead -= this.clock.wallMs() - bootTakesMs;
  }

  /** Somebody sets the wall clock ahead, or with a negative number back. */
  jumpWall(ms: number): void {
    this.#wallAhead += ms;
  }

  /** The wall clock is set right. */
  setWall(): void {
    this.#wallAhead = 0;
  }

  #upMs(): number {
    return (this.#world.monotonicMs() - this.#bootedAt) * this.#rate;
  }
}
