/** Reports and receipts from the command line. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../../simulator/shop/until.ts';
import { openTill, type Till } from '../local-api/till.ts';
import { run, runAt } from './captured.ts';

let till: Till;
let id: string;

beforeAll(async () => {
  till = await openTill({ offline: { enabled: true, duplicateWindowSeconds: 0 } });
  const sell = async (key: string) => {
    const selling = till.sell(key, { reference: key }, { Prefer: 'wait=30' });
    await until('the reader is armed', () => till.post.state().is === 'busy');
    till.post.tap();
    return String((await selling).body['transactionId']);
  };
  id = await sell('approved');
  till.host.online = false;
  await sell('stored');
});
afterAll(() => till.close());

describe('report', () => {
  test('tells what today came to', async () => {
    const { exit, out } = await runAt(till, 'report');
    expect(exit).toBe(0);
    expect(out).toMatch(/^\d{4}-\d\d-\d\d, UTC\nday +sales +sold/);
    expect(out).toMatch(/^\d{4}-\d\d-\d\d +1 +42\.50 +0\.00 +42\.50 USD +42\.50$/m);
    expect(out).toContain('In all 42.50 USD: 1 sale, 0 refunds, 1 offline (42.50 USD).\n');
  });

  test('goes by what it is told to', async () => {
    expect((await runAt(till, 'report', '--by', 'brand')).out).toMatch(/^mastercard +1 /m);
    const empty = await runAt(till, 'report', '--from', '2026-03-28', '--to', '2026-03-30');
    expect(empty.out).toBe('2026-03-28 to 2026-03-30, UTC\nNo transactions.\n');
  });

  test('with --json is the document of the API', async () => {
    const { document } = await runAt(till, 'report', '--by', 'type', '--json');
    expect(document()).toMatchObject({ by: 'type', rows: [{ group: 'sale', net: 4250 }] });
  });

  test('with --csv is the CSV and nothing else, its lines as they came', async () => {
    const { exit, out, err } = await runAt(till, 'report', '--by', 'type', '--csv');
    expect([exit, err]).toEqual([0, '']);
    expect(out).toMatch(/^type,currency,[^\r]*\r\nsale,USD,2,1,42\.50,[^\r]*\r\n$/);
  });

  test('in two forms at once is wrong use, of a period that is none refused', async () => {
    expect((await runAt(till, 'report', '--csv', '--json')).exit).toBe(2);
    const backwards = ['report', '--from', '2026-11-22', '--to', '2026-11-21'];
    const ran = await runAt(till, ...backwards, '--csv');
    expect([ran.exit, ran.out]).toEqual([1, '']);
    expect(ran.err).toContain('before it begins');
    expect((await runAt(till, ...backwards, '--json')).document()).toMatchObject({
      error: { code: 'period_invalid', status: 422 },
    });
  });

  test('of something that is no agent ends with 3', async () => {
    const other = createServer((_request, response) => response.end('{"not": "an agent"}'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const ran = await run(['report', '--csv', '--url', `http://127.0.0.1:${port}`], {
      HOLDFAST_DATA: till.directory,
    });
    other.close();
    expect([ran.exit, ran.err]).toEqual([3, expect.stringContaining('is no agent')]);
  });
});

describe('a receipt', () => {
  test('is printed, whosever copy and however wide', async () => {
    const { exit, out } = await runAt(till, 'transactions', id, '--receipt', 'merchant');
    expect(exit).toBe(0);
    expect(out).toMatch(/^ +SALE\n/);
    expect(out).toMatch(/ +MERCHANT COPY\n$/);
    const narrow = ['transactions', id, '--receipt', 'customer', '--width', '32', '--duplicate'];
    const lines = (await runAt(till, ...narrow)).out.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBe(32);
    expect(lines.join('\n')).toContain('DUPLICATE COPY');
  });

  test('with --json is the document of the API', async () => {
    const { document } = await runAt(till, 'transactions', id, '--receipt', 'customer', '--json');
    expect(document()).toMatchObject({ copy: 'customer', headline: 'APPROVED' });
  });

  test('of a transaction there is not is refused with how to list them', async () => {
    const ran = await runAt(till, 'transactions', 'txn_x', '--receipt', 'customer');
    expect([ran.exit, ran.out]).toEqual([1, '']);
    expect(ran.err).toContain('holdfast transactions');
  });
});

test('a batch has an X report while it is open, and a Z report once it is closed', async () => {
  const report = async (...options: string[]) =>
    runAt(till, 'batch', 'show', 'System-1', '--report', ...options);
  expect((await report()).out).toMatch(/^ +X REPORT - BATCH OPEN\n/);
  expect((await report('--json')).document()).toMatchObject({
    kind: 'X',
    now: {
      net: [{ currency: 'USD', value: 4250 }],
      exposure: [{ currency: 'USD', count: 1, value: 4250 }],
    },
  });
  till.shop.clerk.close({ by: { userId: 'local' } });
  const { out } = await report('--width', '32');
  expect(out).toMatch(/^ +Z REPORT - BATCH CLOSED\n/);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBe(32);
  const none = await runAt(till, 'batch', 'show', 'System-9', '--report');
  expect([none.exit, none.out]).toEqual([1, '']);
});

test('transactions are narrowed by type, batch, original and time', async () => {
  const listed = async (...options: string[]) => {
    const { document } = await runAt(till, 'transactions', '--json', ...options);
    return (document()['transactions'] as unknown[]).length;
  };
  expect(await listed('--type', 'sale', '--batch', 'System')).toBe(2);
  expect(await listed('--type', 'refund')).toBe(0);
  expect(await listed('--original', id)).toBe(0);
  expect(await listed('--from', '2020-01-01T00:00:00+01:00')).toBe(2);
  expect(await listed('--to', '2020-01-01T00:00:00Z')).toBe(0);
});
