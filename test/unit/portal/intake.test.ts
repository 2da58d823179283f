/** Taking in: what the portal acknowledges, what it does not, and what it keeps. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chainStart, type Entry } from '../../../contract/index.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { until } from '../../../simulator/shop/until.ts';
import { Bench, created, newSale, reversal, stored } from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  device = bench.device();
});
afterEach(() => bench.close());

describe('a session begins', () => {
  test('with one acknowledgement of what the portal has, with session, time and store', async () => {
    const ack = await device.begin(7);
    expect(ack).toEqual({
      ...{ session: 7, epoch: 1, through: 0 },
      hash: chainStart(device.subject, 1, sha256),
      time: expect.any(Number) as number,
      store: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
    });
    await device.tell(created());
    device.die();
    await bench.happens('device.offline');
    expect(await device.begin(8)).toMatchObject({ session: 8, through: 1, hash: device.hashAt(1) });
  });

  test('and a death older than the last birth says nothing', async () => {
    await device.begin(3);
    await device.publish('presence', { ...device.presence('offline'), session: 2 });
    await device.tell(created());
    expect(bench.portal.devices()).toMatchObject([{ online: 1, session: 3 }]);
  });

  test('and frames of another session are not taken in', async () => {
    await device.begin(3);
    device.write(created());
    await device.publish('log/up', { ...device.frame(), session: 2 });
    await bench.happens('facts.refused');
    expect(bench.portal.devices()).toMatchObject([{ upThrough: 0 }]);
  });
});

test('what a device says of itself is kept until it says something else', async () => {
  await device.begin(7);
  const profile = {
    ...{ type: 'Terminal', name: 'Front counter', model: 'Pi' },
    agent: { version: '0.1.0', node: '20.19.0', arch: 'arm64' },
  };
  const reported = {
    ...{ agentVersion: '0.1.0', clock: 'trusted', epoch: 1, readers: [] },
    queue: { unsent: 0, undecided: 0 },
  };
  expect(bench.portal.devices()).toMatchObject([{ profile: null }]);
  await device.publish('reported', { ...reported, profile });
  await until('it is kept', () => bench.portal.devices()[0]?.profile !== null, 5_000);
  // A release that says nothing of the machine takes nothing back.
  await device.publish('reported', reported);
  await device.tell(created());
  expect(bench.portal.devices()).toMatchObject([{ profile }]);
});

test('a correction of a clock is kept beside the entries, which stay as they came', async () => {
  await device.begin(7);
  const body = { fromSeq: 1, throughSeq: 2, byMs: 86_400_000 };
  await device.tell(created(), { fact: { type: 'clock.corrected', body } });
  expect(bench.portal.devices()).toMatchObject([{ clockCorrections: [{ epoch: 1, ...body }] }]);
});

describe('facts', () => {
  beforeEach(() => device.begin());

  test('are acknowledged after they are taken in, cumulatively', async () => {
    await device.tell(created(), created());
    await device.tell(created());
    expect(device.lastAck()).toMatchObject({ through: 3, hash: device.hashAt(3) });
  });

  test('that come again with the same hash are acknowledged again', async () => {
    await device.tell(created());
    const before = device.acks().length;
    await device.publish('log/up', device.frame());
    await until('a second acknowledgement', () => device.acks().length > before);
    expect(device.lastAck().through).toBe(1);
    expect(bench.count('facts.repeated')).toBe(1);
  });

  test('after a gap are not taken in; the portal says again where it stands', async () => {
    await device.tell(created());
    device.write(created(), created());
    const before = device.acks().length;
    await device.publish('log/up', device.frame(3));
    await until('the portal says where it stands', () => device.acks().length > before);
    expect(device.lastAck().through).toBe(1);
    await device.publish('log/up', device.frame(2));
    await device.isAcknowledged(3);
  });

  test('behind what the device has pruned are taken in, and the portal tells what it lacks', async () => {
    await device.tell(created());
    device.write(created(), created(), created());
    const frame = { ...device.frame(4), pruned: true };
    await device.publish('log/up', frame);
    await device.isAcknowledged(4);
    expect(bench.all('facts.pruned_before')).toMatchObject([{ expected: 2, from: 4, through: 4 }]);
    await device.tell(created());
    const before = device.acks().length;
    await device.publish('log/up', frame);
    await until('the portal acknowledges again', () => device.acks().length > before);
    expect([bench.count('facts.pruned_before'), bench.count('facts.conflict')]).toEqual([1, 0]);
    await device.publish('log/up', { ...frame, prev: '0'.repeat(64) });
    await bench.happens('facts.conflict');
  });

  test('that are known are held against a log that says it was pruned', async () => {
    await device.tell(created(), created());
    device.write(created());
    const frame = { ...device.frame(3), pruned: true };
    await device.publish('log/up', { ...frame, prev: '0'.repeat(64) });
    await bench.happens('facts.conflict');
    await device.publish('log/up', frame);
    await device.isAcknowledged(3);
    expect(bench.count('facts.pruned_before')).toBe(0);
  });

  test('of a type nobody knows are kept like all others', async () => {
    await device.tell({ fact: { type: 'weather.seen', body: { rain: true } } });
    expect(bench.all('facts.taken')).toMatchObject([{ types: ['weather.seen'] }]);
  });

  test('that do not have the form of their type are kept, told, and not acted on', async () => {
    await device.tell({ fact: { type: 'reversal', body: { attemptId: 1 } } });
    expect(bench.all('fact.not_understood')).toMatchObject([{ seq: 1, type: 'reversal' }]);
    expect(bench.count('reversal.done')).toBe(0);
  });

  const tampered: [string, (entry: Entry) => Entry][] = [
    ['whose hash was changed', (entry) => ({ ...entry, hash: '0'.repeat(64) })],
    ['whose content was changed', (entry) => ({ ...entry, at: entry.at + 1 })],
  ];
  test.each(tampered)('%s are a conflict: not acknowledged, kept aside', async (_, tamper) => {
    await device.tell(created());
    device.write(created());
    const frame = device.frame(2);
    const before = device.acks().length;
    await device.publish('log/up', { ...frame, entries: frame.entries.map(tamper) });
    await bench.happens('facts.conflict');
    expect(bench.all('facts.conflict')).toMatchObject([{ situation: 'ledger_rolled_back' }]);
    expect(device.acks().length).toBe(before);
    expect(bench.portal.devices()).toMatchObject([{ upThrough: 1, conflictCount: 1 }]);
    await device.publish('log/up', frame);
    await device.isAcknowledged(2);
  });

  test('of a restored ledger are a conflict until a new epoch is opened', async () => {
    await device.tell(created(), created());
    device.log = device.log.slice(0, 1);
    device.write(created());
    await device.publish('log/up', device.frame(2));
    await bench.happens('facts.conflict');
    expect(bench.portal.openEpoch(device.subject)).toBe(2);
    await until('the epoch is offered', () => device.of('desired/device').length > 0);
    expect(device.of('desired/device')).toMatchObject([
      { kind: 'device', subject: device.subject, body: { log: { epoch: 2 } } },
    ]);
    const { hash: lastHash } = device.log[0]!;
    device.epoch = 2;
    device.log = [];
    const opened = { previousEpoch: 1, lastSeq: 1, lastHash, reason: 'restored' };
    await device.tell({ fact: { type: 'epoch.opened', body: opened } }, created());
    expect(device.lastAck()).toMatchObject({ epoch: 2, through: 2 });
    expect(bench.portal.devices()).toMatchObject([{ upEpoch: 2, conflictCount: 1 }]);
    expect(bench.portal.openEpoch(device.subject)).toBe(3);
  });

  test('of an epoch that is over are a conflict when they are new, else acknowledged again', async () => {
    await device.tell(created());
    const old = { log: device.log, frame: device.frame() };
    device.epoch = 2;
    device.log = [];
    await device.tell(created());
    await device.publish('log/up', old.frame);
    await bench.happens('facts.repeated');
    device.epoch = 1;
    device.log = [...old.log];
    device.write(created());
    await device.publish('log/up', device.frame(2));
    await bench.happens('facts.conflict');
    expect(bench.portal.devices()).toMatchObject([{ upEpoch: 2, upThrough: 1 }]);
  });

  test('restated in a new epoch are decided once', async () => {
    const sale = newSale();
    await device.tell(stored(device.subject, sale));
    await device.acknowledgeWords();
    await device.word('transaction.decided', sale.transactionId);
    device.epoch = 2;
    device.log = [];
    await device.tell(stored(device.subject, sale), reversal(newSale()));
    await bench.happens('reversal.done');
    expect(bench.count('transaction.decided')).toBe(1);
    expect(bench.portal.host().netByCurrency).toEqual({ USD: sale.value });
  });
});

describe('attachments', () => {
  beforeEach(() => device.begin());

  const faulty: [string, (entry: Entry) => Entry][] = [
    ['changed', (entry) => ({ ...entry, sealed: Buffer.from('another').toString('base64') })],
    ['missing', ({ sealed: _, ...entry }) => entry],
  ];
  test.each(faulty)(
    'that are %s are refused, and welcome when they come right',
    async (_, spoil) => {
      device.write(stored(device.subject, newSale()));
      const frame = device.frame();
      await device.publish('log/up', { ...frame, entries: frame.entries.map(spoil) });
      await bench.happens('facts.refused');
      expect(bench.portal.devices()).toMatchObject([{ upThrough: 0 }]);
      await device.publish('log/up', frame);
      await device.isAcknowledged();
      await bench.happens('transaction.decided');
    },
  );

  test('that were erased leave the chain whole, their sales to be learned, and hold up nobody', async () => {
    const count = 70;
    device.write(...Array.from({ length: count }, () => stored(device.subject, newSale())));
    device.log = device.log.map(({ sealed: _, ...rest }) => ({ ...rest, erased: true }));
    await device.publish('log/up', device.frame());
    await device.isAcknowledged();
    const sale = newSale();
    await device.tell(stored(device.subject, sale));
    await bench.happens('transaction.decided');
    expect(bench.all('transaction.decided')).toMatchObject([{ transactionId: sale.transactionId }]);
    expect(bench.portal.devices()).toMatchObject([{ undecidedCount: count }]);
  });
});

describe('what makes no sense', () => {
  beforeEach(() => device.begin());

  test.each([
    ['bytes that are not JSON', '\u0000\u0001{{{'],
    ['an empty payload', ''],
    ['JSON of another shape', '{"session":1}'],
    ['a list nested without end', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['more bytes than the link allows', JSON.stringify({ pad: 'x'.repeat(70_000) })],
  ])('%s: dropped and told, and the lane goes on', async (_, payload) => {
    for (const channel of ['log/up', 'log/down/ack', 'live/req', 'presence', 'reported'] as const) {
      await device.publish(channel, payload);
    }
    await bench.happens('message.dropped', 5);
    await device.tell(created());
  });

  test('a body nested without end is dropped, and the lane goes on', async () => {
    const depth = 20_000;
    device.write(created());
    const text = JSON.stringify(device.frame());
    const deep = text.replace('"body":{', `"body":${'['.repeat(depth)}${']'.repeat(depth)},"x":{`);
    await device.publish('log/up', deep);
    await device.publish('log/up', device.frame());
    await device.isAcknowledged();
    expect(bench.count('message.dropped')).toBe(1);
  });

  test('a frame the broker retained is dropped when it is heard again', async () => {
    device.write(created());
    await device.publish('log/up', device.frame(), true);
    await device.isAcknowledged();
    bench.portal.stop();
    await bench.restart();
    await bench.happens('message.dropped');
    expect(bench.count('facts.taken') + bench.count('facts.repeated')).toBe(1);
  });

  test('two devices do not disturb each other', async () => {
    const other = bench.device('dev-2');
    await other.begin();
    await Promise.all([device.tell(created()), other.tell(created(), created())]);
    expect(bench.portal.devices()).toMatchObject([{ upThrough: 1 }, { upThrough: 2 }]);
  });
});
