/** What people do at the portal: changes of a transaction and commands, and how a device hears of them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Settlement } from '../../../contract/index.ts';
import { startAdmin, type Admin } from '../../../simulator/portal/admin.ts';
import { until } from '../../../simulator/shop/until.ts';
import {
  batch,
  Bench,
  created,
  finished,
  newFollowUp,
  newSale,
  reversal,
  stored,
  taken,
  type Sale,
} from './bench.ts';
import { closing, record } from './close.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let admin: Admin;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  admin = await startAdmin({ portal: bench.portal, port: 0 });
  device = bench.device();
  await device.begin();
  await device.acknowledgeWords();
});
afterEach(async () => {
  await admin.close();
  await bench.close();
});

const by = { userId: 'usr_anna', role: 'admin' };
const usd = (value: number) => ({ value, currency: 'USD' });
const net = () => bench.portal.host().netByCurrency['USD'] ?? 0;

const post = async (path: string, body: unknown) => {
  const headers = { 'content-type': 'application/json' };
  const text = JSON.stringify(body);
  const response = await fetch(`${admin.url}${path}`, { method: 'POST', headers, body: text });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

const change = ({ transactionId }: Sale, kind: string, body: object = { by }) =>
  post(`/admin/transactions/${transactionId}/${kind}`, body);

const changed = async ({ transactionId }: Sale) =>
  (await device.word('transaction.changed', transactionId)).body;

/** A live sale, told as approved. */
const sold = async (value = 1_000): Promise<Sale> => {
  const sale = await bench.sold(device, value);
  await device.tell(finished(sale));
  return sale;
};

describe('an approved transaction', () => {
  test('is voided: the host undoes it, and the device hears what and by whom', async () => {
    const sale = await sold();
    expect(await change(sale, 'void')).toMatchObject({
      ...{ status: 201, body: { device: device.name, kind: 'void', amount: usd(1_000) } },
    });
    const { transactionId } = sale;
    expect(await changed(sale)).toEqual({ transactionId, kind: 'void', amount: usd(1_000), by });
    expect([net(), bench.netOf(sale)]).toEqual([0, 0]);
  });

  test('is refunded in part, and then what is left of it', async () => {
    const sale = await sold();
    await change(sale, 'refund', { by, amount: usd(300) });
    const { body } = await change(sale, 'refund');
    expect(body).toMatchObject({ amount: usd(700) });
    await until('both are told', () => device.words.length === 2);
    expect(device.words.map((word) => (word.body as { amount: unknown }).amount)).toEqual([
      ...[usd(300), usd(700)],
    ]);
    expect([net(), bench.netOf(sale)]).toEqual([0, 1_000]);
  });

  test('is adjusted to another total', async () => {
    const sale = await sold();
    await change(sale, 'adjust', { by, amount: usd(1_200) });
    expect(await changed(sale)).toMatchObject({ kind: 'adjustment', amount: usd(1_200) });
    expect(net()).toBe(1_200);
  });

  test('of a batch that is closed can only be refunded', async () => {
    const sale = await sold();
    await device.tell(...closing([record(sale)]));
    expect(await change(sale, 'void')).toMatchObject({ status: 409, body: { code: 'conflict' } });
    const total = { by, amount: usd(1_200) };
    expect(await change(sale, 'adjust', total)).toMatchObject({ status: 409 });
    expect(await change(sale, 'refund')).toMatchObject({ status: 201 });
    expect(net()).toBe(0);
  });
});

describe('a change is refused', () => {
  const refusedWith = (status: number, code: string) => ({ status, body: { code } });

  test('when the transaction is not decided, or its reversal is not done', async () => {
    const [waiting, lost] = [newSale(1_068), await bench.sold(device, 500)];
    bench.portal.faults.arm('hold_decisions', { count: 1 });
    await device.tell(stored(device.subject, waiting), reversal(lost));
    expect(await change(lost, 'void')).toMatchObject(refusedWith(409, 'conflict'));
    bench.portal.faults.clear();
    await device.word('transaction.parked', waiting.transactionId);
    expect(await change(waiting, 'void')).toMatchObject({ status: 404 });
    expect(await change(lost, 'void')).toMatchObject(refusedWith(409, 'conflict'));
  });

  test('when it is not approved, or not known, or the host declines', async () => {
    const sale = await sold();
    const refund = newFollowUp('refund', sale, 600);
    await bench.followUp(device, refund);
    expect(await change(newSale(), 'refund')).toMatchObject(refusedWith(404, 'not_found'));
    expect(await change(sale, 'void')).toMatchObject(refusedWith(409, 'declined'));
    const rest = await change(sale, 'refund', { by, amount: usd(401) });
    expect(rest).toMatchObject(refusedWith(409, 'declined'));
    expect(device.words).toEqual([]);
    expect(net()).toBe(400);
  });

  const bad: [string, string, object][] = [
    ['by nobody', 'refund', {}],
    ['by somebody without a name', 'refund', { by: { userId: '' } }],
    ['of no amount', 'refund', { by, amount: { value: -1, currency: 'USD' } }],
    ['with a field nobody knows', 'refund', { by, why: 'so' }],
    ['for half a device', 'refund', { by, deviceId: 'dev-1' }],
  ];
  test.each(bad)('%s', async (_, kind, body) => {
    const sale = await sold();
    expect(await change(sale, kind, body)).toMatchObject(refusedWith(400, 'malformed'));
    expect(net()).toBe(1_000);
  });

  test('to what nobody can do, in another currency, or to no total', async () => {
    const sale = await sold();
    expect(await change(sale, 'capture')).toMatchObject({ status: 404 });
    const yen = { by, amount: { value: 1, currency: 'JPY' } };
    expect(await change(sale, 'refund', yen)).toMatchObject(refusedWith(409, 'conflict'));
    expect(await change(sale, 'adjust')).toMatchObject(refusedWith(409, 'conflict'));
  });

  test('for another device', async () => {
    const sale = await sold();
    const other = { by, clientId: 'cli_1', deviceId: 'dev-2' };
    expect(await change(sale, 'void', other)).toMatchObject({ status: 404 });
    const own = { by, clientId: 'cli_1', deviceId: 'dev-1' };
    expect(await change(sale, 'void', own)).toMatchObject({ status: 201 });
  });
});

