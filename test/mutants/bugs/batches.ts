/** Bugs batches could have: totals that change, sales in two batches or in none, closes that come twice. */
import type { Bug } from '../bug.ts';

const inMachine = 'agent/batches/batch.ts';
const inClerk = 'agent/batches/closing.ts';
const closes = ['test/unit/batches/closing.test.ts'];

export const batchBugs: readonly Bug[] = [
  {
    name: 'a batch that is closing takes new sales',
    edits: [
      {
        file: 'agent/ledger/batches.ts',
        find: `if (state === 'open') return { name, number };`,
        put: `if (state !== 'closed') return { name, number };`,
      },
    ],
    caughtBy: { tests: closes },
  },
  {
    name: 'a batch is closed while one of its sales is under way',
    edits: [
      { file: inMachine, find: `heard.underWay > 0 || `, put: '' },
      {
        file: inMachine,
        find: `  if (entries.some(({ state }) => standingOf(state) === 'under way')) return undefined;\n`,
        put: '',
      },
    ],
    caughtBy: { tests: closes },
  },
  {
    name: 'what is carried stays where it was',
    edits: [
      {
        file: 'agent/batches/steps.ts',
        find: `    ledger.holdings.carry(effect.transactionIds, effect.to);\n`,
        put: '',
      },
    ],
    caughtBy: { tests: closes },
  },
  {
    name: 'what is carried fills the next batch at once',
    edits: [
      {
        file: 'agent/batches/fullness.ts',
        find: `sum + each.approved.count + each.pending.count`,
        put: `sum + each.approved.count + each.pending.count + each.carried.count`,
      },
    ],
    caughtBy: { tests: ['test/unit/batches/totals.test.ts'] },
  },
  {
    name: 'another settlement takes the place of the first',
    edits: [
      {
        file: inMachine,
        find: `      return onceSettled(now, heard);`,
        put: `      return heard.is === 'settlement' ? settled(now.closed, heard.settlement) : undefined;`,
      },
      { file: inMachine, find: `const onceSettled = (`, put: `export const onceSettled = (` },
    ],
    caughtBy: { tests: ['test/unit/batches/settlement.test.ts'] },
  },
  {
    name: 'a close that was asked for is forgotten by a power cut',
    edits: [
      {
        file: inClerk,
        find: `    this.look();\n    this.#keepSchedule();\n  }\n\n  close(`,
        put: `    this.#keepSchedule();\n  }\n\n  close(`,
      },
    ],
    caughtBy: { tests: closes },
  },
  {
    name: 'a clock that is set back closes once more for the same date',
    edits: [
      {
        file: inClerk,
        find: `openedAt < atMs && !ledger.batches.wasScheduled(kept.batch.name, date)`,
        put: `openedAt < atMs`,
      },
    ],
    caughtBy: { tests: ['test/unit/batches/daily-close.test.ts'] },
  },
];
