/** A dead device's log, taken in from a file as from MQTT; and the device is heard no more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check, ExportReceipt, type MoneyKind } from '../../../contract/index.ts';
import { openerOf } from '../../../agent/identity/jws.ts';
import { startAdmin, type Admin } from '../../../simulator/portal/admin.ts';
import { until } from '../../../simulator/shop/until.ts';
import {
  advised,
  authorizeBody,
  batch,
  Bench,
  created,
  finished,
  keys,
  newFollowUp,
  newSale,
  reversal,
  stored,
  type Sale,
} from './bench.ts';
import { closing, record } from './close.ts';
import type { Attached, ScriptedDevice } from './scripted-device.ts';

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
    body: {
      ...{ device: device.name, epoch: 1, through: 3, retired: true },
      receipt: expect.any(String) as string,
    },
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

test('the answer holds a receipt for this device and this head, as often as the file comes', async () => {
  sellUntold();
  const open = openerOf([keys.signing]);
  for (let time = 1; time <= 2; time += 1) {
    const { body } = await give(firstLine(), frameLine(1, 3));
    const receipt = String(body['receipt']);
    const opened = open(receipt, { typ: 'receipt', sub: device.name });
    expect(opened).toMatchObject({
      ...{ ok: true, payload: { epoch: 1, seq: 3, hash: device.hashAt(3) } },
    });
    expect(opened.ok && check(ExportReceipt, opened.payload).ok).toBe(true);
    expect(open(receipt, { typ: 'receipt', sub: 'acme/other' }).ok).toBe(false);
  }
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

test('a retired device that lives after all is told to sell no more', async () => {
  sellUntold();
  await give(firstLine(), frameLine(1, 3));
  await device.connect(1);
  await until('it was told', () => device.of('desired/device').length > 0);
  expect(device.of('desired/device')).toMatchObject([{ body: { status: 'Disabled' } }]);
});

test('a device that died with the portal and the broker can be retired', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portal-'));
  const database = join(directory, 'portal.db');
  for (const each of [admin, bench]) await each.close();
  bench = await Bench.open(database);
  device = bench.device();
  await device.begin();
  sellUntold();
  // The portal first, so that it hears nothing of the death.
  bench.portal.stop();
  await bench.close();
  bench = await Bench.open(database);
  admin = await startAdmin({ portal: bench.portal, port: 0 });
  expect(await give(firstLine(), frameLine(1, 3))).toMatchObject({ status: 201 });
  rmSync(directory, { recursive: true });
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

/** Untold sales in a log of which the portal has the first fact already. */
const sellBehind = async () => {
  await device.begin();
  await device.tell(created());
  device.die();
  await bench.happens('device.offline');
  sellUntold();
};

test.each<[string, () => string[]]>([
  ['a file without its end', () => [firstLine(), frameLine(1, 2)]],
  ['a file without its last line', () => [firstLine(), frameLine(1, 2), frameLine(3, 3)]],
  ['a file with a hole', () => [firstLine(), frameLine(1, 1), frameLine(3, 4)]],
  ['a file without its beginning', () => [firstLine(), frameLine(2, 4)]],
  ['a frame that stands there twice', () => [firstLine(), frameLine(1, 4), frameLine(1, 4)]],
  ['a frame of another epoch', () => [firstLine({ epoch: 2 }), frameLine(1, 4)]],
  ['another last hash', () => [firstLine({ hash: 'a'.repeat(64) }), frameLine(1, 4)]],
  ['a changed amount', () => [firstLine(), frameLine(1, 4).replaceAll('1500', '1501')]],
  ['a changed amount behind what fits', () => [firstLine(), frameLine(1, 1), changed(2, 4)]],
  ['a changed attachment', () => [firstLine(), frameLine(1, 4).replace('"sealed":"', '$&AA')]],
  ['a first line alone', () => [firstLine()]],
  ['a first line that claims nothing was sold', () => [firstLine({ head: 0 })]],
])('%s changes nothing, and the device is not retired', async (_what, linesOf) => {
  await sellBehind();
  const before = bench.portal.devices();
  expect(await give(...linesOf())).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect(bench.portal.devices()).toEqual(before);
  expect(bench.portal.host().netByCurrency).toEqual({});
});

const changed = (from: number, to: number): string =>
  frameLine(from, to).replaceAll('1500', '1501');

/** What an older export of the same ledger says: it ends where the log did then. */
const olderExport = (head: number): string[] => {
  const { entries, ...frame } = device.frame(1, head);
  const older = { ...frame, head, entries };
  return [
    firstLine({ head, hash: device.hashAt(head) }),
    ...(head === 0 ? [] : [JSON.stringify(older)]),
  ];
};

test.each([0, 1, 3])(
  'an export of when the log had %i facts does not retire a device the portal has heard more of',
  async (head) => {
    await device.begin();
    const { sale } = sellUntold();
    await device.publish('log/up', device.frame(1));
    await device.tell(created());
    device.die();
    await bench.happens('device.offline');
    const refused = await give(...olderExport(head));
    expect(refused).toMatchObject({
      ...{
        status: 409,
        body: { code: 'conflict', detail: expect.stringContaining('through 1/4') },
      },
    });
    expect(bench.portal.devices()).toMatchObject([{ retired: 0, upThrough: 4 }]);
    await device.begin();
    const next = newSale(300);
    await device.tell(stored(device.subject, next));
    await device.word('transaction.decided', next.transactionId);
    expect(bench.portal.host().netByCurrency).toEqual({ USD: sale.value + next.value });
  },
);

