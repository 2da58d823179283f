/** The live exchange: one request, one reply, whatever the network does. */
import { describe, expect, test } from 'vitest';
import type { Amount, AuthorizeBody, HostAnswer, LiveRequest } from '../../../contract/index.ts';
import { check, LiveRequest as LiveRequestShape } from '../../../contract/index.ts';
import type { HostReply, MoneyBody } from '../../../agent/payments/host-line.ts';
import { liveExchange } from '../../../agent/portal/live-exchange.ts';
import { answerTo, idOf, orderOf, visa } from '../../fixtures/payments.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

const bodyOf = (number: number): AuthorizeBody => ({
  ...{ transactionId: idOf('txn', number), attemptId: idOf('att', number) },
  ...{ application: orderOf(number).application, keyHash: orderOf(number).keyHash },
  ...{ amount: orderOf(number).amount, card: visa, batch: orderOf(number).batch },
  ...{ type: 'sale', keyId: 'k', sealed: '', reversals: [], partialApproval: false },
});

const asking = () => {
  const world = quietWorld();
  const sent: LiveRequest[] = [];
  const replies: HostReply[] = [];
  const late: HostAnswer[] = [];
  let silences = 0;
  let leaves = true;
  const live = liveExchange({
    world,
    answerWithinMs: () => 45_000,
    send: (request) => {
      if (leaves) sent.push(request);
      return leaves;
    },
    silent: () => (silences += 1),
    late: (answer) => late.push(answer),
  });
  return {
    ...{ world, live, sent, replies, late },
    silences: () => silences,
    block: () => (leaves = false),
    ask: (number: number) => {
      live.ask('authorize', bodyOf(number), (reply) => replies.push(reply));
      return sent.at(-1)?.id ?? '';
    },
    approve: (id: string, number: number, attempt = number) =>
      live.heard({ id, ok: true, body: answerTo(idOf('txn', number), idOf('att', attempt)) }),
  };
};

const noAnswer = { is: 'no answer', reason: 'no_answer' };

describe('an approval of another amount', () => {
  const usd = (value: number) => ({ value, currency: 'USD' });
  const heard = (approvedAmount: Amount, body: MoneyBody) => {
    const { live, sent } = asking();
    const replies: HostReply[] = [];
    live.ask('authorize', body, (reply) => replies.push(reply));
    const answer = { ...answerTo(idOf('txn', 1), idOf('att', 1)), approvedAmount };
    live.heard({ id: sent.at(-1)?.id ?? '', ok: true, body: answer });
    return replies.map((reply) => (reply.is === 'no answer' ? reply.reason : reply.is));
  };
  const { keyId: _, sealed: __, partialApproval: ___, ...rest } = bodyOf(1);
  const followUp = { ...rest, type: 'capture', originalTransactionId: idOf('txn', 9) } as const;

  test.each([
    ['a part, where one is allowed', usd(1), { ...bodyOf(1), partialApproval: true }, 'answered'],
    ['a part, where none is allowed', usd(1), bodyOf(1), 'bad_answer'],
    ['a part of a follow-up', usd(1), followUp, 'bad_answer'],
    ['all, and says so', usd(4_250), bodyOf(1), 'answered'],
    ['more', usd(4_251), { ...bodyOf(1), partialApproval: true }, 'bad_answer'],
    ['nothing', usd(0), { ...bodyOf(1), partialApproval: true }, 'bad_answer'],
    [
      ...(['as much in another currency', { value: 4_250, currency: 'EUR' }] as const),
      ...([{ ...bodyOf(1), partialApproval: true }, 'bad_answer'] as const),
    ],
  ])('of %s', (_what, approvedAmount, body, expected) => {
    expect(heard(approvedAmount, body)).toEqual([expected]);
  });
});

test('a request is sent once, says its deadline, and fits the contract', () => {
  const { ask, sent } = asking();
  ask(1);
  expect(sent).toMatchObject([{ kind: 'authorize', deadlineMs: 45_000, body: bodyOf(1) }]);
  expect(check(LiveRequestShape, sent[0]).ok).toBe(true);
});

