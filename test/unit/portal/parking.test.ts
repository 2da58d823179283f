/** Parking: what nobody can decide is put aside until somebody releases it, and holds up nobody. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HostAnswer } from '../../../contract/index.ts';
import {
  advised,
  Bench,
  created,
  held,
  newFollowUp,
  newSale,
  released,
  stored,
  taken,
  type Sale,
} from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  device = bench.device();
  await device.begin();
  await device.acknowledgeWords();
});
afterEach(() => bench.close());

const decided = async ({ transactionId }: Sale): Promise<HostAnswer> => {
  const { body } = await device.word('transaction.decided', transactionId);
  return body as HostAnswer;
};

const standing = () => {
  const [device] = bench.portal.devices();
  return [device?.undecidedCount, device?.parkedCount];
};

/** A sale the host cannot decide, parked. */
const parkedSale = async (): Promise<Sale> => {
  const sale = newSale(1_068);
  await device.tell(stored(device.subject, sale));
  await device.word('transaction.parked', sale.transactionId);
  await device.acknowledgeWords();
  return sale;
};

describe('a stored sale the host cannot decide', () => {
  test('is parked after so many tries, says so, and is not tried any more', async () => {
    const sale = await parkedSale();
    const { body } = await device.word('transaction.parked', sale.transactionId);
    const { transactionId, attemptId } = sale;
    expect(body).toEqual({ transactionId, attemptId, responseCode: '68', tries: 4 });
    expect([bench.count('transaction.try_again'), standing()]).toEqual([4, [1, 1]]);
    await device.tell(created());
    expect(bench.count('transaction.try_again')).toBe(4);
  });

  test('holds up nobody', async () => {
    const [sale, other] = [newSale(1_068), newSale()];
    await device.tell(stored(device.subject, sale), stored(device.subject, other));
    expect(await decided(other)).toMatchObject({ result: 'approved' });
  });

  test('is decided once it is released', async () => {
    const sale = await parkedSale();
    await device.tell(released(sale));
    expect(await decided(sale)).toMatchObject({ result: 'approved', responseCode: '00' });
    expect([bench.portal.host().netByCurrency, standing()]).toEqual([{ USD: 1_068 }, [0, 0]]);
  });

  test('keeps waiting what is about it', async () => {
    const sale = await parkedSale();
    const adjustment = newFollowUp('adjustment', sale, 1_200);
    await device.tell(advised(adjustment), created());
    expect(bench.count('transaction.decided')).toBe(0);
    await device.tell(released(sale));
    await decided(adjustment);
    expect(bench.portal.host().netByCurrency).toEqual({ USD: 1_200 });
  });

  test('can be voided where it stands', async () => {
    const sale = await parkedSale();
    const undo = newFollowUp('void', sale);
    await device.tell(advised(undo));
    expect(await decided(undo)).toMatchObject({ result: 'approved' });
    expect([bench.portal.host().netByCurrency, standing()]).toEqual([{}, [0, 0]]);
  });
});

test('an advice is parked like a stored sale', async () => {
  const refund = newFollowUp('refund', await bench.sold(device, 5_000), 1_068);
  await device.tell(advised(refund));
  await device.word('transaction.parked', refund.transactionId);
  await device.acknowledgeWords();
  await device.tell(released(refund));
  expect(await decided(refund)).toMatchObject({ result: 'approved' });
  expect(bench.portal.host().netByCurrency).toEqual({ USD: 5_000 - 1_068 });
});

describe('what somebody at the device holds', () => {
  test('is not decided before it is released', async () => {
    const [sale, other] = [newSale(), newSale()];
    const facts = [stored(device.subject, sale), held(sale), stored(device.subject, other)];
    await device.tell(...facts);
    await decided(other);
    expect([bench.count('transaction.decided'), standing()]).toEqual([1, [1, 1]]);
    await device.tell(released(sale));
    expect(await decided(sale)).toMatchObject({ result: 'approved' });
  });

  test('and was decided already stays decided', async () => {
    const sale = newSale();
    await device.tell(stored(device.subject, sale));
    await decided(sale);
    await device.tell(held(sale), released(sale), created());
    expect([bench.count('transaction.decided'), standing()]).toEqual([1, [0, 0]]);
  });

  test('may be the void of a sale: then the sale is decided, and undone later', async () => {
    const sale = newSale();
    const undo = newFollowUp('void', sale);
    await device.tell(stored(device.subject, sale), advised(undo), held(undo));
    expect(await decided(sale)).toMatchObject({ result: 'approved' });
    await device.tell(released(undo));
    expect((await device.word('voided', sale.transactionId)).body).toMatchObject({
      hostResult: 'undone',
    });
  });
});

