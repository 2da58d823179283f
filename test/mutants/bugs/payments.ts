/** Bugs a payment could have: in its machine, at its counter, at the cashier's desk. */
import type { Bug } from '../bug.ts';

const inPayment = 'agent/payments/payment.ts';
const inAsking = 'agent/payments/asking.ts';
const inStates = 'agent/payments/states.ts';
const inAfterwards = 'agent/payments/afterwards.ts';
const inCounter = 'agent/payments/counter.ts';
const inSession = 'agent/readers/session.ts';

/** A step is told and acted on before it is written. */
const writing = `    const written = pen.write(() => {
      ledger.take(this.order, before, step, this.#sealed);
      return true;
    });`;

const telling = `    tell({ is: 'payment', order: this.order, payment: step.then, heard: heard.is });`;

export const paymentBugs: readonly Bug[] = [
  {
    name: 'the POS is answered before the commit',
    edits: [
      {
        file: inCounter,
        find: writing,
        put: `${telling}\n${writing}`,
      },
    ],
    caughtBy: { seeds: 400 },
  },
  {
    name: 'the host is asked before the attempt is written',
    edits: [
      {
        file: inCounter,
        find: writing,
        put: `    this.#payment = step.then;\n    this.#act(step);\n${writing}`,
      },
      { file: inCounter, find: `    this.#act(step);\n    host.wake();`, put: '    host.wake();' },
    ],
    caughtBy: { seeds: 400 },
  },
  {
    name: 'the reversal is forgotten',
    edits: [
      {
        file: inAsking,
        find: `card, reason }, facts: [reversal], do: [] };`,
        put: `card, reason }, facts: [], do: [] };`,
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'the reversal stands behind the stored sale',
    edits: [
      {
        file: inAsking,
        find: `facts: [reversal, ...step.facts]`,
        put: `facts: [...step.facts, reversal]`,
      },
    ],
    caughtBy: { seeds: 200 },
  },
  {
    name: 'no answer is taken for never sent',
    edits: [
      {
        file: inCounter,
        find: `this.#advance({ is: 'no answer', reason: reply.reason, route });`,
        put: `this.#advance({ is: 'not sent', route });`,
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'unknown is reported as declined',
    edits: [
      {
        file: inStates,
        find: `unknown: { outcome: 'unknown', final: false },`,
        put: `unknown: { outcome: 'declined', final: false },`,
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'a late answer revives a sale',
    edits: [
      {
        file: inAfterwards,
        find: `    case 'answered':
      return late(now, heard.answer);`,
        put: `    case 'answered':
      return stepTo({ is: 'approved', card: now.card, ...answeredOf(heard.answer) });`,
      },
    ],
    caughtBy: { seeds: 300 },
  },
  {
    name: 'a sale that was sent can still be cancelled',
    edits: [
      {
        file: inAsking,
        find: `    case 'refused':
      return heard.attemptId === attemptId`,
        put: `    case 'given up':
      return givenUp(order, heard.reason);
    case 'refused':
      return heard.attemptId === attemptId`,
      },
    ],
    caughtBy: { seeds: 100 },
  },
  {
    name: 'a decided sale stays in the totals',
    edits: [
      {
        file: inStates,
        find: `    case 'unknown':
      return !isUnwanted(payment);`,
        put: `    case 'approved':
      return true;
    case 'unknown':
      return !isUnwanted(payment);`,
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'sealed data is erased before the decision',
    edits: [
      {
        file: inAsking,
        find: `facts: [storedFact(order, then, sealed)], do: [] };`,
        put: `facts: [storedFact(order, then, sealed)], do: [{ is: 'erase sealed' }] };`,
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'sealed data outlives the decision',
    edits: [
      {
        file: 'agent/payments/forwarding.ts',
        find: `return stepTo({ is, card, ...answeredOf(answer) }, { is: 'erase sealed' });`,
        put: `return stepTo({ is, card, ...answeredOf(answer) });`,
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'an attempt under way is left open by a restart',
    edits: [
      {
        file: inPayment,
        find: `    case 'sent':
      return {
        is: 'no answer',
        reason: 'interrupted',
        route: { to: 'nobody', refusal: 'interrupted' },
      };`,
        put: `    case 'sent':
      return undefined;`,
      },
    ],
    caughtBy: { seeds: 100 },
  },
  {
    name: 'an attempt under way is taken for never sent after a restart',
    edits: [
      {
        file: inPayment,
        find: `        is: 'no answer',
        reason: 'interrupted',
        route: { to: 'nobody', refusal: 'interrupted' },`,
        put: `        is: 'not sent',
        route: { to: 'nobody', refusal: 'interrupted' },`,
      },
    ],
    caughtBy: { seeds: 100 },
  },
  {
    name: 'a key is not looked up',
    edits: [
      {
        file: 'agent/payments/cashier.ts',
        find: `ledger.idempotency.find(application, named.keyHash);`,
        put: `ledger.idempotency.find('', named.keyHash);`,
      },
    ],
    caughtBy: { seeds: 50 },
  },
  {
    name: 'a reader serves two sales at a time',
    edits: [
      {
        file: inSession,
        find: `return now.is === 'ready' ? { is: 'busy',`,
        put: `return now.is === 'ready' || now.is === 'busy' ? { is: 'busy',`,
      },
      {
        file: 'agent/payments/cashier.ts',
        find: `if (states.some(({ is }) => is === 'ready')) return undefined;`,
        put: `if (states.some(({ is }) => is === 'ready' || is === 'busy')) return undefined;`,
      },
      {
        file: 'agent/payments/cashier.ts',
        find: `const ready = posts.filter((post) => post.state().is === 'ready');`,
        put: `const ready = posts.filter((post) => ['ready', 'busy'].includes(post.state().is));`,
      },
    ],
    caughtBy: { tests: ['test/unit/payments/cashier.test.ts'] },
  },
  {
    name: 'catching up after storage trouble ends what is under way',
    edits: [
      {
        file: 'agent/payments/recovery.ts',
        find: `      if (isRunning(order.transactionId)) continue;\n`,
        put: '',
      },
    ],
    caughtBy: { tests: ['test/unit/payments/storage.test.ts'] },
  },
  {
    name: 'an approval that stands is not taken in',
    edits: [
      {
        file: inAfterwards,
        find: `  answer.result === 'approved'
    ? stepTo({`,
        put: `  answer.attemptId === ''
    ? stepTo({`,
      },
    ],
    caughtBy: { tests: ['test/unit/payments/payment.test.ts'] },
  },
  {
    name: 'an offline limit is exclusive',
    edits: [
      {
        file: 'agent/payments/gates.ts',
        find: `countedTotal + amount.value <= limitIn(`,
        put: `countedTotal + amount.value < limitIn(`,
      },
    ],
    caughtBy: { tests: ['test/unit/payments/gates.test.ts'] },
  },
];
