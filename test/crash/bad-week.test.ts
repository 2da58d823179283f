/** A bad week in small: sixty sales and a dozen deaths. `npm run crash` plays the long one. */
import { expect, test } from 'vitest';
import { seededDice } from '../../simulator/world/dice.ts';
import { seed as fresh } from '../fixtures/seed.ts';
import { openShop } from '../rigs/shop.ts';
import { playWeek } from './week.ts';

const sales = 60;
const kills = 12;
const weekMs = 240_000;

test.each([1, fresh])(
  'seed %i: in the end the POS, the ledger, the portal and the host agree',
  async (seed) => {
    const shop = await openShop({ settings: { batch: { closeAtCount: 5 } } });
    const story: string[] = [];
    try {
      const plan = { dice: seededDice(seed), sales, kills };
      const week = await playWeek(shop, plan, (line) => story.push(line));
      expect(week.complaints).toEqual([]);
      expect([...week.ends.values()].reduce((sum, count) => sum + count, 0)).toBe(kills);
    } catch (error) {
      throw new Error(`HOLDFAST_SEED=${seed}:\n${story.join('\n')}`, { cause: error });
    } finally {
      await shop.close();
    }
  },
  weekMs,
);
