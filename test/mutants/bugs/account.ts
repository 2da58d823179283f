/** Bugs an account could have: what is taken, given back and tipped of an original, and how often. */
import type { Bug } from '../bug.ts';

const inAccount = 'agent/payments/account.ts';
const ofAccounts = { tests: ['test/unit/payments/account.test.ts'] };
const ofChanges = { tests: ['test/unit/payments/account-changes.test.ts'] };

export const accountBugs: readonly Bug[] = [
  {
    name: 'a refund that waits for the host may be given once more',
    edits: [
      {
        file: inAccount,
        find: `!isFinal(payment) || payment.is === 'approved';`,
        put: `payment.is === 'approved';`,
      },
    ],
    caughtBy: ofAccounts,
  },
  {
    name: 'what was given back before may be given back again',
    edits: [
      {
        file: inAccount,
        find: `const left = Math.max(0, value - givenBackOf(original));`,
        put: `const left = value;`,
      },
    ],
    caughtBy: ofAccounts,
  },
  {
    name: 'what the portal gave back is not counted',
    edits: [
      {
        file: inAccount,
        find: `sum + valueOf(each), atPortal);`,
        put: `sum + valueOf(each), 0 * atPortal);`,
      },
    ],
    caughtBy: ofAccounts,
  },
  {
    name: 'an authorization is captured twice',
    edits: [
      {
        file: inAccount,
        find: `  if (alive(original, 'capture').length > 0) {`,
        put: `  if (alive(original, 'capture').length > 1) {`,
      },
    ],
    caughtBy: ofChanges,
  },
  {
    name: 'a capture takes more than its tolerance',
    edits: [
      {
        file: inAccount,
        find: `if (amount.value === 0 || amount.value > most) {`,
        put: `if (amount.value === 0 || amount.value > most + 1) {`,
      },
    ],
    caughtBy: ofChanges,
  },
  {
    name: 'a second tip comes on top of the first',
    edits: [
      {
        file: inAccount,
        find: `now.value - now.tip + tip;`,
        put: `now.value + tip;`,
      },
    ],
    caughtBy: ofChanges,
  },
  {
    name: 'a tip becomes more of what was sold',
    edits: [
      {
        file: inAccount,
        find: `stands.value - stands.tip - surcharge;`,
        put: `stands.value - surcharge;`,
      },
    ],
    caughtBy: ofChanges,
  },
];
