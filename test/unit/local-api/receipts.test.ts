/** Receipts over HTTP: whose copy, in which form, and what the settings put on it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../../contract/index.ts';
import { routes } from '../../../agent/local-api/routes.ts';
import { until } from '../../../simulator/shop/until.ts';
import { openTill, type Till } from './till.ts';

let till: Till;
let path: string;

beforeAll(async () => {
  till = await openTill({
    timeZone: 'America/New_York',
    receipt: { header: ['Café Zoë'], footer: ['No refunds'] },
    ...{ hasTipLine: true, hasTipRecommendation: true, tip: { recommendedPercents: [10] } },
  });
  const selling = till.sell('receipt', { reference: 'table 4' }, { Prefer: 'wait=30' });
  await until('the reader is armed', () => till.post.state().is === 'busy');
  till.post.tap();
  path = `/v1/transactions/${String((await selling).body['transactionId'])}/receipt`;
});
afterAll(() => till.close());

const receipt = (query = '', headers = {}) => till.send(`${path}${query}`, { headers });

test('a receipt is the customer’s unless the merchant’s is asked for', async () => {
  const { status, body } = await receipt();
  expect(status).toBe(200);
  const promised = routes.find(({ name }) => name === 'getReceipt')?.answers[200]?.schema;
  if (promised === undefined) throw new Error('Nothing is promised.');
  expect(check(promised, body)).toMatchObject({ ok: true });
  expect(body).toMatchObject({
    ...{ copy: 'customer', duplicate: false, headline: 'APPROVED', reference: 'table 4' },
    card: { maskedPan: '*************7189', brand: 'mastercard', entryMode: 'chip' },
    totalAmount: { value: 4250, currency: 'USD' },
    time: { timeZone: 'America/New_York', confirmed: true },
    signatureLine: false,
  });
  const merchants = await receipt('?copy=merchant');
  expect(check(promised, merchants.body)).toMatchObject({ ok: true });
  expect(merchants.body).toMatchObject({
    card: { maskedPan: '545230*******7189' },
    signatureLine: true,
    tipLine: { suggested: [{ percent: 10, tipAmount: { value: 425 } }] },
  });
});

describe('as text', () => {
  const printed = async (query: string) => {
    const { status, headers, text } = await receipt(query, { Accept: 'text/plain' });
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
    return text.split('\n');
  };

  test.each([32, 42])('it is %d columns wide and ends with a line feed', async (width) => {
    const lines = await printed(`?copy=merchant&width=${width}`);
    expect(Math.max(...lines.map((line) => line.length))).toBe(width);
    expect(lines.at(-1)).toBe('');
    expect(lines[0]?.trim()).toBe('Cafe Zoe');
    expect(lines.join('\n')).toMatch(/No refunds\n\n +MERCHANT COPY\n$/);
  });

  test('a duplicate says so', async () => {
    expect((await printed('?duplicate=true')).join('\n')).toContain('DUPLICATE COPY');
    expect((await printed('?duplicate=false')).join('\n')).not.toContain('DUPLICATE');
  });

  test('it has no tip line once its batch is closed', async () => {
    const lines = async () => (await printed('?copy=merchant')).join('\n');
    expect(await lines()).toMatch(/^Tip _+$/m);
    till.shop.clerk.close({ name: 'System', by: { userId: 'local' } });
    expect(await lines()).not.toMatch(/^Tip/m);
  });
});

test.each([
  ['?copy=portal', 400, 'malformed'],
  ['?width=40', 400, 'malformed'],
  ['?duplicate=maybe', 400, 'malformed'],
  ['?colour=red', 400, 'unknown_field'],
])('%s is refused', async (query, status, code) => {
  expect((await receipt(query)).body).toMatchObject({ status, code });
});

test('in a form nobody has is 406, and of a transaction there is not 404', async () => {
  expect((await receipt('', { Accept: 'application/pdf' })).status).toBe(406);
  const none = await till.send('/v1/transactions/txn_nothing/receipt');
  expect(none.body).toMatchObject({ status: 404, code: 'not_found' });
});