describe('a restored portal', () => {
  test('says a change again by the same name, when its device has not heard of it', async () => {
    const sale = await sold();
    const image = bench.portal.snapshot();
    await change(sale, 'refund', { by, amount: usd(100) });
    const first = await device.word('transaction.changed', sale.transactionId);
    await bench.restore(device, image);
    const again = await device.word('transaction.changed', sale.transactionId);
    expect([again.id, again.body]).toEqual([first.id, first.body]);
    expect(net()).toBe(900);
  });

  test('says nothing again that its device has told', async () => {
    const sale = await sold();
    const image = bench.portal.snapshot();
    await change(sale, 'refund', { by, amount: usd(100) });
    const word = await device.word('transaction.changed', sale.transactionId);
    await device.acknowledgeWords();
    await device.tell(taken(word));
    await bench.restore(device, image);
    await device.tell(created());
    expect(bench.count('transaction.changed')).toBe(0);
  });
});

describe('in a settlement, a change', () => {
  const settled = async (): Promise<Settlement> =>
    (await device.word('settlement', batch.name)).body as Settlement;

  test('the device did not know of at its close is no difference', async () => {
    const [sale, other] = [await sold(), await sold(500)];
    await change(sale, 'void');
    await change(other, 'adjust', { by, amount: usd(600) });
    await device.tell(...closing([record(sale), record(other)]));
    expect(await settled()).toMatchObject({ outcome: 'agreed', settled: [{ value: 600 }] });
  });

  test('the device knew of has to be in its records', async () => {
    const sale = await sold();
    await change(sale, 'adjust', { by, amount: usd(1_100) });
    await device.tell(taken(await device.word('transaction.changed', sale.transactionId)));
    await device.tell(...closing([record(sale)]));
    expect(await settled()).toMatchObject({
      differences: [{ is: 'amount_differs', device: usd(1_000), portal: usd(1_100) }],
    });
  });
});

describe('a command', () => {
  const { clientId, deviceId } = { clientId: 'cli_1', deviceId: 'dev-1' };
  const order = { kind: 'batch.close', params: { name: 'System' }, issuedBy: by, ttlMs: 60_000 };
  const listed = async () => {
    const response = await fetch(`${admin.url}/admin/commands`);
    return ((await response.json()) as { commands: Record<string, unknown>[] }).commands;
  };
  const outcome = (commandId: string, result: string) => ({
    fact: { type: 'command.finished', body: { commandId, result } },
  });

  test('is told to its device, and shows what became of it: what was said first', async () => {
    const given = await post('/admin/commands', { clientId, deviceId, ...order });
    const commandId = given.body['commandId'] as string;
    expect(given).toMatchObject({ status: 201, body: { commandId: expect.any(String) } });
    expect((await device.word('command', commandId)).body).toEqual({ commandId, ...order });
    expect(await listed()).toMatchObject([{ commandId, command: order, finished: null }]);
    await device.tell(outcome(commandId, 'succeeded'), outcome(commandId, 'failed'));
    expect(await listed()).toMatchObject([{ commandId, finished: { result: 'succeeded' } }]);
  });

  test('is known again to a portal that was restored', async () => {
    const image = bench.portal.snapshot();
    const { body } = await post('/admin/commands', { clientId, deviceId, ...order });
    const commandId = body['commandId'] as string;
    const word = await device.word('command', commandId);
    await device.acknowledgeWords();
    await device.tell(outcome(commandId, 'succeeded'), taken(word));
    await bench.restore(device, image);
    expect(await listed()).toMatchObject([
      { commandId, command: order, finished: { result: 'succeeded' } },
    ]);
  });

  test.each([
    ['to a device nobody knows', { clientId, deviceId: 'dev-9', ...order }, 404],
    ['to no device', order, 404],
    ['that never expires', { clientId, deviceId, ...order, ttlMs: 0 }, 400],
    ['by nobody', { clientId, deviceId, ...order, issuedBy: {} }, 400],
    ['that is none', 'restart', 400],
  ])('%s is refused', async (_, body, status) => {
    expect(await post('/admin/commands', body)).toMatchObject({ status });
    expect(await listed()).toEqual([]);
  });
});
