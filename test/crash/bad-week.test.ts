/**
 * A bad week, thrown with dice: forty sales while the power fails, the line misbehaves, and broker and
 * portal are restarted and restored. `HOLDFAST_SEED=…` throws the same; the processes keep their own time.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sold } from '../../simulator/demo/till.ts';
import type { Which } from '../../simulator/mischief.ts';
import { seededDice } from '../../simulator/world/dice.ts';
import { seed } from '../fixtures/seed.ts';
import { auditOf } from '../rigs/audit.ts';
import { openShop, type Shop } from '../rigs/shop.ts';
import { moments, sellThroughCut, type Moment } from './misfortune.ts';

const salesCount = 40;
const cutsCount = 10;
const weekMs = 120_000;

const dice = seededDice(seed);
const oneOf = <T>(list: readonly T[]): T => list[dice.below(list.length)]!;

let shop: Shop;
let backup: Uint8Array | undefined;
const answers: Sold[] = [];
const story: string[] = [];

beforeAll(async () => {
  shop = await openShop();
});

afterAll(() => shop.close());

const lanes: readonly Which[] = [
  { direction: 'to broker', channel: 'log/up' },
  { direction: 'to agent', channel: 'log/up/ack' },
  { direction: 'to agent', channel: 'log/down' },
  { direction: 'to broker', channel: 'log/down/ack' },
  { direction: 'to broker', channel: 'live/req' },
  { direction: 'to agent', channel: 'live/res' },
];

const misfortunes: Readonly<Record<string, () => void | Promise<void>>> = {
  'the line is cut': () => shop.proxy.cut(),
  'the line stalls': () => shop.proxy.stall(oneOf(['to broker', 'to agent', 'both ways'])),
  'the line is slow': () => shop.proxy.slow(3_000 + dice.below(20_000)),
  'the line loses': () => shop.proxy.drop(oneOf(lanes), 1 + dice.below(3)),
  'the line repeats': () => shop.proxy.duplicate(oneOf(lanes), 1 + dice.below(5)),
  'the broker is restarted': () => shop.restartBroker(),
  'the portal is restarted': () => shop.restartPortal(),
  'the portal is backed up': () => {
    backup = shop.portal.snapshot();
  },
  'the portal is restored': () => {
    if (backup !== undefined) shop.portal.restore(backup);
  },
};

const relief = (): void => {
  shop.proxy.relent();
  shop.proxy.flow();
  shop.proxy.mend();
};

// Approved, declined by the host, or to be asked again when it is forwarded.
const amount = (): number => 100 * (1 + dice.below(90)) + oneOf([0, 0, 0, 20, 5, 51, 91]);

const sell = async (moment: Moment | undefined): Promise<Sold> => {
  const value = amount();
  const key = randomUUID();
  story.push(`sells ${value}${moment === undefined ? '' : `; the power fails ${moments[moment]}`}`);
  await shop.till.readerIs('ready');
  if (moment !== undefined) return sellThroughCut(shop, { value, moment, key });
  const { transactionId } = await shop.till.begin(value, key);
  await shop.till.swipe(transactionId, oneOf(['visa', 'mastercard', 'amex']));
  return shop.till.answer(transactionId);
};

/** Which of the sales the power fails in. */
const cutSales = (): ReadonlySet<number> => {
  const chosen = new Set<number>();
  while (chosen.size < cutsCount) chosen.add(dice.below(salesCount));
  return chosen;
};

const playWeek = async (): Promise<void> => {
  const cuts = cutSales();
  const kinds = Object.keys(moments).filter((moment) => moment !== 'decided') as Moment[];
  for (let number = 0; number < salesCount; number += 1) {
    if (dice.below(3) === 0) relief();
    if (dice.below(2) === 0) {
      const what = oneOf(Object.keys(misfortunes));
      story.push(what);
      await misfortunes[what]?.();
    }
    answers.push(await sell(cuts.has(number) ? oneOf(kinds) : undefined));
    story.push(`answered ${answers.at(-1)?.outcome}`);
  }
  relief();
  await shop.mendLine();
  await shop.settled(weekMs / 2);
};

test(
  `seed ${seed}: in the end the POS, the ledger, the portal and the host agree`,
  async () => {
    try {
      await playWeek();
      expect(await auditOf(shop, answers)).toEqual([]);
    } catch (error) {
      throw new Error(`HOLDFAST_SEED=${seed}:\n${story.join('\n')}`, { cause: error });
    }
  },
  weekMs,
);
