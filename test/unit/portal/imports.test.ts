/** A dead device's log, taken in from a file as from MQTT; and the device is heard no more. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startAdmin, type Admin } from '../../../simulator/portal/admin.ts';
import { advised, Bench, created, newFollowUp, newSale, reversal, stored } from './bench.ts';
import { closing, record } from './close.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let admin: Admin;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  admin = await startAdmin({ portal: bench.portal, port: 0 });
  device = bench.device();
});
afterEach(async () => {
  await admin.close();
  await bench.close();
});

const firstLine = (how: object = {}): string => {
  const { clientId, deviceId } = device.subject;
  const head = device.log.length;
  const named = { holdfast: 'ledger', kind: 'frames', clientId, deviceId };
  return JSON.stringify({ ...named, epoch: 1, head, hash: device.hashAt(head), ...how });
};

const frameLine = (from: number, to: number): string =>
  JSON.stringify({ ...device.frame(from, to), session: 99 });

const give = async (...lines: string[]) => {
  const body = lines.join('\n');
  const response = await fetch(`${admin.url}/admin/imports`, { method: 'POST', body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
};

/** Sold and never told, because the device died. */
const sellUntold = () => {
  const [sale, lost] = [newSale(1_500), newSale(700)];
  device.write(stored(device.subject, sale), reversal(lost), created());
  return { sale, lost };
};

test('what was stored is decided, what was unknown is undone, and the device is retired', async () => {
  const { sale, lost } = sellUntold();
  expect(await give(firstLine(), frameLine(1, 2), frameLine(3, 3))).toEqual({
    status: 201,
    body: { device: device.name, epoch: 1, through: 3, retired: true },
  });
  await bench.happens('transaction.decided');
  await bench.happens('reversal.done');
  const { netByCurrency } = bench.portal.host();
  expect(netByCurrency).toEqual({ USD: 1_500 });
  expect(bench.all('transaction.decided')).toMatchObject([{ transactionId: sale.transactionId }]);
  expect(bench.all('reversal.done')).toMatchObject([{ attemptId: lost.attemptId }]);
  expect(bench.portal.devices()).toMatchObject([{ retired: 1, undecidedCount: 0 }]);
});

test('advices, voids and the close of a batch are worked on like those that come by the link', async () => {
  const [sale, gone] = [newSale(1_500), newSale(700)];
  const [refund, undo] = [newFollowUp('refund', sale, 200), newFollowUp('void', gone)];
  device.write(
    ...[stored(device.subject, sale), stored(device.subject, gone), advised(refund), advised(undo)],
    ...closing([sale, gone, refund, undo].map((one) => record(one, 'pending'))),
  );
  await give(firstLine(), frameLine(1, device.log.length));
  await bench.happens('batch.settled');
  expect(bench.portal.batches()).toMatchObject([
    { settlement: { outcome: 'agreed', settled: [{ currency: 'USD', value: 1_300 }] } },
  ]);
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 1_300 });
});

test('a retired device is not heard any more, and the file again changes nothing', async () => {
  sellUntold();
  await give(firstLine(), frameLine(1, 3));
  await bench.happens('transaction.decided');
  expect((await give(firstLine(), frameLine(1, 3))).status).toBe(201);
  await device.connect(100);
  await device.publish('presence', device.presence('online'), true);
  await bench.happens('message.dropped');
  expect(bench.all('message.dropped').at(-1)).toMatchObject({ why: 'the device is retired' });
  expect(bench.portal.host()).toMatchObject({ netByCurrency: { USD: 1_500 }, doubleCharges: [] });
});

test('what the portal had already is taken for what it is', async () => {
  await device.begin();
  await device.tell(created());
  device.die();
  await bench.happens('device.offline');
  sellUntold();
  expect(await give(firstLine(), frameLine(1, 4))).toMatchObject({ status: 201 });
});

test('a device that is online tells its log itself', async () => {
  await device.begin();
  sellUntold();
  expect(await give(firstLine(), frameLine(1, 3))).toMatchObject({
    ...{ status: 409, body: { code: 'conflict' } },
  });
  expect(bench.portal.devices()).toMatchObject([{ retired: 0, upThrough: 0 }]);
});

test.each<[string, () => string[]]>([
  ['an empty file', () => []],
  ['a first line of something else', () => [JSON.stringify({ holdfast: 'bundle' })]],
  ['an export of entries', () => [firstLine({ kind: 'entries' }), frameLine(1, 3)]],
  ['no name of a device', () => [firstLine({ deviceId: '../x' })]],
  ['a line that is no JSON', () => [firstLine(), frameLine(1, 3).slice(0, 40)]],
  ['a line that is no frame', () => [firstLine(), JSON.stringify({ from: 1 })]],
])('%s is refused, and nobody is retired', async (_what, linesOf) => {
  sellUntold();
  expect(await give(...linesOf())).toMatchObject({ status: 400, body: { code: 'malformed' } });
  expect(bench.portal.devices().filter(({ retired }) => retired === 1)).toEqual([]);
});

test.each<[string, () => string[]]>([
  ['a file without its end', () => [firstLine(), frameLine(1, 2)]],
  ['a file with a hole', () => [firstLine(), frameLine(1, 1), frameLine(3, 3)]],
  ['a changed amount', () => [firstLine(), frameLine(1, 3).replaceAll('1500', '1501')]],
])('%s leaves the device as it is', async (_what, linesOf) => {
  sellUntold();
  expect(await give(...linesOf())).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect(bench.portal.devices()).toMatchObject([{ retired: 0 }]);
});
