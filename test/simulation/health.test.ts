/** The health of the agent as a whole: a reason of its own for what nobody can mend by waiting. */
import { expect, test } from 'vitest';
import { planOf } from './plan.ts';
import { seededDice } from '../../simulator/world/dice.ts';
import { Town } from './town.ts';

test('a portal that lacks what was pruned is no good health: log_pruned, until it has gone on', async () => {
  const town = new Town(1, { ...planOf(seededDice(1)), faults: new Set() });
  town.startPortal();
  await town.start();
  await town.pass(5_000);
  const { shop } = town.agent ?? {};
  expect(shop?.faults()).toEqual([]);
  const lacks = (entries: number) =>
    shop?.ledger.commit(() => shop.ledger.meta.set('portalLacks', entries));
  lacks(3);
  expect(shop?.faults()).toEqual(['log_pruned']);
  lacks(0);
  expect(shop?.faults()).toEqual([]);
  town.kill('process');
});
