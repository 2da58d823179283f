/**
 * A plan: what a seed decides before anything happens. First which faults exist at all, then how bad each
 * is, and with which settings the shop runs; with every fault at once no world gets far enough to break.
 */
import type { SeededDice } from '../../simulator/world/dice.ts';

/** Everything that may be wrong with a world. */
export const worldFaults = [
  'line is cut',
  'messages are lost',
  'messages come twice',
  'topics overtake',
  'portal misbehaves',
  'portal restarts',
  'portal is restored',
  'answers stay out',
  'process is killed',
  'power is cut at a commit',
  'power flickers',
  'agent is stopped in order',
  'disk fills up',
  'reader is pulled',
  'cards are read badly',
  'clock jumps',
  'ledger is restored',
  'machine dies for good',
] as const;
/** What is drawn apart, so that a seed without it plays the day it always played. */
const rareFaults = [
  'a year goes by',
  'clock forgets',
  'clock may not be set',
  'keys are rotated',
  'device is disabled',
  'settings are pushed',
] as const;
export type WorldFault = (typeof worldFaults)[number] | (typeof rareFaults)[number];

export interface Plan {
  readonly faults: ReadonlySet<WorldFault>;
  readonly latencyMsMax: number;
  readonly loses: number;
  readonly repeats: number;
  readonly driftPpm: number;
  readonly readers: number;
  /** The longest time between two things that happen, ms. */
  readonly pauseMsMax: number;
  /** Offline settings beside the roomy ones; each closes another gate. */
  readonly offline: Readonly<Record<string, unknown>>;
  readonly answerWithinMs: number;
  /** Days until an authorization nobody captured is given back. */
  readonly expiryDays: number;
  /** Whether a cashier has to ask for the ZIP code. */
  readonly asksForZip?: boolean;
  /** So many of them take chips. */
  readonly chipReaders?: number;
  /** When batches are closed; by nothing of themselves unless it is said. */
  readonly batch?: Readonly<Record<string, unknown>>;
}

/** One of these for a seed: nothing in the way, or one gate that closes early. */
const offlineSettings: readonly Readonly<Record<string, unknown>>[] = [
  {},
  {},
  { afterUnknown: true },
  { enabled: false },
  { countLimit: 2 },
  { amountLimit: { default: '50.00' } },
  { brandAmountLimit: { visa: { default: '10.00' } } },
  { totalLimit: { default: '30.00' } },
  { cardVelocity: 1 },
  { entryModes: ['chip'] },
  { excludedBins: ['4111'] },
  { duplicateWindowSeconds: 300 },
  { duplicateWindowSeconds: 3_600 },
  { duplicateWindowSeconds: 3_600, cardVelocity: 99 },
  { windowHours: 1 },
  { staleAfterDays: 1 },
  { unreferencedRefunds: true },
];

/** One of these for a seed: how its batches are closed. */
const batchSettings: readonly Readonly<Record<string, unknown>>[] = [
  {},
  { closeAtCount: 2 },
  { closeAtCount: 5, closeWithinMs: 0 },
  { closeAtAmount: { default: '30.00' }, closeWithinMs: 5_000 },
  { closeAt: '12:00' },
  { closeAt: '02:30', closeAtCount: 4 },
];

/** Draws the plan of a seed. */
export const planOf = (dice: SeededDice): Plan => {
  const faults = new Set<WorldFault>(worldFaults.filter(() => dice.fraction() < 0.35));
  for (const fault of rareFaults) if (dice.fork(fault).fraction() < 0.2) faults.add(fault);
  // What neither side remembers any more nobody can hold against a repeated key: one restore a day.
  if (faults.has('ledger is restored')) faults.delete('portal is restored');
  if (faults.has('machine dies for good') && dice.fraction() < 0.7)
    faults.delete('machine dies for good');
  return {
    faults,
    latencyMsMax: [1, 50, 800][dice.below(3)] ?? 1,
    loses: faults.has('messages are lost') ? 0.02 + dice.fraction() * 0.2 : 0,
    repeats: faults.has('messages come twice') ? 0.05 + dice.fraction() * 0.3 : 0,
    driftPpm: dice.below(401) - 200,
    readers: 1 + dice.below(3),
    pauseMsMax: [20_000, 20_000, 600_000, 21_600_000][dice.below(4)] ?? 20_000,
    offline: offlineSettings[dice.below(offlineSettings.length)] ?? {},
    answerWithinMs: [5_000, 45_000][dice.below(2)] ?? 45_000,
    expiryDays: 1 + dice.below(7),
    chipReaders: dice.fork('chips').below(3),
    asksForZip: dice.fork('ZIP code').below(10) === 0,
    batch: batchSettings[dice.fork('batch').below(batchSettings.length)] ?? {},
  };
};