test('tries count anew after a release, and a portal that restarts goes on counting', async () => {
  const sale = newSale(1_068);
  await device.tell(stored(device.subject, sale), held(sale));
  const { transactionId, attemptId } = sale;
  bench.portal.faults.arm('hold_decisions', { count: 1 });
  await device.tell(created());
  const image = bench.portal.snapshot();
  bench.portal.stop();
  await bench.restart(image);
  await device.begin();
  await device.acknowledgeWords();
  expect(standing()).toEqual([1, 1]);
  await device.tell(released({ ...sale, transactionId, attemptId }));
  expect(await decided(sale)).toMatchObject({ result: 'approved' });
});

test('what a restored device does not say is parked is not parked any more', async () => {
  const sale = newSale();
  await device.tell(stored(device.subject, sale), held(sale));
  expect(standing()).toEqual([1, 1]);
  const lastHash = device.hashAt(0);
  device.epoch = bench.portal.openEpoch(device.subject) ?? 0;
  device.log = [];
  const opened = { previousEpoch: 1, lastSeq: 0, lastHash, reason: 'restored' };
  await device.tell({ fact: { type: 'epoch.opened', body: opened } });
  await device.tell(stored(device.subject, sale));
  expect(await decided(sale)).toMatchObject({ result: 'approved' });
});

describe('a restored portal', () => {
  test('learns what it had parked, and what was released since', async () => {
    const image = bench.portal.snapshot();
    const sale = await parkedSale();
    const word = await device.word('transaction.parked', sale.transactionId);
    await device.tell(taken(word));
    await bench.restore(device, image);
    expect(standing()).toEqual([1, 1]);
    await device.tell(released(sale), taken(word));
    expect(await decided(sale)).toMatchObject({ result: 'approved' });
  });
});

describe('at the portal', () => {
  const order = ({ transactionId }: Sale, doing: 'hold' | 'release') =>
    bench.portal.park({ device: device.name, transactionId, do: doing });

  test('a sale of a device that is gone can be released', async () => {
    const sale = await parkedSale();
    device.die();
    await bench.happens('device.offline');
    expect(order(sale, 'release')).toEqual({ is: 'released' });
    await bench.happens('transaction.decided');
    expect([bench.portal.host().netByCurrency, standing()]).toEqual([{ USD: 1_068 }, [0, 0]]);
  });

  test('what somebody at the device holds can be released', async () => {
    const sale = newSale();
    await device.tell(stored(device.subject, sale), held(sale));
    expect(order(sale, 'release')).toEqual({ is: 'released' });
    expect(await decided(sale)).toMatchObject({ result: 'approved' });
  });

  test('a sale can be held, and released here or there', async () => {
    const ways = [
      (sale: Sale) => order(sale, 'release'),
      (sale: Sale) => device.tell(released(sale)),
    ];
    for (const release of ways) {
      bench.portal.faults.arm('hold_decisions', { count: 1 });
      const sale = newSale();
      await device.tell(stored(device.subject, sale));
      expect(order(sale, 'hold')).toEqual({ is: 'parked' });
      bench.portal.faults.clear();
      await device.tell(created());
      expect(standing()).toEqual([1, 1]);
      await release(sale);
      expect(await decided(sale)).toMatchObject({ result: 'approved' });
    }
  });

  test('what is unknown, decided, or stands as it is wanted to is refused', async () => {
    const [sale, parked] = [newSale(), await parkedSale()];
    await device.tell(stored(device.subject, sale));
    await decided(sale);
    const refusals = [
      order(newSale(), 'release'),
      bench.portal.park({ device: 'cli_1/other', ...parked, do: 'release' }),
      order(sale, 'hold'),
      order(parked, 'hold'),
    ];
    expect(refusals.map((refusal) => 'code' in refusal && refusal.code)).toEqual([
      ...['not_found', 'not_found', 'conflict', 'conflict'],
    ]);
    expect(standing()).toEqual([1, 1]);
  });
});
