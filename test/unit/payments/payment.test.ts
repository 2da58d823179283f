/** The payment machine: every state with everything that can be heard in it. */
import { describe, expect, test } from 'vitest';
import { check, facts, type Fact } from '../../../contract/index.ts';
import { afterPowerCut, next } from '../../../agent/payments/payment.ts';
import {
  givenUpReasons,
  isCounted,
  isFinal,
  outcomeOf,
  type Payment,
} from '../../../agent/payments/states.ts';
import type { Happening, Step } from '../../../agent/payments/step.ts';
import { answerTo, idOf, orderOf, sealedCard, sealedRef, visa } from '../../fixtures/payments.ts';

const order = orderOf(1);
const { transactionId } = order;
const [first, second, other] = [idOf('att', 1), idOf('att', 2), idOf('att', 9)];
const card = visa;
const sealed = sealedRef(sealedCard(1));
const answered = { responseCode: '00', approvalCode: 'A1B2C3' };

/** One state of each kind, and of each kind within a kind that behaves differently. */
const states = {
  wait: { is: 'awaiting_card' },
  sent: { is: 'sent', attemptId: first, card },
  stor: { is: 'stored', attemptId: first, card },
  aftr: { is: 'stored', attemptId: second, card, afterAttemptId: first },
  unkn: { is: 'unknown', attemptId: first, card },
  appr: { is: 'approved', attemptId: first, card, ...answered },
  decl: { is: 'declined', by: 'host', reason: 'host_declined', card, attemptId: first },
  gate: { is: 'declined', by: 'agent', reason: 'offline_disabled', card },
  revd: { is: 'reversed', attemptId: first, card },
  fwdd: { is: 'forward_declined', attemptId: first, card, responseCode: '05' },
  canc: { is: 'cancelled', reason: 'card_timeout' },
} as const satisfies Record<string, Payment>;
type State = keyof typeof states;

const nobody = { to: 'nobody', refusal: 'offline_disabled' } as const;
const store = { to: 'store', attemptId: second, sealed } as const;
const answer = (attemptId: string, result: 'approved' | 'declined' = 'approved') =>
  answerTo(transactionId, attemptId, result);

/** Everything that can be heard; `own` names the first attempt, `other` one nobody knows. */
const happenings = {
  'card, to the host': { is: 'card read', card, route: { to: 'host', attemptId: first } },
  'card, to the store': { is: 'card read', card, route: store },
  'card, to nobody': { is: 'card read', card, route: nobody },
  'given up': { is: 'given up', reason: 'cancelled_by_pos' },
  'not sent, to the store': { is: 'not sent', route: store },
  'not sent, to nobody': { is: 'not sent', route: nobody },
  'own approved': { is: 'answered', answer: answer(first) },
  'own declined': { is: 'answered', answer: answer(first, 'declined') },
  'other approved': { is: 'answered', answer: answer(other) },
  'own refused': { is: 'refused', attemptId: first, code: 'answer_refused' },
  'other refused': { is: 'refused', attemptId: other, code: 'answer_refused' },
  'no answer, to nobody': { is: 'no answer', reason: 'no_answer', route: nobody },
  'no answer, to the store': { is: 'no answer', reason: 'bad_answer', route: store },
  'own decided approved': { is: 'decided', answer: answer(first) },
  'own decided declined': { is: 'decided', answer: answer(first, 'declined') },
  'second decided': { is: 'decided', answer: answer(second) },
  'other decided': { is: 'decided', answer: answer(other) },
  'own reversal done': { is: 'reversal done', attemptId: first },
  'other reversal done': { is: 'reversal done', attemptId: other },
} as const satisfies Record<string, Happening>;
type Heard = keyof typeof happenings;

// A dot: without meaning. `late`: stays, and journals a late answer. `stay`: stays, and writes nothing.
const grid = `
                          wait sent stor aftr unkn appr decl gate revd fwdd canc
  card, to the host       sent ·    ·    ·    ·    ·    ·    ·    ·    ·    ·
  card, to the store      stor ·    ·    ·    ·    ·    ·    ·    ·    ·    ·
  card, to nobody         gate ·    ·    ·    ·    ·    ·    ·    ·    ·    ·
  given up                canc ·    ·    ·    ·    ·    ·    ·    ·    ·    ·
  not sent, to the store  ·    stor ·    ·    ·    ·    ·    ·    ·    ·    ·
  not sent, to nobody     ·    gate ·    ·    ·    ·    ·    ·    ·    ·    ·
  own approved            ·    appr late late late ·    ·    late late ·    late
  own declined            ·    decl late late late ·    ·    late late ·    late
  other approved          ·    ·    late late late late late late late late late
  own refused             ·    gate ·    ·    ·    ·    ·    ·    ·    ·    ·
  other refused           ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·
  no answer, to nobody    ·    unkn ·    ·    ·    ·    ·    ·    ·    ·    ·
  no answer, to the store ·    aftr ·    ·    ·    ·    ·    ·    ·    ·    ·
  own decided approved    ·    ·    appr ·    appr ·    ·    ·    appr ·    ·
  own decided declined    ·    ·    fwdd ·    ·    ·    ·    ·    ·    ·    ·
  second decided          ·    ·    ·    appr appr ·    ·    ·    appr ·    ·
  other decided           ·    ·    ·    ·    appr ·    ·    ·    appr ·    ·
  own reversal done       ·    ·    ·    stay revd ·    ·    ·    ·    ·    ·
  other reversal done     ·    ·    ·    ·    ·    ·    ·    ·    ·    ·    ·
`;

