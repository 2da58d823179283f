/**
 * A day in the town: what a seed lets happen, step by step, and then an evening in which everything heals.
 * What has to hold is looked at after every step.
 */
import type { DurabilityPoint, FatalPoint } from '../../agent/durability.ts';
import { seededDice } from '../../simulator/world/dice.ts';
import { ask, draw, releaseAll } from './chances.ts';
import { bury } from './dead-machine.ts';
import { findingsAtEnd, findingsNow } from './invariants.ts';
import { planOf, type Plan } from './plan.ts';
import { ofSettings, pushSound } from './pushes.ts';
import { Town } from './town.ts';
import { dieUntimely } from './untimely.ts';

export interface DayResult {
  readonly findings: readonly string[];
  readonly story: readonly string[];
  readonly reached: ReadonlyMap<string, number>;
  readonly sales: number;
  /** Commit boundaries passed by the agent, in all its lives. */
  readonly boundaries: number;
  /** How often it passed each durability point. */
  readonly passed: ReadonlyMap<DurabilityPoint, number>;
}

export interface DayOptions {
  readonly plan?: Plan;
  /** Fails the power at this boundary of the day, counted from 1. */
  readonly cutAt?: number;
  /** Fails the power at this point of the day. */
  readonly fatal?: FatalPoint;
  /** Things that happen before the evening. */
  readonly steps?: number;
}

const stepsOfADay = 40;
const eveningStepMs = 1_800_000;
const eveningStepsMost = 24;

/** Plays the day of a seed and says what was found wrong in it; it ends at the first step that goes wrong. */
export const playDay = async (seed: number, options: DayOptions = {}): Promise<DayResult> => {
  const town = new Town(seed, options.plan ?? planOf(seededDice(seed).fork('plan')), options.fatal);
  const dice = town.dice.fork('day');
  const untimely = town.dice.fork('untimely');
  town.story.tell(`exists: ${[...town.plan.faults].join(', ')}`);
  if (options.cutAt !== undefined) town.disk.cutAfter(options.cutAt);
  town.startPortal();
  await town.start();
  await town.pass(5_000);
  let findings = look(town);
  const steps = options.steps ?? stepsOfADay;
  for (let step = 0; step < steps && findings.length === 0; step += 1) {
    if (town.agent === undefined) await town.start();
    const { name, of, happens } = draw(town, dice);
    if (of !== undefined) town.story.fault(name);
    await happens(town, dice);
    await town.pass(dice.below(town.plan.pauseMsMax));
    await dieUntimely(town, untimely);
    findings = look(town);
  }
  if (findings.length === 0) {
    findings = town.plan.faults.has('machine dies for good') ? await bury(town) : [];
    if (town.agent !== undefined) {
      await evening(town);
      findings = [...look(town), ...findingsAtEnd(town)];
      noteReversals(town);
    }
  }
  return {
    findings,
    story: town.story.lines,
    reached: town.story.reached,
    sales: town.till.notes.size,
    boundaries: town.disk.boundaries,
    passed: town.fuse.passed,
  };
};

const look = (town: Town): string[] => {
  for (const fault of town.agent?.shop.faults() ?? []) town.story.refused(fault);
  // What a follow-up makes of its original is told of the follow-up only.
  for (const { payment } of town.agent?.shop.ledger.transactions.open() ?? []) {
    if (payment.is === 'void_pending') town.story.reach('state: void_pending');
  }
  return [...town.wrong, ...findingsNow(town)];
};

/** Why something was reversed in the day, as its facts say. */
const noteReversals = ({ disk, story }: Town): void => {
  const reasons = disk.database
    .prepare("SELECT DISTINCT body ->> '$.reason' FROM up_log WHERE type = 'reversal'")
    .pluck()
    .all();
  for (const reason of reasons) story.reach(`reversal: ${String(reason)}`);
};

const evening = async (town: Town): Promise<void> => {
  town.story.tell('── evening: everything heals');
  town.portal.faults.clear();
  town.broker.mend('till');
  town.disk.clear();
  town.machine.setWall();
  for (const wire of town.wires.values()) wire.replug();
  if (town.plan.faults.has('device is disabled')) letSellAgain(town);
  if (town.plan.faults.has('settings are pushed')) pushSound(town);
  if (town.agent === undefined) await town.start();
  await settle(town);
  // A till that was never answered asks until it is.
  for (const note of town.till.notes.values()) {
    const known = note.transactionIds.at(-1) ?? '';
    if (known !== '' || note.refused !== undefined) continue;
    await ask(town, note);
    await town.pass(120_000);
  }
  await settle(town);
};

// A device that sold nothing has nothing to tell, so only another session shows it a portal that forgot.
const letSellAgain = (town: Town): void => {
  town.setStatus('Active');
  town.broker.drop('till');
};

const settle = async (town: Town): Promise<void> => {
  for (let step = 0; step < eveningStepsMost && (step === 0 || !isSettled(town)); step += 1) {
    town.openEpoch();
    await releaseAll(town);
    await town.pass(eveningStepMs);
  }
};

const isSettled = (town: Town): boolean => {
  const { agent, portal } = town;
  if (agent === undefined || ofSettings(town, true).length > 0) return false;
  const { upLog, transactions } = agent.shop.ledger;
  const isTold = portal
    .devices()
    .every((device) => device.undecidedCount === 0 && device.upHash === upLog.head().hash);
  const { batches } = agent.shop.ledger;
  const isSettled = batches
    .list({ limit: 100 })
    .every(({ state }) => ['open', 'settled'].includes(state.is));
  return isTold && isSettled && transactions.open().length === 0;
};
