/** A session of the link: how it begins, what it finds of those before it, and how it ends. */
import { describe, expect, test } from 'vitest';
import { openSqlite } from '../../../agent/ledger/sqlite.ts';
import { freshPath, openedLedger } from '../../rigs/open-ledger.ts';
import { linked, LinkedLedger, topic } from '../../rigs/linked-ledger.ts';
import { quietWorld, rebooted } from '../../rigs/quiet-world.ts';

const presence = (session: number, state = 'online', bootId = 'boot-1') =>
  JSON.stringify({ state, session, bootId, agentVersion: '0' });

describe('joining', () => {
  test('the session number is stored before the broker is dialled, and stands in the will', () => {
    const shop = linked();
    const session = shop.connect();
    expect(shop.storedWhenDialled).toEqual([1]);
    expect(session.settings).toMatchObject({ clientId: 'cli_1/dev-1', keepaliveSeconds: 300 });
    expect(JSON.parse(session.settings.will?.payload ?? '')).toMatchObject({
      ...{ state: 'offline', session: 1, bootId: 'boot-1' },
    });
  });

  test('presence and keys are read first, then it listens, then it is born and says what it has', () => {
    const shop = linked();
    shop.link.start();
    shop.world.clock.advance(0);
    const session = shop.session;
    session.connect();
    expect([session.subscriptions, session.published]).toEqual([
      [[topic('presence'), topic('desired/trust')]],
      [],
    ]);
    shop.world.clock.advance(5);
    const heard = [
      'log/up/ack',
      'log/down',
      'live/res',
      'desired/client',
      'desired/group',
      'desired/device',
      'desired/access',
    ] as const;
    expect(session.subscriptions[1]).toEqual(heard.map(topic));
    expect(session.channels()).toEqual(['presence', 'log/down/ack', 'reported']);
    expect(session.published[0]).toMatchObject({ qos: 1, retained: true });
    expect(session.said('log/down/ack')).toMatchObject([{ session: 1, epoch: 1, through: 0 }]);
  });

  test('no fact is sent before the portal has said where it stands, and no request is asked', () => {
    const shop = linked();
    const session = shop.connect();
    shop.link.wake();
    shop.world.clock.advance(3_600_000);
    expect(session.said('log/up')).toEqual([]);
    expect([shop.link.canAsk(), shop.link.status().state]).toEqual([false, 'joining']);
    shop.ack(0);
    expect(session.said('log/up')).toMatchObject([{ session: 1, from: 1, head: 2 }]);
    expect([shop.link.canAsk(), shop.link.status().state]).toEqual([true, 'online']);
  });

  test('the first connection waits its share of the time the settings give', () => {
    const shop = linked({ 'link.firstConnectWithinMs': 30_000 });
    shop.link.start();
    const { retryInMs = 0 } = shop.link.status();
    expect(retryInMs).toBeLessThanOrEqual(30_000);
    shop.world.clock.advance(retryInMs - 1);
    expect(shop.broker.sessions).toHaveLength(0);
    shop.world.clock.advance(1);
    expect(shop.broker.sessions).toHaveLength(1);
  });

  test('without a broker in the settings nothing is dialled, and selling goes on', () => {
    const shop = linked({ 'link.brokerUrl': '' });
    shop.link.start();
    shop.link.connectNow();
    shop.world.clock.advance(3_600_000);
    expect(shop.broker.sessions).toHaveLength(0);
    expect([shop.link.status().state, shop.link.canAsk()]).toEqual(['unconfigured', false]);
    expect(shop.link.unsent()).toBe(2);
  });

  test('a broker that refuses a subscription is left for a while', () => {
    const shop = linked();
    shop.broker.refuses.add(topic('log/down'));
    shop.connect();
    shop.world.clock.advance(2);
    expect(shop.session).toMatchObject({ closed: 'at once', published: [] });
    expect(shop.link.status()).toMatchObject({
      state: 'waiting',
      lastFault: expect.stringContaining('refused a subscription') as string,
    });
  });

  test('a storage that refuses the session number puts the connection off', () => {
    const shop = linked();
    shop.opened.db.pragma('query_only = ON');
    shop.link.start();
    shop.world.clock.advance(0);
    expect(shop.broker.sessions).toHaveLength(0);
    expect(shop.link.status().lastFault).toMatch(/cannot be stored/);
    shop.opened.db.pragma('query_only = OFF');
    shop.world.clock.advance(5_000);
    expect(shop.storedWhenDialled).toEqual([1]);
  });
});

