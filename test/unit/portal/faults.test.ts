/** Faults: each does what its row says, as often as it was armed, and the link recovers from all of them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { linkLimits } from '../../../contract/index.ts';
import {
  faultChannels,
  faultLimits,
  faultNames,
  Faults,
  type FaultChannel,
} from '../../../simulator/portal/faults.ts';
import { until } from '../../../simulator/shop/until.ts';
import { authorizeBody, batch, Bench, created, newSale, reversal, stored } from './bench.ts';
import { closing, record } from './close.ts';
import type { ScriptedDevice } from './scripted-device.ts';

describe('the table', () => {
  test('counts down, and forgets a fault that is used up', () => {
    const faults = new Faults(() => undefined);
    faults.arm('drop_request', { count: 2 });
    expect(faults.take('drop_request')).toEqual({ count: 2 });
    expect(faults.armed()).toEqual({ drop_request: { count: 1 } });
    faults.take('drop_request');
    expect([faults.take('drop_request'), faults.armed()]).toEqual([undefined, {}]);
  });

  test('keeps a fault to its channel', () => {
    const faults = new Faults(() => undefined);
    faults.arm('garbage', { count: 1, channel: 'log/down' });
    expect(faults.take('garbage', 'live/res')).toBeUndefined();
    expect(faults.take('garbage', 'log/down')).toBeDefined();
  });

  test('takes the most it says, and not one more', () => {
    const faults = new Faults(() => undefined);
    faults.arm('refuse', { count: faultLimits.count, ms: faultLimits.ms });
    expect(() => faults.arm('refuse', { count: faultLimits.count + 1 })).toThrow(RangeError);
    expect(() => faults.arm('refuse', { count: 1, ms: faultLimits.ms + 1 })).toThrow(RangeError);
    expect(() => faults.arm('refuse', { count: 0.5 })).toThrow(RangeError);
  });

  test('is told when something changes', () => {
    let changes = 0;
    const faults = new Faults(() => (changes += 1));
    faults.arm('refuse', { count: 1 });
    faults.clear();
    expect(changes).toBe(2);
  });
});

describe('on the link', () => {
  let bench: Bench;
  let device: ScriptedDevice;
  const tried = new Set<string>();

  beforeEach(async () => {
    bench = await Bench.open();
    device = bench.device();
    await device.begin();
    await device.acknowledgeWords();
  });
  afterEach(() => bench.close());

  const arm = (name: (typeof faultNames)[number], ms?: number, channel?: FaultChannel) => {
    tried.add(name);
    bench.portal.faults.arm(name, {
      ...{ count: 1 },
      ...(ms === undefined ? {} : { ms }),
      ...(channel === undefined ? {} : { channel }),
    });
  };
  const net = () => bench.portal.host().netByCurrency;
  const authorize = (deadlineMs?: number) =>
    bench.request(device, authorizeBody(device.subject, newSale(500)), deadlineMs);

  test('drop_request: the host never hears of it', async () => {
    arm('drop_request');
    await authorize();
    await bench.happens('fault.applied');
    await device.tell(created());
    expect([net(), device.responses()]).toEqual([{}, []]);
  });

  test('refuse: the host never hears of it, and the device is told', async () => {
    arm('refuse');
    await authorize();
    await until('it is refused', () => device.responses().length > 0);
    expect(device.responses()).toMatchObject([{ ok: false, refusal: { code: 'refused' } }]);
    expect(net()).toEqual({});
  });

  test('refuse_oddly: the host approved, and the device hears a code that says nothing of that', async () => {
    arm('refuse_oddly');
    await authorize();
    await until('it is refused', () => device.responses().length > 0);
    expect(device.responses()).toMatchObject([{ ok: false, refusal: { code: 'host_timeout' } }]);
    expect(net()).toEqual({ USD: 500 });
  });

  test('drop_response: the host approved, and nobody is told', async () => {
    arm('drop_response');
    await authorize();
    await bench.happens('fault.applied');
    await device.tell(created());
    expect([net(), device.responses()]).toEqual([{ USD: 500 }, []]);
  });

  test('delay_response: the answer comes later', async () => {
    arm('delay_response', 50);
    const asked = performance.now();
    await authorize();
    await until('it came', () => device.responses().length > 0);
    expect(performance.now() - asked).toBeGreaterThanOrEqual(45);
  });

  test('late_response: the answer comes after the deadline', async () => {
    arm('late_response', 30);
    const asked = performance.now();
    await authorize(40);
    await until('it came', () => device.responses().length > 0);
    expect(performance.now() - asked).toBeGreaterThanOrEqual(65);
    expect(net()).toEqual({ USD: 500 });
  });

  test('duplicate_response: the answer comes twice', async () => {
    arm('duplicate_response');
    await authorize();
    await until('it came twice', () => device.responses().length === 2);
    const [first, second] = device.responses();
    expect(second).toEqual(first);
  });

  test('drop_up_ack: the facts are taken in, and the device has to ask again', async () => {
    arm('drop_up_ack');
    device.write(created());
    await device.publish('log/up', device.frame());
    await bench.happens('fault.applied');
    expect(device.lastAck().through).toBe(0);
    await device.publish('log/up', device.frame());
    await device.isAcknowledged();
    expect(bench.count('facts.repeated')).toBe(1);
  });

  test('duplicate_up_ack: the acknowledgement comes twice', async () => {
    arm('duplicate_up_ack');
    await device.tell(created());
    await until('it came twice', () => device.acks().filter((a) => a.through === 1).length === 2);
  });

  test('drop_down_frame: the words come when they are sent again', async () => {
    arm('drop_down_frame');
    await device.tell(reversal(newSale()));
    await until('the words came', () => device.words.length > 0);
    expect(bench.all('words.sent').map(({ again }) => again)).toEqual([false, true]);
  });

  test('duplicate_down_frame: the frame comes twice', async () => {
    arm('duplicate_down_frame');
    await device.tell(reversal(newSale()));
    await until('it came twice', () => device.frames().length >= 2);
    expect(device.frames()[1]).toEqual(device.frames()[0]);
    expect(bench.count('words.sent')).toBe(1);
  });

  test('hold_decisions: nothing is decided until it is disarmed', async () => {
    arm('hold_decisions');
    const [sale, lost] = [newSale(), newSale()];
    await device.tell(stored(device.subject, sale), reversal(lost));
    await device.tell(created());
    expect(bench.count('transaction.decided') + bench.count('reversal.done')).toBe(0);
    bench.portal.faults.clear();
    await device.word('transaction.decided', sale.transactionId);
    await device.word('reversal.done', lost.attemptId);
  });

  test('hold_settlements: no batch is settled until it is disarmed', async () => {
    arm('hold_settlements');
    await device.tell(...closing([]), created());
    expect(bench.portal.batches()).toMatchObject([{ settlement: null }]);
    bench.portal.faults.clear();
    await device.word('settlement', batch.name);
  });

  test('lose_record: the batch is not agreed about, and the next one is', async () => {
    arm('lose_record');
    const sale = await bench.sold(device, 500);
    await device.tell(created(sale), ...closing([record(sale)]));
    const { body } = await device.word('settlement', sale.transactionId);
    expect(body).toMatchObject({
      ...{ outcome: 'not_agreed', settled: [] },
      differences: [{ is: 'missing_at_portal' }],
    });
    await device.tell(...closing([], { batch: { ...batch, number: 2 } }));
    await bench.happens('batch.settled', 2);
    expect(bench.all('batch.settled')[1]).toMatchObject({ outcome: 'agreed' });
  });

  const spoiling = [
    ['bad_signature', 'the signature does not fit'],
    ['wrong_subject', 'signed for another device'],
    ['garbage', 'not a compact JWS'],
    ['oversize', 'the signature does not fit'],
  ] as const;
  const all = spoiling.flatMap(([fault, why]) =>
    faultChannels.map((channel) => [fault, channel, why] as const),
  );
  const wanted = (kind: 'trust' | 'access', body: object) =>
    bench.portal.registry.desired.put(device.subject, kind, body);
  const groups = () => bench.portal.registry.groups;
  // What makes the portal say something on each channel.
  const provoke: Record<FaultChannel, () => Promise<unknown>> = {
    'log/up/ack': async () => {
      device.write(created());
      await device.publish('log/up', device.frame(device.log.length));
    },
    'log/down': async () => {
      device.write(reversal(newSale()));
      await device.publish('log/up', device.frame(device.log.length));
    },
    'live/res': () => authorize(),
    'desired/trust': () => Promise.resolve(wanted('trust', { keySets: ['a.b.c'] })),
    'desired/client': () => Promise.resolve(groups().putClient(device.subject.clientId, {})),
    'desired/group': () => Promise.resolve(groups().move(device.subject, 'shops')),
    'desired/device': () => Promise.resolve(bench.portal.openEpoch(device.subject)),
    'desired/access': () => Promise.resolve(wanted('access', { users: [], applications: [] })),
  };
  test.each(all)('%s on %s: that message does not open, and the next does', async (...row) => {
    const [fault, channel, why] = row;
    arm(fault, undefined, channel);
    await provoke[channel]();
    await until('the spoiled message came', () => device.faults().length === 1);
    const [spoiled] = device.faults();
    expect(spoiled).toMatchObject({ channel, fault: expect.stringContaining(why) as string });
    expect(spoiled!.bytes > linkLimits.messageBytes).toBe(fault === 'oversize');
    const before = device.of(channel).length;
    await provoke[channel]();
    await until('the next opens', () => device.of(channel).length > before);
    expect(device.faults()).toHaveLength(1);
  });

  test('every fault there is was tried', () => {
    expect([...tried].sort()).toEqual([...faultNames].sort());
  });
});
