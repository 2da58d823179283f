/**
 * Mischief: standing orders about which messages a proxy loses or repeats, and the count of what became of
 * each. Pure; `proxy.ts` obeys.
 */
import type { Channel } from '../contract/index.ts';

export const directions = ['to broker', 'to agent'] as const;
export type Direction = (typeof directions)[number];

export type Deed = 'passed' | 'dropped' | 'duplicated';

/** Which messages are meant. */
export interface Which {
  readonly direction: Direction;
  readonly channel: Channel;
}

/** What is to be done with one message. A lie is a dropped message whose sender gets its PUBACK. */
export type Verdict = 'pass' | 'duplicate' | 'drop and lie' | 'drop silently';

interface Order {
  readonly which: Which;
  readonly verdict: Exclude<Verdict, 'pass'>;
  left: number;
}

const deeds = {
  pass: 'passed',
  duplicate: 'duplicated',
  'drop and lie': 'dropped',
  'drop silently': 'dropped',
} as const satisfies Record<Verdict, Deed>;

export class Mischief {
  readonly #orders: Order[] = [];
  readonly #counts = new Map<string, number>();
  #subscriptionsRefused = 0;

  /** The next `count` messages of a kind meet this verdict, after those ordered before. */
  order(verdict: Exclude<Verdict, 'pass'>, which: Which, count: number): void {
    this.#orders.push({ which, verdict, left: count });
  }

  refuseSubscriptions(count: number): void {
    this.#subscriptionsRefused = count;
  }

  /** Forgets every order; the counts stay. */
  relent(): void {
    this.#orders.length = 0;
    this.#subscriptionsRefused = 0;
  }

  /** Judges one subscription. */
  refusesSubscription(): boolean {
    if (this.#subscriptionsRefused === 0) return false;
    this.#subscriptionsRefused -= 1;
    return true;
  }

  /** Judges one message and counts it. */
  judge(met: Which): Verdict {
    const order = this.#orders.find(({ which, left }) => left > 0 && same(which, met));
    if (order !== undefined) order.left -= 1;
    const verdict = order?.verdict ?? 'pass';
    const name = nameOf(deeds[verdict], met);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    return verdict;
  }

  /** How many messages of a kind met this fate. */
  count(deed: Deed, which: Which): number {
    return this.#counts.get(nameOf(deed, which)) ?? 0;
  }
}

const same = (a: Which, b: Which): boolean =>
  a.direction === b.direction && a.channel === b.channel;

const nameOf = (deed: Deed, { direction, channel }: Which): string =>
  `${deed} ${direction} ${channel}`;
