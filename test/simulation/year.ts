/**
 * A year and more goes by: the shop was closed, the machine off. What was final by then may be gone soon
 * after, and nothing else.
 */
import { isFinal } from '../../agent/payments/states.ts';
import type { Town } from './town.ts';

/** Longer than records are kept. */
const closedForMs = 14 * 31 * 86_400_000;
/** Time enough for a retention to begin, and to end. */
const openAgainMs = 3_600_000;

export const yearGoesBy = async (town: Town): Promise<void> => {
  if (town.agent === undefined) return;
  const { transactions } = town.agent.shop.ledger;
  for (const { order, payment } of transactions.list({ limit: 1_000 })) {
    if (isFinal(payment)) town.till.old.add(order.transactionId);
  }
  town.kill('power');
  town.clock.jumpWall(closedForMs);
  await town.start();
  await town.pass(openAgainMs);
};
