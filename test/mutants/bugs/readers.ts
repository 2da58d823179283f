/** Bugs a driver could have with bytes that mean nothing, and with cards nobody waits for. */
import type { Bug } from '../bug.ts';

const tests = ['test/unit/drivers/any-bytes.test.ts'];

export const readerBugs: readonly Bug[] = [
  {
    name: 'half a frame is waited for for ever',
    edits: [
      {
        file: 'drivers/frames/hunting.ts',
        find: `stalled: () => [...hunt(true), ...discarded()],`,
        put: `stalled: () => [],`,
      },
    ],
    caughtBy: { tests },
  },
  {
    name: 'a broken frame spoils those behind it',
    edits: [
      {
        file: 'drivers/frames/slip.ts',
        find: `    this.#isEscaped = false;\n    this.#isBroken = false;\n    return token;`,
        put: `    this.#isEscaped = false;\n    return token;`,
      },
    ],
    caughtBy: { tests },
  },
  {
    name: 'a line that is too long spoils those behind it',
    edits: [
      {
        file: 'drivers/frames/bounded-lines.ts',
        find: `    droppedCount = 0;\n    return token;`,
        put: `    return token;`,
      },
    ],
    caughtBy: { tests },
  },
  {
    name: 'a card that was asked for in one sale is taken in the next',
    edits: [
      {
        file: 'drivers/protocols/magtek-intellistripe-ascii/exchange.ts',
        find: `armed && (!asked || (queue[0] === 'tracks' && !queue.includes('make ready')));`,
        put: `armed && (!asked || queue.length >= 0);`,
      },
    ],
    caughtBy: { tests: ['test/unit/drivers/magtek-intellistripe.test.ts'] },
  },
];
