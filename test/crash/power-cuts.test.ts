/** Power cuts, bad lines, restarted brokers and portals: what was answered stays answered, once. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Sold } from '../../simulator/demo/till.ts';
import type { Which } from '../../simulator/mischief.ts';
import { auditOf, factsAtPortal, sealedSent } from '../rigs/audit.ts';
import { openShop, type Shop } from '../rigs/shop.ts';
import { Pos } from './pos.ts';
import { moments, sellThroughCut, type Moment } from './power-cut.ts';

let shop: Shop;
let pos: Pos;

const logLanes: readonly Which[] = [
  { direction: 'to broker', channel: 'log/up' },
  { direction: 'to agent', channel: 'log/up/ack' },
  { direction: 'to agent', channel: 'log/down' },
  { direction: 'to broker', channel: 'log/down/ack' },
];

beforeAll(async () => {
  shop = await openShop();
  pos = new Pos(shop);
});

afterAll(() => shop.close());

beforeEach(async () => {
  shop.proxy.relent();
  shop.proxy.flow();
  shop.portal.faults.clear();
  await shop.mendLine();
  await shop.till.readerIs('ready');
  await shop.settled();
});

const sell = (value: number): Promise<Sold> => pos.sell({ value, key: randomUUID() });

const sellOffline = async (values: readonly number[]): Promise<void> => {
  await shop.cutLine();
  for (const value of values) expect((await sell(value)).outcome).toBe('approved_offline');
};

const cutAndStart = async (): Promise<void> => {
  await shop.agent.kill9();
  await shop.agent.start();
};

const takenCount = () => factsAtPortal(shop).length;

describe('the power fails in mid-sale', () => {
  test.each<['online' | 'offline', Moment, string[]]>([
    ['online', 'asked', ['approved', 'approved_offline', 'cancelled']],
    ['online', 'prompted', ['cancelled']],
    ['online', 'swiped', ['cancelled', 'unknown', 'reversed', 'approved']],
    ['online', 'read', ['unknown', 'reversed', 'approved']],
    ['online', 'decided', ['unknown', 'reversed']],
    ['online', 'answered', ['approved']],
    ['offline', 'asked', ['approved_offline', 'cancelled']],
    ['offline', 'prompted', ['cancelled']],
    ['offline', 'swiped', ['cancelled', 'approved_offline']],
    ['offline', 'read', ['approved_offline']],
    ['offline', 'answered', ['approved_offline']],
  ])('%s, %s', async (line, moment, outcomes) => {
    if (line === 'offline') await sellOffline([12_00]);
    const sale = { value: 13_00, key: randomUUID() };
    const { outcome } = await sellThroughCut({ shop, pos }, sale, moment);
    expect(outcomes, moments[moment]).toContain(outcome);
  });
});

describe('the power fails while stored sales are forwarded', () => {
  test('and acknowledgements are lost', async () => {
    await sellOffline([14_00, 14_05, 14_20]);
    shop.portal.faults.arm('drop_up_ack', { count: 4 });
    const before = takenCount();
    shop.proxy.mend();
    await shop.holds('the portal has taken something', () => takenCount() > before);
    await cutAndStart();
    await shop.settled();
  });

  test('and the line is slow', async () => {
    await sellOffline([15_00, 15_05, 15_20]);
    shop.proxy.slow(4_000);
    const before = shop.proxy.count('passed', { direction: 'to broker', channel: 'log/up' });
    shop.proxy.mend();
    await shop.holds(
      'a frame is on its way',
      () => shop.proxy.count('passed', { direction: 'to broker', channel: 'log/up' }) > before,
    );
    await shop.agent.kill9();
    shop.proxy.flow();
    await shop.agent.start();
    await shop.settled();
  });

  test('and the decisions are on their way back', async () => {
    await sellOffline([16_00, 16_51]);
    shop.proxy.drop({ direction: 'to agent', channel: 'log/down' }, 1);
    shop.proxy.mend();
    await shop.holds('the host has decided', () =>
      shop.portalLog.slice(-10).some(({ is }) => is === 'words.sent'),
    );
    await cutAndStart();
    await shop.settled();
  });
});

describe('stored sales arrive once', () => {
  test.each<[string, (which: Which) => void]>([
    ['loses', (which) => shop.proxy.drop(which, 2)],
    ['repeats', (which) => shop.proxy.duplicate(which, 20)],
  ])('when the line %s what both sides say', async (_, spoil) => {
    await sellOffline([17_00, 17_05, 17_20]);
    for (const lane of logLanes) spoil(lane);
    await shop.mendLine();
    await sell(17_50);
    await shop.settled();
  });

  test('when the line stalls, is given up and dialled anew', async () => {
    await sellOffline([19_00, 19_05]);
    shop.proxy.mend();
    await shop.till.linkIs('online');
    shop.proxy.stall('both ways');
    const seen = shop.log.length;
    const sold = await sell(19_50);
    expect(['unknown', 'approved_offline']).toContain(sold.outcome);
    await shop.says('link.state', seen, { state: 'waiting' });
    shop.proxy.flow();
    await shop.till.linkIs('online');
    await shop.settled();
  });

  test('when the broker is restarted', async () => {
    await sellOffline([20_00, 20_05]);
    shop.proxy.mend();
    await shop.restartBroker();
    await shop.till.linkIs('online');
    await shop.settled();
    expect(await sell(20_50)).toMatchObject({ outcome: 'approved' });
  });

  test('when the portal is restarted', async () => {
    await sellOffline([21_00, 21_05]);
    shop.portal.faults.arm('hold_decisions', { count: 1 });
    const before = takenCount();
    shop.proxy.mend();
    await shop.holds('the portal has taken something', () => takenCount() > before);
    shop.restartPortal();
    await shop.settled();
    expect(await sell(21_50)).toMatchObject({ outcome: 'approved' });
  });

  test('when the portal is restored from an older backup', async () => {
    const backup = shop.portal.snapshot();
    await sellOffline([22_00, 22_05]);
    await shop.mendLine();
    await shop.settled();
    await sell(22_50);
    await shop.settled();
    const before = takenCount();
    shop.portal.restore(backup);
    await sellOffline([22_80]);
    await shop.mendLine();
    await shop.holds('the portal has caught up', () => takenCount() > before);
    await shop.settled();
    expect(await sell(22_70)).toMatchObject({ outcome: 'approved' });
  });
});

test('in the end the POS, the ledger, the portal and the host agree', async () => {
  await shop.settled();
  // Among others, that none of this is left in the data directory.
  expect(sealedSent(shop).length).toBeGreaterThan(20);
  expect(await auditOf(shop, pos.notes)).toEqual([]);
});
