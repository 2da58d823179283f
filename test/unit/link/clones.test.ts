/** A copy of this device somewhere: it is suspected, told, and not chased. */
import { describe, expect, test } from 'vitest';
import { cloneWaitMs } from '../../../agent/portal/takeovers.ts';
import { linked, topic, type LinkedLedger } from '../../rigs/linked-ledger.ts';

const sessionTakenOver = 0x8e;
const minuteMs = 60_000;

const takenOver = (shop: LinkedLedger) => shop.session.break('taken over', sessionTakenOver);

/** Waits until the link has dialled again, and joins. */
const comeBack = (shop: LinkedLedger): number => {
  const before = shop.broker.sessions.length;
  let waitedMs = 0;
  for (; shop.broker.sessions.length === before && waitedMs < 3_600_000; waitedMs += 1_000) {
    shop.world.clock.advance(1_000);
  }
  shop.join();
  return waitedMs;
};

describe('a session that was taken over', () => {
  test('once is an accident', () => {
    const shop = linked();
    shop.join();
    takenOver(shop);
    expect(shop.told('clone suspected')).toEqual([]);
    expect(shop.link.status().cloneSuspected).toBe(false);
  });

  test('twice within ten minutes is a clone: it is told once, and five minutes are waited', () => {
    const shop = linked();
    shop.join();
    takenOver(shop);
    comeBack(shop);
    takenOver(shop);
    expect(shop.told('clone suspected')).toHaveLength(1);
    expect(shop.link.status()).toMatchObject({ cloneSuspected: true, state: 'waiting' });
    expect(shop.link.status().retryInMs).toBeGreaterThanOrEqual(cloneWaitMs);
    expect(comeBack(shop)).toBeGreaterThanOrEqual(cloneWaitMs);
    takenOver(shop);
    expect(shop.told('clone suspected')).toHaveLength(1);
  });

  test('twice in an hour is two accidents', () => {
    const shop = linked();
    shop.join();
    takenOver(shop);
    comeBack(shop);
    shop.world.clock.advance(60 * minuteMs);
    takenOver(shop);
    expect(shop.link.status().cloneSuspected).toBe(false);
  });

  test('half an hour after the last one the suspicion is over', () => {
    const shop = linked();
    shop.join();
    takenOver(shop);
    comeBack(shop);
    takenOver(shop);
    comeBack(shop);
    expect(shop.link.status().cloneSuspected).toBe(true);
    shop.world.clock.advance(31 * minuteMs);
    expect(shop.link.status().cloneSuspected).toBe(false);
  });
});

test('a broker that does not say so: two births of another boot are a clone too', () => {
  const shop = linked();
  shop.join();
  const birthOf = (session: number) =>
    JSON.stringify({ state: 'online', session, bootId: 'another', agentVersion: '0' });
  shop.session.deliver(topic('presence'), birthOf(shop.number + 5), true);
  comeBack(shop);
  expect(shop.link.status().cloneSuspected).toBe(false);
  shop.session.deliver(topic('presence'), birthOf(shop.number + 5), true);
  expect(shop.told('clone suspected')).toHaveLength(1);
});

test('births of the same boot count once this process was online; before, the ledger was put back', () => {
  const shop = linked();
  const birthOf = (session: number) =>
    JSON.stringify({ state: 'online', session, bootId: 'boot-1', agentVersion: '0' });
  shop.connect();
  for (let times = 0; times < 3; times += 1) {
    shop.session.deliver(topic('presence'), birthOf(shop.number + 5), true);
    comeBack(shop);
  }
  expect(shop.told('clone suspected')).toHaveLength(1);
  expect(shop.told('ledger rolled back')).toHaveLength(3);
});

test('a device that is revoked does not hurry, whatever ended its session', () => {
  const shop = linked();
  shop.patienceMs = 60 * minuteMs;
  shop.join();
  shop.session.break();
  expect(comeBack(shop)).toBeGreaterThanOrEqual(60 * minuteMs);
});

test('that the broker does not want the certificate is told whoever renews it', () => {
  const shop = linked();
  shop.join();
  shop.session.break('sslv3 alert certificate expired');
  comeBack(shop);
  shop.session.break('read ECONNRESET');
  expect(shop.unwanted).toEqual(['sslv3 alert certificate expired']);
});