const [head = '', ...lines] = grid.split('\n').filter((line) => line.trim() !== '');
const columns = head.trim().split(/\s+/) as State[];
const rows = lines.map((line) => {
  const cells = line.trim().split(/\s+/);
  return { heard: cells.slice(0, -columns.length).join(' '), cells: cells.slice(-columns.length) };
});
const pairs = rows.flatMap(({ heard, cells }) =>
  columns.map((state, place) => [state, heard as Heard, cells[place] ?? ''] as const),
);

const stepOf = (state: State, heard: Heard): Step | undefined =>
  next(order, states[state], happenings[heard]);

test('the table has a row for everything that is heard and a column for every state', () => {
  expect(rows.map(({ heard }) => heard)).toEqual(Object.keys(happenings));
  expect(columns).toEqual(Object.keys(states));
  expect(pairs).toHaveLength(columns.length * rows.length);
});

test('no state and nothing that can be heard is missing from the table', () => {
  const kinds: Record<Payment['is'], true> = {
    ...{ awaiting_card: true, sent: true, stored: true, unknown: true, approved: true },
    ...{ declined: true, reversed: true, forward_declined: true, cancelled: true },
  };
  const sounds: Record<Happening['is'], true> = {
    ...{ 'card read': true, 'given up': true, 'not sent': true, answered: true, refused: true },
    ...{ 'no answer': true, decided: true, 'reversal done': true },
  };
  expect(new Set(Object.values(states).map(({ is }) => is))).toEqual(new Set(Object.keys(kinds)));
  expect(new Set(Object.values(happenings).map(({ is }) => is))).toEqual(
    new Set(Object.keys(sounds)),
  );
});

test.each(pairs)('%s, hearing "%s": %s', (state, heard, expected) => {
  const step = stepOf(state, heard);
  if (expected === '·') {
    expect(step).toBeUndefined();
  } else if (expected === 'late' || expected === 'stay') {
    expect(step?.then).toEqual(states[state]);
    expect(step?.facts.map(({ type }) => type)).toEqual(expected === 'late' ? ['answer.late'] : []);
    expect(step?.do).toEqual([]);
  } else {
    const then = states[expected as State];
    expect(step?.then.is).toBe(then.is);
    expect('by' in then ? then.by : undefined).toBe(
      step !== undefined && 'by' in step.then ? step.then.by : undefined,
    );
  }
});

const isLegal = ({ type, body }: Fact) => check(facts[type].body, body);

describe('facts and effects', () => {
  const steps = pairs.flatMap(([state, heard]) => {
    const step = stepOf(state, heard);
    return step === undefined ? [] : [{ state, heard, step }];
  });

  test.each(steps)('what is written when $state hears "$heard" fits the contract', ({ step }) => {
    for (const fact of step.facts) expect(isLegal(fact)).toMatchObject({ ok: true });
  });

  test.each([
    ['wait', 'card, to the host', ['attempt.sent'], ['release reader', 'ask host']],
    ['wait', 'card, to the store', ['transaction.stored'], ['release reader']],
    ['wait', 'card, to nobody', ['transaction.finished'], ['release reader']],
    ['wait', 'given up', ['transaction.finished'], ['release reader']],
    ['sent', 'not sent, to the store', ['transaction.stored'], []],
    ['sent', 'not sent, to nobody', ['transaction.finished'], []],
    ['sent', 'own approved', ['transaction.finished'], []],
    ['sent', 'own declined', ['transaction.finished'], []],
    ['sent', 'own refused', ['transaction.finished'], []],
    ['sent', 'no answer, to nobody', ['reversal'], []],
    ['sent', 'no answer, to the store', ['reversal', 'transaction.stored'], []],
    ['stor', 'own decided approved', [], ['erase sealed']],
    ['stor', 'own decided declined', [], ['erase sealed']],
    ['aftr', 'second decided', [], ['erase sealed']],
    ['unkn', 'own reversal done', [], []],
  ] as const)('%s, hearing "%s", writes %j and then does %j', (state, heard, written, done) => {
    const step = stepOf(state, heard);
    expect(step?.facts.map(({ type }) => type)).toEqual(written);
    expect(step?.do.map(({ is }) => is)).toEqual(done);
  });

  test('a reversal stands before the sale stored after it, and the sale names it', () => {
    const step = stepOf('sent', 'no answer, to the store');
    expect(step?.facts).toMatchObject([
      { type: 'reversal', body: { attemptId: first, amount: order.amount, reason: 'bad_answer' } },
      { type: 'transaction.stored', body: { attemptId: second, afterAttemptId: first } },
    ]);
    expect(step?.then).toMatchObject({ attemptId: second, afterAttemptId: first });
  });

  test.each(givenUpReasons)('a sale given up for %s is cancelled for that reason', (reason) => {
    const step = next(order, states.wait, { is: 'given up', reason });
    expect(step?.facts).toMatchObject([{ body: { outcome: 'cancelled', reason } }]);
    expect(step?.facts.map(isLegal)).toMatchObject([{ ok: true }]);
  });

  test('an approval keeps what the host said, a decline its code', () => {
    expect(stepOf('sent', 'own approved')).toMatchObject({
      then: { is: 'approved', responseCode: '00', approvalCode: 'A1B2C3', hostReference: 'ref-1' },
      facts: [{ body: { outcome: 'approved', attemptId: first, approvalCode: 'A1B2C3', card } }],
    });
    expect(stepOf('sent', 'own declined')).toMatchObject({
      then: { by: 'host', responseCode: '05' },
      facts: [{ body: { outcome: 'declined', declinedBy: 'host', responseCode: '05' } }],
    });
  });

  test('every fact names the transaction, its batch and its amount', () => {
    for (const { step } of steps) {
      for (const { type, body } of step.facts) {
        expect(body).toMatchObject({ transactionId });
        if (type !== 'answer.late') expect(body).toMatchObject({ amount: order.amount });
      }
    }
  });
});

