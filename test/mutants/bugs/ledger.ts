/** Bugs the ledger could have: in what it writes, counts, chains and forgets. */
import type { Bug } from '../bug.ts';

const inLedger = 'agent/ledger/ledger.ts';

export const ledgerBugs: readonly Bug[] = [
  {
    name: 'the flush is skipped',
    edits: [
      {
        file: 'agent/ledger/sqlite.ts',
        find: `'synchronous = FULL'`,
        put: `'synchronous = OFF'`,
      },
    ],
    caughtBy: { tests: ['test/unit/ledger/sqlite.test.ts'] },
  },
  {
    name: 'a rolled-back commit leaves its sequence number used',
    edits: [{ file: inLedger, find: `      tables.upLog.forget();\n`, put: '' }],
    caughtBy: { tests: ['test/unit/ledger/commit.test.ts'] },
  },
  {
    name: 'a sequence number is used again in a new epoch',
    edits: [
      {
        file: 'agent/ledger/up-log.ts',
        find: `      meta.set('acknowledged', 0);\n      head = headOf(epoch);`,
        put: `      meta.set('acknowledged', 0);\n      head = { ...headOf(epoch), seq: current().seq };`,
      },
    ],
    caughtBy: { seeds: 100 },
  },
  {
    name: 'the totals are never taken back',
    edits: [
      {
        file: inLedger,
        find: `  if (was > 0) books.exposure.remove({ value: was, currency });\n`,
        put: '',
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'a key is not written down',
    edits: [
      {
        file: inLedger,
        find: `      tables.idempotency.insert(request, order.transactionId);\n`,
        put: '',
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'a new epoch restates nothing',
    edits: [
      {
        file: 'agent/ledger/epoch.ts',
        find: `    for (const fact of [...restated, ...besides]) ledger.append(fact);`,
        put: `    for (const fact of besides) ledger.append(fact);`,
      },
    ],
    caughtBy: { seeds: 200 },
  },
  {
    name: 'a clock that jumps reopens the offline window',
    edits: [
      {
        file: 'agent/ledger/elapsed.ts',
        find: `const now = () => saved + Math.max(0, clock.monotonicMs() - savedAt);`,
        put: `const now = () => clock.wallMs();`,
      },
    ],
    caughtBy: { tests: ['test/unit/ledger/time.test.ts'] },
  },
];