describe('presence of a session that was', () => {
  test('an older session’s death and its own echo change nothing', () => {
    const shop = linked();
    shop.opened.ledger.commit(() => shop.opened.ledger.meta.set('session', 4));
    shop.broker.retained.set(topic('presence'), presence(4, 'offline'));
    shop.connect();
    shop.session.deliver(topic('presence'), presence(5));
    shop.ack(0);
    expect([shop.number, shop.link.canAsk()]).toEqual([5, true]);
  });

  test.each([
    ['a later session', presence(9), 10],
    ['a later session’s death', presence(9, 'offline'), 10],
    ['the same number from another boot', presence(1, 'online', 'boot-0'), 2],
    ['the same number from another life of this boot', presence(1), 2],
  ])('%s: nothing is said, and the next session is above it', (_what, retained, expected) => {
    const shop = linked();
    shop.broker.retained.set(topic('presence'), retained);
    shop.connect();
    expect(shop.broker.sessions[0]).toMatchObject({ published: [], closed: 'at once' });
    expect(shop.told('ledger rolled back')).toHaveLength(1);
    shop.world.clock.advance(5);
    expect(shop.broker.sessions).toHaveLength(2);
    expect(shop.storedWhenDialled).toEqual([1, expected]);
  });

  test('two clones that chase each other slow down', () => {
    const shop = linked();
    for (let round = 1; round <= 8; round += 1) {
      shop.broker.retained.set(topic('presence'), presence(round * 100));
      shop.link.connectNow();
      shop.connect();
    }
    expect(shop.link.status().retryInMs).toBeGreaterThan(0);
  });
});

describe('the end', () => {
  test('said offline, closed gracefully, told once the broker has been', async () => {
    const shop = linked();
    const session = shop.join();
    let stopped = 0;
    const both = Promise.all([
      shop.link.stop().then(() => (stopped += 1)),
      shop.link.stop().then(() => (stopped += 1)),
    ]);
    expect(session.said('presence')).toMatchObject([
      { state: 'online' },
      { state: 'offline', session: 1 },
    ]);
    expect([session.closed, stopped]).toEqual(['gracefully', 0]);
    shop.world.clock.advance(1);
    await both;
    expect([stopped, shop.link.status().state]).toEqual([2, 'stopped']);
    shop.world.clock.advance(3_600_000);
    shop.link.connectNow();
    expect(shop.broker.sessions).toHaveLength(1);
  });

  test('before the birth says nothing, so that what others retained stands', async () => {
    const shop = linked();
    shop.link.start();
    shop.world.clock.advance(0);
    shop.session.connect();
    const stop = shop.link.stop();
    shop.world.clock.advance(1);
    await stop;
    expect(shop.session.published).toEqual([]);
  });

  test('while it waits is at once', async () => {
    const shop = linked({ 'link.firstConnectWithinMs': 30_000 });
    shop.link.start();
    await shop.link.stop();
    shop.world.clock.advance(3_600_000);
    expect(shop.broker.sessions).toHaveLength(0);
  });

  test('of one session is the beginning of the next, with a number of its own', () => {
    const shop = linked();
    shop.join().break();
    const { retryInMs = 0 } = shop.link.status();
    shop.world.clock.advance(retryInMs);
    expect([shop.number, shop.broker.sessions.length]).toEqual([2, 2]);
    shop.session.break('not authorised', 0x87);
    expect(shop.link.status().retryInMs).toBe(600_000);
    shop.link.connectNow();
    expect(shop.broker.sessions).toHaveLength(3);
  });

  test('of the power is survived: numbers go on above the last one dialled', () => {
    const path = freshPath();
    const world = quietWorld();
    const before = new LinkedLedger({}, world, openedLedger(world, path));
    before.connect();
    before.opened.ledger.close();
    const after = rebooted(world, 'boot-2');
    const opened = openedLedger(after, path);
    const shop = new LinkedLedger({}, after, opened);
    shop.connect();
    expect(shop.storedWhenDialled).toEqual([2]);
    opened.ledger.close();
    expect(openSqlite(path).open).toBe(true);
  });
});
