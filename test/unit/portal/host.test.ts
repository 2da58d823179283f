/** The host’s books: an attempt counts once, and what is undone stays undone. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHost, type Host, type HostRequest } from '../../../simulator/portal/host.ts';
import { portalKeys, portalKeysFile } from '../../../simulator/portal/keys.ts';
import { faultTable } from '../../../simulator/portal/faults.ts';
import { codeOf, testAmounts } from '../../../simulator/portal/test-amounts.ts';
import { newSale, world } from './bench.ts';

let host: Host;
beforeEach(() => {
  host = openHost({ database: ':memory:', clock: world.clock });
});
afterEach(() => host.close());

const request = (value: number, how: Partial<HostRequest> = {}): HostRequest => ({
  ...{ device: 'c/d', transactionId: newSale().transactionId, attemptId: newSale().attemptId },
  ...{ type: 'sale', amount: { value, currency: 'USD' }, way: 'live', partialApproval: false },
  ...how,
});

describe('an attempt', () => {
  test('approved twice counts once', () => {
    const sale = request(700);
    expect(host.decide(sale)).toEqual(host.decide(sale));
    expect(host.totals()).toMatchObject({ transactions: 1, netByCurrency: { USD: 700 } });
  });

  test('reversed is undone for good, however often it comes again', () => {
    const sale = request(700);
    host.decide(sale);
    expect([host.reverse('c/d', sale), host.reverse('c/d', sale)]).toEqual([
      ...['reversed', 'reversed'],
    ]);
    expect(host.decide(sale)).toEqual({ is: 'undone' });
    expect(host.totals().netByCurrency).toEqual({});
  });

  test('replaced after its reversal is no double charge; replaced before it is', () => {
    const first = request(700);
    const { transactionId } = first;
    host.decide(first);
    host.reverse('c/d', first);
    host.decide(request(700, { transactionId }));
    expect(host.totals().doubleCharges).toEqual([]);
    host.decide(request(700, { transactionId }));
    expect(host.totals().doubleCharges).toHaveLength(1);
  });
});

test('currencies are added up apart', () => {
  host.decide(request(100));
  host.decide(request(200));
  host.decide(request(500, { amount: { value: 500, currency: 'JPY' } }));
  expect(host.totals().netByCurrency).toEqual({ JPY: 500, USD: 300 });
});

test('an amount of nothing is approved, and adds nothing', () => {
  expect(host.decide(request(0))).toMatchObject({ is: 'approved', approved: { value: 0 } });
});

test('the newest transactions come first, no more than asked for', () => {
  const sales = [request(100), request(200), request(300)];
  sales.forEach((sale) => host.decide(sale));
  const newest = host.transactions(2).map(({ transactionId }) => transactionId);
  expect(newest).toEqual([sales[2]!.transactionId, sales[1]!.transactionId]);
});

test('the code of an amount is its last two digits when it is listed, else 00', () => {
  expect([1_005, 5, 10_051, 1_299, 1_000, 50].map(codeOf)).toEqual([
    ...['05', '05', '51', '00', '00', '00'],
  ]);
});

test('the README has every test amount and every fault, and no others', () => {
  const readme = readFileSync(new URL('../../../simulator/README.md', import.meta.url), 'utf8');
  const rows = (pattern: RegExp) => [...readme.matchAll(pattern)].map(([, name]) => name);
  const codes = Object.keys(testAmounts).sort();
  expect(rows(/^\| `\.(\d\d)` \|/gm)).toEqual(['00', ...codes]);
  expect(rows(/^\| `([a-z]+(?:_[a-z]+)*)` \|/gm)).toEqual(Object.keys(faultTable));
});

test('keys follow from their seeds, and devices are given the public halves only', () => {
  const seeds = { signing: new Uint8Array(32).fill(1), sealing: new Uint8Array(32).fill(2) };
  const [keys, again] = [portalKeys(seeds), portalKeys(seeds)];
  expect(keys).toEqual(again);
  const file = portalKeysFile(keys);
  expect(Buffer.from(file.signing[0]!.key, 'base64')).toHaveLength(32);
  expect(Buffer.from(file.sealing.key, 'base64')).toEqual(Buffer.from(keys.sealing.key));
  const seedText = Buffer.from(seeds.signing).toString('base64');
  expect(JSON.stringify(file)).not.toContain(seedText);
});
