/** A portal that stops, or comes back older than it was: nothing is lost, nothing is decided twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Entry } from '../../../contract/index.ts';
import { until } from '../../../simulator/shop/until.ts';
import { authorizeBody, Bench, created, newSale, reversal, stored, taken } from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let directory: string | undefined;

afterEach(async () => {
  await bench.close();
  if (directory !== undefined) rmSync(directory, { recursive: true });
  directory = undefined;
});

const ready = async (): Promise<ScriptedDevice> => {
  const device = bench.device();
  await device.begin();
  await device.acknowledgeWords();
  return device;
};

/** Erases the attachment of an entry, as a device does once its sale is decided. */
const erase = (device: ScriptedDevice, seq: number): void => {
  const { sealed: _, ...rest } = device.log[seq - 1]!;
  device.log[seq - 1] = { ...rest, erased: true };
};

/** Takes a word in, as a device does: acknowledged, and told as a fact. */
const take = async (device: ScriptedDevice, word: Entry): Promise<void> => {
  await device.acknowledgeWords();
  await device.tell(taken(word));
};

const reconnect = async (device: ScriptedDevice): Promise<void> => {
  const offline = bench.count('device.offline');
  device.die();
  await bench.happens('device.offline', offline + 1);
};

test('restarted on the same database, it goes on where it stood', async () => {
  directory = mkdtempSync(join(tmpdir(), 'portal-'));
  bench = await Bench.open(join(directory, 'portal.db'));
  const device = await ready();
  const [first, second] = [newSale(), newSale()];
  await device.tell(stored(device.subject, first));
  await device.word('transaction.decided', first.transactionId);
  await device.acknowledgeWords();
  bench.portal.faults.arm('hold_decisions', { count: 1 });
  await device.tell(stored(device.subject, second));
  bench.portal.stop();
  await bench.restart();
  await device.word('transaction.decided', second.transactionId);
  await device.tell(created());
  expect(bench.portal.devices()).toMatchObject([{ upThrough: 3, downEpoch: 1, downHead: 2 }]);
  expect(bench.count('transaction.decided')).toBe(2);
});

test('a snapshot of a database on disk can be restored', async () => {
  directory = mkdtempSync(join(tmpdir(), 'portal-'));
  bench = await Bench.open(join(directory, 'portal.db'));
  const device = await ready();
  await device.tell(created());
  const image = bench.portal.snapshot();
  await device.tell(created());
  bench.portal.restore(image);
  expect(bench.portal.devices()).toMatchObject([{ upThrough: 1, session: 0 }]);
  await reconnect(device);
  expect(await device.begin()).toMatchObject({ through: 1 });
});

test('restored from a backup, it learns its decisions again and does not decide anew', async () => {
  bench = await Bench.open();
  const device = await ready();
  const image = bench.portal.snapshot();
  const [sale, lost] = [newSale(), newSale(900)];
  await bench.ask(device, authorizeBody(device.subject, lost));
  await device.tell(stored(device.subject, sale), reversal(lost));
  await device.acknowledgeWords();
  const decision = await device.word('transaction.decided', sale.transactionId);
  const undone = await device.word('reversal.done', lost.attemptId);
  await take(device, undone);
  await take(device, decision);
  erase(device, 1);
  const words = { ...device.wordHead() };

  bench.portal.restore(image);
  await reconnect(device);
  bench.events.splice(0);
  expect(await device.begin()).toMatchObject({ through: 0 });
  await device.acknowledgeWords(words);
  await bench.happens('words.epoch_opened');
  await device.publish('log/up', device.frame());
  await device.isAcknowledged();

  expect(bench.all('decision.learned')).toMatchObject([{ transactionId: sale.transactionId }]);
  expect(bench.count('transaction.decided')).toBe(0);
  expect(bench.portal.devices()).toMatchObject([{ undecidedCount: 0, downEpoch: 2 }]);
  expect(bench.portal.host()).toMatchObject({ netByCurrency: { USD: 1_000 }, doubleCharges: [] });
});

test('restored to between a sale and its decision, it waits for the head and learns', async () => {
  bench = await Bench.open();
  const device = await ready();
  const sale = newSale();
  bench.portal.faults.arm('hold_decisions', { count: 1 });
  await device.tell(stored(device.subject, sale));
  const image = bench.portal.snapshot();
  bench.portal.faults.clear();
  const decision = await device.word('transaction.decided', sale.transactionId);
  await take(device, decision);
  const words = { ...device.wordHead() };

  bench.portal.restore(image);
  await reconnect(device);
  bench.events.splice(0);
  expect(await device.begin()).toMatchObject({ through: 1 });
  await device.acknowledgeWords(words);
  await device.publish('log/up', device.frame(2));
  await device.isAcknowledged();
  expect(bench.count('transaction.decided')).toBe(0);
  expect(bench.all('decision.learned')).toMatchObject([{ transactionId: sale.transactionId }]);
});

test('words not known to be taken are sent again under new numbers, by the same names', async () => {
  bench = await Bench.open();
  const device = await ready();
  const sales = [newSale(), newSale()];
  await device.tell(...sales.map((sale) => reversal(sale)));
  const [first, second] = [
    await device.word('reversal.done', sales[0]!.attemptId),
    await device.word('reversal.done', sales[1]!.attemptId),
  ];
  const image = bench.portal.snapshot();
  await reconnect(device);
  device.heard.splice(0);
  bench.portal.restore(image);
  await device.begin();
  await device.acknowledgeWords({ epoch: 1, through: 5, hash: 'b'.repeat(64) });
  await until('the words came again', () => device.frames().length > 0);
  const [frame] = device.frames();
  expect(frame).toMatchObject({ epoch: 2, from: 1, head: 2 });
  expect(frame?.entries.map(({ id }) => id)).toEqual([first.id, second.id]);
});

test('what is no image changes nothing', async () => {
  bench = await Bench.open();
  const device = await ready();
  await device.tell(created());
  expect(() => bench.portal.restore(new Uint8Array(4_096))).toThrow();
  expect(bench.portal.devices()).toMatchObject([{ upThrough: 1 }]);
  await device.tell(created());
});

test('a broker that comes and goes costs nothing', async () => {
  bench = await Bench.open();
  const device = await ready();
  await device.tell(created());
  bench.broker.cut();
  await bench.happens('link.up', 2);
  await device.begin();
  await device.tell(created());
  expect(bench.all('link.down')).toHaveLength(1);
});

test('a store that was restored has another name; one that was only restarted has not', async () => {
  directory = mkdtempSync(join(tmpdir(), 'portal-'));
  bench = await Bench.open(join(directory, 'portal.db'));
  const device = await ready();
  const { store: name } = await device.begin();
  bench.portal.stop();
  await bench.restart();
  expect((await device.begin()).store).toBe(name);
  bench.portal.restore(bench.portal.snapshot());
  await reconnect(device);
  expect((await device.begin()).store).not.toBe(name);
});