test('an export that ends where the portal stands is taken, and a later one after it', async () => {
  await sellBehind();
  expect(await give(...olderExport(1))).toMatchObject({ status: 201, body: { through: 1 } });
  expect(await give(firstLine(), frameLine(1, 4))).toMatchObject({ status: 201 });
  await bench.happens('transaction.decided');
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 1_500 });
});

test('the log of another life of the device is refused, however long it is', async () => {
  await device.begin();
  await device.tell(created(), created());
  device.die();
  await bench.happens('device.offline');
  device.log.splice(0);
  device.write(created(), created(), created());
  expect(await give(firstLine(), frameLine(1, 3))).toMatchObject({
    ...{ status: 409, body: { detail: expect.stringContaining('entry 2') } },
  });
  expect(bench.portal.devices()).toMatchObject([{ retired: 0, upThrough: 2 }]);
});

test('an export of an epoch the device has left is refused', async () => {
  await device.begin();
  await device.tell(created());
  const old = [firstLine(), frameLine(1, 1)];
  const opened = { previousEpoch: 1, lastSeq: 1, lastHash: device.hashAt(1), reason: 'restored' };
  device.epoch = bench.portal.openEpoch(device.subject) ?? 0;
  device.log = [];
  await device.tell({ fact: { type: 'epoch.opened', body: opened } });
  device.die();
  await bench.happens('device.offline');
  expect(await give(...old)).toMatchObject({ status: 409, body: { code: 'conflict' } });
  expect(bench.portal.devices()).toMatchObject([{ retired: 0, upEpoch: 2 }]);
});

test('a log whose start was pruned goes on from where it begins', async () => {
  await sellBehind();
  const { session, ...frame } = device.frame(3);
  const pruned = JSON.stringify({ ...frame, session, pruned: true });
  expect(await give(firstLine(), pruned)).toMatchObject({ status: 201, body: { through: 4 } });
  expect(bench.all('facts.pruned_before')).toMatchObject([{ expected: 2 }]);
});

describe('what a dead device had sent, and settled no more', () => {
  const sent = (sale: Sale, kind: MoneyKind = 'authorize'): Attached => {
    const { transactionId, attemptId, value } = sale;
    const amount = { value, currency: 'USD' };
    const card = { maskedPan: '411111******1111', brand: 'visa', entryMode: 'stripe' };
    return {
      fact: { type: 'attempt.sent', body: { transactionId, attemptId, kind, amount, card, batch } },
    };
  };

  const die = async () => {
    device.die();
    await bench.happens('device.offline');
  };

  /** Gives the portal the whole log; what the host holds once that is worked off. */
  const netAfterwards = async () => {
    expect(await give(firstLine(), frameLine(1, device.log.length))).toMatchObject({ status: 201 });
    return bench.portal.host().netByCurrency;
  };

  test.each(['sale', 'authorization', 'refund'] as const)('a %s is undone', async (type) => {
    await device.begin();
    const sale = await bench.sold(device, 1_000, type);
    await die();
    device.write(sent(sale, type === 'refund' ? 'refund' : 'authorize'));
    expect(await netAfterwards()).toEqual({});
    expect(bench.all('reversal.done')).toMatchObject([
      { attemptId: sale.attemptId, hostResult: 'reversed' },
    ]);
  });

  test('leaves a tombstone where the host has not heard of it, and is undone once', async () => {
    const sale = newSale();
    device.write(sent(sale));
    expect(await netAfterwards()).toEqual({});
    await netAfterwards();
    expect(bench.all('reversal.done')).toMatchObject([
      { attemptId: sale.attemptId, hostResult: 'never_received' },
    ]);
  });

  test('is undone when it was approved in part and nobody has accepted that', async () => {
    await device.begin();
    const sale = newSale(1_010);
    await bench.ask(device, authorizeBody(device.subject, sale, { partialApproval: true }));
    await die();
    device.write(sent(sale));
    expect(await netAfterwards()).toEqual({});
  });

  test('is left alone once a fact says how it ended', async () => {
    await device.begin();
    const [sale, refused, given] = [await bench.sold(device, 1_500), newSale(), newSale(700)];
    await die();
    device.write(sent(sale), finished(sale));
    device.write(sent(refused), finished(refused, { outcome: 'declined' }));
    device.write(sent(given), stored(device.subject, { ...given, attemptId: newSale().attemptId }));
    expect(await netAfterwards()).toEqual({ USD: 2_200 });
    expect(bench.all('reversal.done')).toEqual([]);
  });

  test('is left alone when it is a void, a capture or an adjustment: those are never undone', async () => {
    await device.begin();
    const sale = await bench.sold(device, 1_500);
    const tip = newFollowUp('adjustment', sale, 1_800);
    await bench.followUp(device, tip);
    await die();
    device.write(sent(sale), finished(sale), sent(tip, 'adjust'));
    expect(await netAfterwards()).toEqual({ USD: 1_800 });
  });
});