describe('promises', () => {
  const every = Object.entries(states) as [State, Payment][];

  test.each(every.filter(([, payment]) => isFinal(payment)))(
    '%s is final: whatever is heard, it stays, but for a reversed sale the portal holds as approved',
    (state, payment) => {
      for (const heard of Object.values(happenings)) {
        if (payment.is === 'reversed' && heard.is === 'decided') continue;
        expect(next(order, payment, heard)?.then ?? payment).toEqual(states[state]);
      }
    },
  );

  test('what is unknown becomes reversed, or approved by decision, above all not declined', () => {
    const reached = Object.values(happenings).map(
      (heard) => next(order, states.unkn, heard)?.then.is ?? 'unknown',
    );
    expect(new Set(reached)).toEqual(new Set(['unknown', 'reversed', 'approved']));
    expect(outcomeOf(states.unkn)).toBe('unknown');
  });

  test('no answer is never a decline, whatever the route', () => {
    for (const heard of ['no answer, to nobody', 'no answer, to the store'] as const) {
      expect(stepOf('sent', heard)?.then.is).not.toBe('declined');
    }
  });

  test('what is at the merchant’s risk is never shown as approved', () => {
    expect(outcomeOf(states.stor)).toBe('approved_offline');
    expect(outcomeOf(states.aftr)).toBe('approved_offline');
  });

  test('exactly what is stored or unknown counts towards the offline totals', () => {
    const counted = every.filter(([, payment]) => isCounted(payment)).map(([state]) => state);
    expect(counted).toEqual(['stor', 'aftr', 'unkn']);
  });

  test('what has an outcome and is final, and what has none', () => {
    const open = every.filter(([, payment]) => !isFinal(payment)).map(([state]) => state);
    expect(open).toEqual(['wait', 'sent', 'stor', 'aftr', 'unkn']);
    const silent = every.filter(([, payment]) => outcomeOf(payment) === undefined);
    expect(silent.map(([state]) => state)).toEqual(['wait', 'sent']);
  });

  test.each([
    ['wait', 'cancelled', ['transaction.finished']],
    ['sent', 'unknown', ['reversal']],
    ['stor', undefined, []],
    ['aftr', undefined, []],
    ['unkn', undefined, []],
    ['appr', undefined, []],
    ['decl', undefined, []],
    ['gate', undefined, []],
    ['revd', undefined, []],
    ['fwdd', undefined, []],
    ['canc', undefined, []],
  ] as const)('after a power cut %s becomes %s', (state, becomes, written) => {
    const heard = afterPowerCut(states[state]);
    const step = heard === undefined ? undefined : next(order, states[state], heard);
    expect(step?.then.is).toBe(becomes);
    expect(step?.facts.map(({ type }) => type) ?? []).toEqual(written);
    // And a second power cut finds nothing to do.
    if (step !== undefined) expect(afterPowerCut(step.then)).toBeUndefined();
  });

  test('a power cut interrupts what has no outcome yet, and nothing else', () => {
    // Recovery looks for the one to find the other.
    for (const [, payment] of every) {
      expect(afterPowerCut(payment) !== undefined).toBe(outcomeOf(payment) === undefined);
    }
  });

  test('the table of power cuts knows every state', () => {
    for (const [, payment] of every) expect(() => afterPowerCut(payment)).not.toThrow();
  });
});
