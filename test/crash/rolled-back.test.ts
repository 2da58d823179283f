/** A ledger that was restored from an old copy while the portal had seen more: loud, careful, and mended. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sold } from '../../simulator/demo/till.ts';
import { hostRecord, verified } from '../rigs/audit.ts';
import { openShop, shopSubject, type Shop } from '../rigs/shop.ts';

let shop: Shop;
let ledger: string;
let copy: string;
/** Sold before the copy was made, stored in it, sold after it, and sold on it before anybody noticed. */
let before: Sold;
let stored: Sold;
let after: Sold;
let unnoticed: Sold;

beforeAll(async () => {
  shop = await openShop();
  ledger = join(shop.dataDirectory, 'ledger.sqlite');
  copy = join(shop.directory, 'ledger.copy');
});

afterAll(() => shop.close());

const outcomeOf = async ({ transactionId }: Sold) => (await shop.till.look(transactionId)).outcome;

const health = async () => (await shop.agent.client.get('/v1/health')).body;

test('a copy is made, and the shop sells on', async () => {
  before = await shop.till.sell({ value: 10_00 });
  await shop.settled();
  await shop.cutLine();
  stored = await shop.till.sell({ value: 11_00 });
  await shop.agent.stop();
  copyFileSync(ledger, copy);
  await shop.agent.start();
  await shop.mendLine();
  await shop.till.readerIs('ready');
  await shop.settled();
  expect(await outcomeOf(stored)).toBe('approved');
  after = await shop.till.sell({ value: 12_00 });
  await shop.settled();
});

test('the copy takes the place of the ledger, and sells until somebody can notice', async () => {
  await shop.agent.stop();
  copyFileSync(copy, ledger);
  shop.proxy.cut();
  await shop.agent.start();
  await shop.till.readerIs('ready');
  expect((await shop.agent.client.get(`/v1/transactions/${after.transactionId}`)).status).toBe(404);
  unnoticed = await shop.till.sell({ value: 13_00 });
  expect(unnoticed).toMatchObject({ outcome: 'approved_offline' });
});

test('once the portal is reached, it is said aloud, and no sale is approved', async () => {
  const seen = shop.log.length;
  shop.proxy.mend();
  await shop.says('ledger.rolled_back', seen);
  await shop.holds('the portal has been understood', async () =>
    JSON.stringify(await health()).includes('ledger_rolled_back'),
  );
  expect(await health()).toEqual({ status: 'degraded', reasons: ['ledger_rolled_back'] });
  const refused = await shop.till.sell({ value: 14_00 });
  expect(refused).toMatchObject({ outcome: 'declined', reason: 'ledger_rolled_back' });
});

test('it is remembered over a restart and without a line, and nothing is deleted', async () => {
  shop.proxy.cut();
  await shop.agent.restart();
  await shop.till.readerIs('ready');
  expect(await health()).toEqual({ status: 'degraded', reasons: ['ledger_rolled_back'] });
  const refused = await shop.till.sell({ value: 14_50 });
  expect(refused).toMatchObject({ outcome: 'declined', reason: 'ledger_rolled_back' });
  expect(await outcomeOf(before)).toBe('approved');
  // The portal may tell its decisions again at any time.
  expect(['approved_offline', 'approved']).toContain(await outcomeOf(stored));
  expect(await outcomeOf(unnoticed)).toBe('approved_offline');
  shop.proxy.mend();
});

test('the portal opens a new epoch, and the shop sells again', async () => {
  const seen = shop.log.length;
  await shop.till.linkIs('joining');
  expect(shop.portal.openEpoch(shopSubject)).toBe(2);
  await shop.says('ledger.epoch.opened', seen, { epoch: 2 });
  await shop.till.linkIs('online');
  await shop.settled();
  expect(await health()).toEqual({ status: 'ok', reasons: [] });
  expect(await shop.till.sell({ value: 15_00 })).toMatchObject({ outcome: 'approved' });
  await shop.cutLine();
  expect(await shop.till.sell({ value: 16_00 })).toMatchObject({ outcome: 'approved_offline' });
  await shop.mendLine();
  await shop.settled();
});

test('everything was charged once, and the ledger is sound', async () => {
  for (const sold of [before, stored, unnoticed]) {
    expect(await outcomeOf(sold)).toBe('approved');
    const attempts = hostRecord(shop, sold.transactionId)?.attempts ?? [];
    expect(attempts.map(({ state }) => state)).toEqual(['approved']);
  }
  await shop.agent.stop();
  const report = await verified(shop);
  expect(report).toMatchObject({ sound: true, open: 0, findings: [] });
  const host = shop.portal.host();
  expect(host.doubleCharges).toEqual([]);
  // What was sold after the copy was made is the portal's to know alone.
  const known = (report.netByCurrency['USD'] ?? 0) + after.amount.value;
  expect(host.netByCurrency).toEqual({ USD: known });
});
