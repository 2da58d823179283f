/** Bugs of retention: something goes that must not, or without a trace. */
import type { Bug } from '../bug.ts';

export const retentionBugs: readonly Bug[] = [
  {
    name: 'a record the portal has not acknowledged is pruned',
    edits: [
      {
        file: 'agent/ledger/stay.ts',
        find: `    return this.#isTold(place) ? undefined : 'not acknowledged';`,
        put: `    return undefined;`,
      },
    ],
    caughtBy: { tests: ['test/unit/ledger/pruning.test.ts'] },
  },
  {
    name: 'a key is forgotten with its transaction',
    edits: [
      {
        file: 'agent/ledger/idempotency.ts',
        find: `      note.run(application, keyHash);\n      remove.run`,
        put: `      remove.run`,
      },
    ],
    caughtBy: { tests: ['test/unit/ledger/pruning.test.ts'] },
  },
  {
    name: 'records are pruned by a clock nobody vouches for',
    edits: [
      {
        file: 'agent/ledger/retention.ts',
        find: `isQuiet() && ledger.clock.trust() === 'trusted' && `,
        put: `isQuiet() && `,
      },
    ],
    caughtBy: { tests: ['test/unit/ledger/retention.test.ts'] },
  },
  {
    name: 'the record of an erasure goes whatever stands beside it',
    edits: [
      {
        file: 'agent/ledger/sealed.ts',
        find: `isAside: (digest) => beside.get({ digest }) === undefined,`,
        put: `isAside: (digest) => digest !== '',`,
      },
    ],
    caughtBy: { tests: ['test/unit/ledger/erasure-records.test.ts'] },
  },
];
