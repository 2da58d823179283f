/** The link at work: acknowledgements, words and live requests, and what becomes of them in trouble. */
import { describe, expect, test } from 'vitest';
import { answerTo, idOf, orderOf, sealedCard, visa } from '../../fixtures/payments.ts';
import { linked, topic, type LinkedLedger } from '../../rigs/linked-ledger.ts';
import { store } from '../../rigs/open-ledger.ts';
import { wordLog } from '../../rigs/word-log.ts';

describe('acknowledgements that do not come', () => {
  const stalled = () => {
    const shop = linked();
    const session = shop.connect();
    shop.ack(0);
    return { shop, session, clock: shop.world.clock };
  };

  test('make the lane go back, and after three times the session is left for a while', () => {
    const { shop, session, clock } = stalled();
    const [first] = session.said('log/up');
    clock.advance(9_999);
    expect(session.said('log/up')).toHaveLength(1);
    clock.advance(1);
    expect(session.said('log/up')).toEqual([first, first]);
    expect([session.pings, shop.told('silent')]).toEqual([1, [{ is: 'silent', what: 'log' }]]);
    clock.advance(10_000);
    expect(session.said('log/up')).toHaveLength(3);
    clock.advance(10_001);
    expect(session).toMatchObject({ closed: 'at once', pings: 2 });
    expect(session.said('log/up')).toHaveLength(3);
    expect(shop.told('silent')).toHaveLength(3);
  });

  test('are noticed although new facts are written all the time', () => {
    const { shop, session, clock } = stalled();
    for (let number = 2; number < 20; number += 1) {
      store(shop.opened.ledger, orderOf(number), number, sealedCard(number));
      shop.link.wake();
      clock.advance(3_000);
    }
    expect(session.closed).toBe('at once');
  });

  test('once one comes, the count begins anew', () => {
    const { shop, session, clock } = stalled();
    clock.advance(25_000);
    shop.ack(1);
    clock.advance(29_000);
    expect(session.closed).toBeUndefined();
    shop.ack(2);
    clock.advance(3_600_000);
    expect(session.closed).toBeUndefined();
    expect(shop.link.unsent()).toBe(0);
  });

  test('of another session do not count, not even as a sign of what time it is', () => {
    const { shop, clock } = stalled();
    shop.ack(1, { session: 99, time: clock.wallMs() });
    expect([shop.link.unsent(), shop.opened.ledger.clock.trust()]).toEqual([2, 'bounded']);
    shop.ack(1, { time: clock.wallMs() });
    expect([shop.link.unsent(), shop.opened.ledger.clock.trust()]).toEqual([1, 'trusted']);
  });
});

describe('a ledger the portal has more of', () => {
  test('is told, is remembered, loses nothing, and sells nothing offline until a new epoch', () => {
    const shop = linked();
    shop.connect();
    const { ledger } = shop.opened;
    shop.ack(77);
    expect(shop.told('ledger rolled back')).toHaveLength(1);
    expect(ledger.meta.get('rolledBack')).toMatch(/has entry 1\/77/);
    expect([ledger.upLog.head().seq, shop.link.canAsk()]).toEqual([2, false]);
    shop.wish(2);
    expect(shop.told('epoch opened')).toEqual([{ is: 'epoch opened', epoch: 2 }]);
    expect(ledger.meta.get('rolledBack')).toBeUndefined();
    shop.world.clock.advance(5);
    expect(shop.broker.sessions).toHaveLength(2);
    shop.connect();
    shop.ack(77, { epoch: 1 });
    expect(shop.session.said('log/up')).toMatchObject([
      { session: 2, epoch: 2, from: 1, entries: [{ type: 'epoch.opened' }, {}, {}] },
    ]);
  });

  test('in the session that opened it, not one entry of the new epoch is sent', () => {
    const shop = linked();
    const session = shop.join();
    shop.wish(3);
    shop.link.wake();
    shop.ack(0);
    expect(session.said('log/up')).toEqual([]);
  });

  test('an epoch offered before the portal said where it stands waits until it has', () => {
    const shop = linked();
    const { ledger } = shop.opened;
    ledger.commit(() => ledger.meta.set('acknowledged', 2));
    shop.connect();
    shop.wish(2, { retained: true });
    expect(shop.told('epoch opened')).toEqual([]);
    shop.ack(0);
    expect(shop.told('epoch opened')).toEqual([{ is: 'epoch opened', epoch: 2 }]);
    expect(ledger.upLog.run(1)?.entries.map(({ type }) => type)).toEqual([
      ...['epoch.opened', 'transaction.created', 'transaction.stored'],
    ]);
  });

  test.each([0, 1])('a wish for epoch %i changes nothing', (epoch) => {
    const shop = linked();
    shop.join();
    if (epoch > 0) shop.wish(epoch);
    expect([shop.told('epoch opened'), shop.session.closed]).toEqual([[], undefined]);
  });
});

