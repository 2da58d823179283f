/** A bad week in small, and one without a line. `npm run crash` plays the long ones. */
import { expect, test } from 'vitest';
import { seededDice } from '../../simulator/world/dice.ts';
import { seed as fresh } from '../fixtures/seed.ts';
import { openShop } from '../rigs/shop.ts';
import { playWeek } from './week.ts';

const sales = 60;
const kills = 12;
const weekMs = 240_000;

test.each([
  [1, 'on a line that comes and goes', { sales, kills }],
  [fresh, 'on a line that comes and goes', { sales, kills }],
  [fresh, 'while the line is cut', { sales: 30, kills: 6, offline: true }],
] as const)(
  'seed %i, %s: in the end the POS, the ledger, the portal and the host agree',
  async (seed, _line, week) => {
    const shop = await openShop({ settings: { batch: { closeAtCount: 5 } } });
    const story: string[] = [];
    try {
      const plan = { ...week, dice: seededDice(seed) };
      const played = await playWeek(shop, plan, (line) => story.push(line));
      expect(played.complaints).toEqual([]);
      expect([...played.ends.values()].reduce((sum, count) => sum + count, 0)).toBe(week.kills);
    } catch (error) {
      throw new Error(`HOLDFAST_SEED=${seed}:\n${story.join('\n')}`, { cause: error });
    } finally {
      await shop.close();
    }
  },
  weekMs,
);
