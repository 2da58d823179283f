/**
 * An untimely death: what waits for somebody's word, or for the portal's, is rare, and so is a death. Here
 * they meet, in days that have deaths at all; the dice are a pair of their own, so that all other days stay
 * as they were.
 */
import type { Payment } from '../../agent/payments/states.ts';
import type { SeededDice } from '../../simulator/world/dice.ts';
import type { Town } from './town.ts';

const waiting: readonly Payment['is'][] = [
  ...(['challenged', 'partially_approved', 'advised', 'void_pending', 'held'] as const),
];

const deadlyOneIn = 2;

/** Now and then the agent dies while something waits, and starts again. */
export const dieUntimely = async (town: Town, dice: SeededDice): Promise<void> => {
  const { plan, agent, story } = town;
  const isMortal = plan.faults.has('process is killed') || plan.faults.has('power flickers');
  if (!isMortal || agent === undefined) return;
  const open = agent.shop.ledger.transactions.open();
  if (!open.some(({ payment }) => waiting.includes(payment.is))) return;
  if (dice.below(deadlyOneIn) > 0) return;
  story.tell('── the process is killed while something waits');
  town.kill('process');
  await town.start();
};