describe('words', () => {
  const withWord = () => {
    const shop = linked();
    const session = shop.join();
    const words = wordLog();
    words.say('transaction.decided', answerTo(idOf('txn', 1), idOf('att', 1)));
    // Behind what it says with its birth, and again once the portal has heard of the session.
    const acks = () => session.said('log/down/ack').slice(2);
    return { shop, session, words, acks };
  };

  test('are committed, then acknowledged, then told, and their facts go up at once', () => {
    const { shop, session, words, acks } = withWord();
    shop.words(words.frame(1));
    expect(acks()).toEqual([{ session: 1, epoch: 1, ...words.head() }]);
    expect(shop.moved).toEqual([idOf('txn', 1)]);
    expect(session.said('log/up')).toMatchObject([{ from: 3, entries: [{ type: 'word.taken' }] }]);
  });

  test('that come again are acknowledged again, and move nothing', () => {
    const { shop, words, acks } = withWord();
    shop.words(words.frame(1));
    shop.words(words.frame(1));
    expect([acks().length, shop.moved.length]).toEqual([2, 1]);
  });

  test('behind a gap are not taken in; the device says again where it stands', () => {
    const { shop, words, acks } = withWord();
    words.say('a word', {});
    shop.words(words.frame(1, 2));
    expect(acks()).toMatchObject([{ through: 0 }]);
    shop.words(words.frame(1));
    expect(acks()).toMatchObject([{ through: 0 }, { through: 2 }]);
  });

  test('that are not those taken in before are refused, and the device says where it stands', () => {
    const { shop, words, acks } = withWord();
    shop.words(words.frame(1));
    const others = wordLog();
    others.say('another word', {});
    shop.words(others.frame(1));
    expect(shop.told('message refused')).toMatchObject([{ channel: 'log/down' }]);
    expect(acks()).toMatchObject([words.head(), words.head()]);
  });

  test('are asked for again once the portal has heard of the session', () => {
    const shop = linked();
    const session = shop.connect();
    const before = session.said('log/down/ack').length;
    shop.ack(0);
    const standing = { session: 1, epoch: 1, ...wordLog().head() };
    expect([before, session.said('log/down/ack')]).toEqual([1, [standing, standing]]);
  });

  test('of another session are ignored', () => {
    const { shop, words, acks } = withWord();
    shop.words(words.frame(2));
    expect([acks(), shop.moved]).toEqual([[], []]);
  });

  test('that the storage refuses are not acknowledged, and taken in once it does not', () => {
    const { shop, session, words, acks } = withWord();
    shop.opened.db.pragma('query_only = ON');
    shop.words(words.frame(1));
    expect([acks(), shop.moved, session.closed]).toEqual([[], [], undefined]);
    expect(shop.told('message refused')).toMatchObject([{ why: 'storage is read only' }]);
    shop.opened.db.pragma('query_only = OFF');
    shop.words(words.frame(1));
    expect([acks().length, shop.moved]).toEqual([1, [idOf('txn', 1)]]);
  });
});

