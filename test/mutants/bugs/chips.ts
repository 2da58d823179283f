/** Bugs a payment with a chip could have. */
import type { Bug } from '../bug.ts';

const tests = ['test/unit/payments/chip.test.ts'];

export const chipBugs: readonly Bug[] = [
  {
    name: 'a chip that refuses after its host approved is forgotten',
    edits: [
      {
        file: 'agent/payments/chip.ts',
        find: `facts: [reversalFact(order, attemptId, reason)], do: [release]`,
        put: `facts: [], do: [release]`,
      },
    ],
    caughtBy: { tests },
  },
  {
    name: 'what a card approved itself counts as the shop’s risk',
    edits: [
      {
        file: 'agent/payments/states.ts',
        find: `    case 'void_pending':\n      return !isApprovedByCard(payment);`,
        put: `    case 'void_pending':\n      return true;`,
      },
    ],
    caughtBy: { tests },
  },
  {
    name: 'the host is asked for a card that refused',
    edits: [
      {
        file: 'agent/payments/asking.ts',
        find: `card.chip?.cryptogramType === 'AAC'`,
        put: `card.chip?.cryptogramType === 'TC'`,
      },
    ],
    caughtBy: { tests },
  },
  {
    name: 'a stripe is taken although the chip was never tried',
    edits: [
      {
        file: 'agent/payments/hand.ts',
        find: `return allowed && this.#chipFailures >= afterTries;`,
        put: `return allowed || this.#chipFailures >= afterTries;`,
      },
    ],
    caughtBy: { tests },
  },
  {
    name: 'a chip is forgotten whose card was pulled while the host was asked',
    edits: [
      {
        file: 'agent/payments/hand.ts',
        find: `if (event.verdict === 'card_removed') this.#early = event.verdict;`,
        put: ``,
      },
    ],
    caughtBy: { tests },
  },
];
