/**
 * The lives of an agent that has to die so many times: each is started on what the last one left behind, and
 * some are doomed from the start to end at a durability point.
 */
import {
  durabilityPoints,
  fatalPointVariable,
  type DurabilityPoint,
} from '../../agent/durability.ts';
import { EndedEarly } from '../../simulator/shop/agent-process.ts';
import type { SeededDice } from '../../simulator/world/dice.ts';
import type { Shop } from '../rigs/shop.ts';
import { drawn } from './draw.ts';

const points = Object.keys(durabilityPoints) as DurabilityPoint[];

/** One life in so many is doomed, at one of the first so many times it passes its point. */
const doomedOneIn = 2;
const timesMax = 3;

/** What a life ended of that no point ended. */
export type Fate = DurabilityPoint | 'any moment';

/** What is drawn for them, and how often they are to die in all. */
export interface LivesPlan {
  readonly dice: SeededDice;
  readonly kills: number;
}

export class Lives {
  /** How many lives ended of what. */
  readonly ends = new Map<Fate, number>();
  readonly #shop: Shop;
  readonly #plan: LivesPlan;
  #seen = 0;

  constructor(shop: Shop, plan: LivesPlan) {
    this.#shop = shop;
    this.#plan = plan;
  }

  /** Deaths still to come, not counting one that has just happened. */
  left(): number {
    return this.#plan.kills - this.died();
  }

  died(): number {
    return [...this.ends.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Counts the life that has just ended and begins another; one that dies while it starts is one too. */
  async begin(): Promise<void> {
    this.#bury();
    try {
      await this.#shop.agent.start(this.#doom());
    } catch (error) {
      if (!(error instanceof EndedEarly) || error.end.signal !== 'SIGKILL') throw error;
      await this.begin();
    }
  }

  #bury(): void {
    const { log } = this.#shop;
    const last = log.slice(this.#seen).find(({ event }) => event === 'agent.fault');
    this.#seen = log.length;
    const fate = (last?.['point'] as DurabilityPoint | undefined) ?? 'any moment';
    this.ends.set(fate, (this.ends.get(fate) ?? 0) + 1);
  }

  #doom(): Record<string, string> {
    const { dice } = this.#plan;
    if (this.left() === 0 || dice.below(doomedOneIn) > 0) return {};
    const point = drawn(dice, points);
    return { [fatalPointVariable]: `${point}:${1 + dice.below(timesMax)}` };
  }
}
