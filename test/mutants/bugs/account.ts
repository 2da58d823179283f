/** Bugs the account of an original could have: in what may be captured, given back, adjusted or undone. */
import type { Bug } from '../bug.ts';

const inAccount = 'agent/payments/account.ts';
const account = 'test/unit/payments/account.test.ts';
const accountChanges = 'test/unit/payments/account-changes.test.ts';
const atRisk = 'test/unit/payments/at-risk.test.ts';

export const accountBugs: readonly Bug[] = [
  {
    name: 'a refund that waits leaves as much to refund as there was',
    edits: [
      {
        file: inAccount,
        find: `: Entered): boolean => !isFinal(payment) || payment.is === 'approved';`,
        put: `: Entered): boolean => payment.is === 'approved';`,
      },
    ],
    caughtBy: { tests: [account] },
  },
  {
    name: 'what was given back at the portal may be given back again',
    edits: [
      {
        file: inAccount,
        find: `reduce((sum, each) => sum + valueOf(each), atPortal);`,
        put: `reduce((sum, each) => sum + valueOf(each), Math.min(atPortal, 0));`,
      },
    ],
    caughtBy: { tests: [account] },
  },
  {
    name: 'a refund of one minor unit too many passes',
    edits: [
      {
        file: inAccount,
        find: `if (amount.value === 0 || amount.value > left) {`,
        put: `if (amount.value === 0 || amount.value > left + 1) {`,
      },
    ],
    caughtBy: { tests: [account] },
  },
  {
    name: 'a hold is captured twice',
    edits: [
      {
        file: inAccount,
        find: `  if (alive(original, 'capture').length > 0) {\n    return refused`,
        put: `  if (alive(original, 'capture').length > 1) {\n    return refused`,
      },
    ],
    caughtBy: { tests: [accountChanges] },
  },
  {
    name: 'a capture takes more than the tolerance',
    edits: [
      {
        file: inAccount,
        find: `withPercent(held, settings['authorization.captureTolerancePercent']);`,
        put: `withPercent(held, settings['authorization.captureTolerancePercent'] + 1);`,
      },
    ],
    caughtBy: { tests: [accountChanges] },
  },
  {
    name: 'a tip is measured by a capture that holds it already',
    edits: [
      {
        file: inAccount,
        find: `percentOf(amount.value - tip, settings['tip.limitPercent'])`,
        put: `percentOf(amount.value, settings['tip.limitPercent'])`,
      },
    ],
    caughtBy: { tests: [accountChanges] },
  },
  {
    name: 'a second tip is added to the first',
    edits: [
      {
        file: inAccount,
        find: `const total = wish.amount?.value ?? now.value - now.tip + tip;`,
        put: `const total = wish.amount?.value ?? now.value + tip;`,
      },
    ],
    caughtBy: { tests: [accountChanges] },
  },
  {
    name: 'a tip that waits is not at risk',
    edits: [
      {
        file: inAccount,
        find: `    increase: Math.max(0, total - now.value),`,
        put: `    increase: Math.max(0, total - now.value - tip),`,
      },
    ],
    caughtBy: { tests: [atRisk] },
  },
];