test('its answer comes back once; a second copy is late, and so is one after that', () => {
  const { ask, approve, replies, late, world } = asking();
  const id = ask(1);
  approve(id, 1);
  approve(id, 1);
  world.clock.advance(100_000);
  expect(replies).toEqual([{ is: 'answered', answer: answerTo(idOf('txn', 1), idOf('att', 1)) }]);
  expect(late).toHaveLength(1);
});

test('without an answer it ends at its deadline, not before, and says that the portal is silent', () => {
  const { ask, world, replies, silences } = asking();
  ask(1);
  world.clock.advance(44_999);
  expect([replies, silences()]).toEqual([[], 0]);
  world.clock.advance(1);
  expect([replies, silences()]).toEqual([[noAnswer], 1]);
});

test('an answer after the deadline is late, and the reply stays', () => {
  const { ask, approve, world, replies, late } = asking();
  const id = ask(1);
  world.clock.advance(45_000);
  approve(id, 1);
  expect(replies).toEqual([noAnswer]);
  expect(late).toEqual([answerTo(idOf('txn', 1), idOf('att', 1))]);
});

test('a refusal after the deadline is nothing at all', () => {
  const { ask, live, world, replies, late } = asking();
  const id = ask(1);
  world.clock.advance(45_000);
  live.heard({ id, ok: false, refusal: { code: 'pending_reversal' } });
  expect([replies, late]).toEqual([[noAnswer], []]);
});

test('when the connection is cut, every request ends at once without an answer', () => {
  const { ask, live, world, replies, silences } = asking();
  ask(1);
  ask(2);
  live.cut();
  live.cut();
  world.clock.advance(100_000);
  expect([replies, silences()]).toEqual([[noAnswer, noAnswer], 0]);
});

test('when nothing left the device it says so, after the call and not within it', () => {
  const { ask, block, world, replies, silences } = asking();
  block();
  ask(1);
  expect(replies).toEqual([]);
  world.clock.advance(0);
  expect(replies).toEqual([{ is: 'not sent' }]);
  world.clock.advance(100_000);
  expect([replies.length, silences()]).toEqual([1, 0]);
});

test('a cut before that is told as no answer, which is the careful thing to say', () => {
  const { ask, block, live, world, replies } = asking();
  block();
  ask(1);
  live.cut();
  world.clock.advance(100_000);
  expect(replies).toEqual([noAnswer]);
});

describe('an answer that is not to this request', () => {
  test.each([
    ['another attempt', 1, 2],
    ['another transaction', 2, 1],
  ])('but to %s is no answer: the attempt has to be undone', (_what, number, attempt) => {
    const { ask, approve, replies } = asking();
    approve(ask(1), number, attempt);
    expect(replies).toEqual([{ is: 'no answer', reason: 'bad_answer' }]);
  });

  test('but to one nobody knows is late', () => {
    const { ask, approve, replies, late } = asking();
    ask(1);
    approve('live_unknown', 1);
    expect([replies, late.length]).toEqual([[], 1]);
  });
});

test.each([
  ['pending_reversal', 'pending_reversal'],
  ['attempt_reversed', 'answer_refused'],
  ['malformed', 'answer_refused'],
])('the refusal %s, which no host saw, becomes %s', (code, expected) => {
  const { ask, live, replies } = asking();
  live.heard({ id: ask(1), ok: false, refusal: { code, detail: 'because' } });
  expect(replies).toEqual([{ is: 'refused', code: expected }]);
});

test.each(['host_timeout', 'device_unknown', 'toString'])(
  'the refusal %s may have reached a host: it is no answer, never a decline',
  (code) => {
    const { ask, live, replies } = asking();
    live.heard({ id: ask(1), ok: false, refusal: { code } });
    expect(replies).toEqual([{ is: 'no answer', reason: 'bad_answer' }]);
  },
);

test('requests under way at the same time do not mix', () => {
  const { ask, approve, world, sent, replies } = asking();
  ask(1);
  world.clock.advance(10_000);
  ask(2);
  const [first, second] = sent.map(({ id }) => id);
  expect(first).not.toBe(second);
  approve(second ?? '', 2);
  world.clock.advance(35_000);
  expect(replies).toMatchObject([
    { is: 'answered', answer: { attemptId: idOf('att', 2) } },
    noAnswer,
  ]);
});