describe('live requests', () => {
  const body = {
    ...{ transactionId: idOf('txn', 5), attemptId: idOf('att', 5), amount: orderOf(5).amount },
    ...{ application: orderOf(5).application, keyHash: orderOf(5).keyHash },
    ...{ card: visa, batch: orderOf(5).batch, keyId: 'k', sealed: '', reversals: [] },
    ...{ type: 'sale' as const, partialApproval: false },
  };
  const asked = () => {
    const shop = linked();
    const session = shop.join();
    const replies: unknown[] = [];
    shop.link.ask('authorize', body, (reply) => replies.push(reply));
    const [request] = session.said('live/req') as { id: string }[];
    return { shop, session, replies, id: request?.id ?? '' };
  };

  test('go out at QoS 0, and the signed answer comes back', () => {
    const { shop, session, replies, id } = asked();
    expect(session.published.at(-1)).toMatchObject({ qos: 0, retained: false });
    const answer = answerTo(idOf('txn', 5), idOf('att', 5));
    shop.answer({ id, ok: true, body: answer });
    expect(replies).toEqual([{ is: 'answered', answer }]);
  });

  test('that are not answered make the portal doubtful until it gives a sign of life', () => {
    const { shop, replies, id } = asked();
    shop.ack(2);
    shop.world.clock.advance(45_000);
    expect(replies).toEqual([{ is: 'no answer', reason: 'no_answer' }]);
    expect([shop.link.canAsk(), shop.link.status().doubtful]).toEqual([false, true]);
    shop.wish(1, { retained: true });
    expect(shop.link.canAsk()).toBe(false);
    shop.session.deliver(topic('live/res'), 'not signed');
    expect(shop.link.canAsk()).toBe(false);
    shop.answer({ id, ok: true, body: answerTo(idOf('txn', 5), idOf('att', 5)) });
    expect([shop.link.canAsk(), shop.late.length]).toEqual([true, 1]);
  });

  test('end without an answer when the connection breaks', () => {
    const { shop, session, replies } = asked();
    session.break();
    expect(replies).toEqual([{ is: 'no answer', reason: 'no_answer' }]);
    expect([shop.link.canAsk(), shop.link.status()]).toMatchObject([
      ...[false, { state: 'waiting', lastFault: 'the network failed' }],
    ]);
  });

  test('that cannot leave are not sent', () => {
    const shop = linked();
    shop.join();
    shop.broker.deaf = true;
    const replies: unknown[] = [];
    shop.link.ask('authorize', body, (reply) => replies.push(reply));
    shop.world.clock.advance(1);
    expect(replies).toEqual([{ is: 'not sent' }]);
  });

  test('are not sent either when there is no session', () => {
    const shop = linked();
    const replies: unknown[] = [];
    shop.link.ask('authorize', body, (reply) => replies.push(reply));
    shop.world.clock.advance(1);
    expect(replies).toEqual([{ is: 'not sent' }]);
  });
});

describe('reaching the portal', () => {
  const reachedAt = (shop: LinkedLedger) => shop.opened.ledger.meta.get('portalReachedAt');

  test('is what a fresh signed message proves', () => {
    const shop = linked();
    shop.connect();
    expect(reachedAt(shop)).toBeUndefined();
    shop.world.clock.advance(1_000);
    shop.ack(0);
    expect(reachedAt(shop)).toBe(shop.opened.ledger.elapsed.now());
  });

  test('is not what a document proves, which a broker may keep for years or say again', () => {
    const shop = linked();
    shop.connect();
    shop.wish(1, { retained: true });
    shop.wish(1);
    expect(reachedAt(shop)).toBeUndefined();
    shop.join();
    expect(reachedAt(shop)).toBeDefined();
  });
});
