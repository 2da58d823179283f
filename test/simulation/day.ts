/**
 * A day in the town: what a seed lets happen, step by step, and then an evening in which everything heals.
 */
import { isFinal, outcomeOf } from '../../agent/payments/payment.ts';
import { faultNames, type FaultName } from '../../simulator/portal/faults.ts';
import { Town, type TownPlan } from './town.ts';
import { seededDice, type SeededDice } from '../../simulator/world/dice.ts';
import { findingsOf, type Answers } from './invariants.ts';

export interface DayResult {
  readonly findings: readonly string[];
  readonly story: readonly string[];
  readonly reached: ReadonlyMap<string, number>;
  readonly sales: number;
}

const steps = 40;
const eveningMs = 4 * 3_600_000;

/** Faults that may be armed in the day; the others stop the portal from ever being understood. */
const mayHappen: readonly FaultName[] = faultNames.filter((name) => name !== 'hold_decisions');

/** The shape of the world: which faults exist at all is drawn before anything happens. */
const planOf = (dice: SeededDice): TownPlan => ({
  loses: dice.fraction() < 0.5 ? 0 : dice.fraction() * 0.2,
  repeats: dice.fraction() < 0.5 ? 0 : dice.fraction() * 0.3,
  latencyMsMax: [1, 50, 800][dice.below(3)] ?? 1,
  afterUnknown: dice.fraction() < 0.3,
  countLimit: dice.fraction() < 0.3 ? 2 : 100,
});

/** Plays the day of a seed and says what was found wrong at its end. */
export const playDay = async (seed: number): Promise<DayResult> => {
  const town = new Town(seed, planOf(seededDice(seed).fork('plan')));
  const dice = town.dice.fork('day');
  const answers: Answers = new Map();
  const keys: string[] = [];
  town.startPortal();
  await town.startAgent();
  town.clock.advance(5_000);
  for (let step = 0; step < steps; step += 1) {
    await takeStep(town, dice, keys);
    town.clock.advance(dice.below(20_000));
    lookAtAnswers(town, answers);
  }
  await evening(town);
  lookAtAnswers(town, answers);
  return {
    findings: findingsOf(town, answers),
    story: town.story,
    reached: town.reached,
    sales: answers.size,
  };
};

const amounts = [12_00, 99_00, 5_05, 20_51, 7_91, 33_94, 8_00, 150_00, 1_00];

const takeStep = async (town: Town, dice: SeededDice, keys: string[]): Promise<void> => {
  const chance = dice.below(100);
  if (chance < 50) sell(town, dice, keys);
  else if (chance < 60) change(town, 'the line is cut', () => town.broker.cut('till'));
  else if (chance < 72) change(town, 'the line is mended', () => town.broker.mend('till'));
  else if (chance < 80) arm(town, dice);
  else if (chance < 84) change(town, 'the reader is pulled', () => town.wire.unplug());
  else if (chance < 90) change(town, 'the reader is plugged in', () => town.wire.replug());
  else if (chance < 92) change(town, 'the portal restarts', () => town.restartPortal());
  else await crash(town, dice);
};

const change = (town: Town, what: string, happen: () => void): void => {
  town.tell(`── ${what}`);
  happen();
};

const sell = (town: Town, dice: SeededDice, keys: string[]): void => {
  const repeated = dice.fraction() < 0.2 ? keys[dice.below(Math.max(1, keys.length))] : undefined;
  const key = repeated ?? `sale-${keys.length}`;
  const place = repeated === undefined ? keys.length : keys.indexOf(repeated);
  const value = amounts[place % amounts.length] ?? 1_00;
  const begun = town.agent.shop.cashier.begin(
    { type: 'sale', amount: { value, currency: 'USD' } },
    'pos',
    key,
  );
  town.tell(
    `── POS asks for ${value} under ${key}: ${begun.is} ${begun.is === 'refused' ? begun.code : ''}`,
  );
  if (begun.is !== 'refused' && repeated === undefined) keys.push(key);
  if (begun.is === 'begun' && dice.fraction() < 0.1) {
    town.clock.advance(dice.below(2_000));
    town.agent.shop.cashier.cancel(begun.transaction.order.transactionId);
  }
};

const arm = (town: Town, dice: SeededDice): void => {
  const name = mayHappen[dice.below(mayHappen.length)] ?? 'drop_response';
  town.tell(`── portal fault: ${name}`);
  town.portal.faults.arm(name, { count: 1 + dice.below(3), ms: dice.below(60_000) });
};

const crash = async (town: Town, dice: SeededDice): Promise<void> => {
  const kind = dice.fraction() < 0.5 ? 'process' : 'power';
  town.tell(`── the agent is killed (${kind})`);
  town.killAgent(kind);
  town.clock.advance(dice.below(10_000));
  await town.startAgent();
};

const evening = async (town: Town): Promise<void> => {
  town.tell('── evening: everything heals');
  town.portal.faults.clear();
  town.broker.mend('till');
  town.wire.replug();
  town.clock.advance(eveningMs);
  await Promise.resolve();
};

const lookAtAnswers = (town: Town, answers: Answers): void => {
  if (!town.isAgentUp) return;
  for (const { order, payment } of town.agent.shop.ledger.transactions.list({ limit: 1_000 })) {
    const outcome = outcomeOf(payment);
    if (outcome === undefined || answers.get(order.transactionId)?.final === true) continue;
    answers.set(order.transactionId, { outcome, final: isFinal(payment) });
  }
};
