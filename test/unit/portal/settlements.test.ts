/** Settlements: both sides of a closed batch are compared once all of it is decided, and never twice. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BatchId, Settlement } from '../../../contract/index.ts';
import { until } from '../../../simulator/shop/until.ts';
import {
  advised,
  batch,
  Bench,
  created,
  finished,
  held,
  newFollowUp,
  newSale,
  released,
  reversal,
  stored,
  taken,
  type FollowUp,
  type Sale,
} from './bench.ts';
import { closing, record } from './close.ts';
import type { Attached, ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  device = bench.device();
  await device.begin();
  await device.acknowledgeWords();
});
afterEach(() => bench.close());

const next: BatchId = { ...batch, number: 2 };

const settlement = async ({ name, number }: BatchId = batch): Promise<Settlement> => {
  const find = () =>
    device.words.find(({ type, body }) => {
      const told = (body as Settlement).batch;
      return type === 'settlement' && told.name === name && told.number === number;
    });
  await until(`batch ${number} is settled`, () => find() !== undefined);
  return find()!.body as Settlement;
};

const agreed = { outcome: 'agreed', differences: [], differenceCount: 0 };
const usd = (value: number) => ({ value, currency: 'USD' });

/** A live sale, told as approved. */
const sold = async (value = 1_000): Promise<Sale> => {
  const sale = await bench.sold(device, value);
  await device.tell(finished(sale));
  return sale;
};

/** A live follow-up, told as approved. */
const followed = async (followUp: FollowUp): Promise<FollowUp> => {
  await bench.followUp(device, followUp);
  await device.tell(finished(followUp));
  return followUp;
};

/** The same fact, of another batch. */
const inBatch = ({ fact, ...sealed }: Attached, to: BatchId): Attached => ({
  ...{ fact: { ...fact, body: { ...(fact.body as object), batch: to } } },
  ...sealed,
});

describe('a batch both sides see alike', () => {
  test('is agreed about: sales and captures less refunds, what they stand for now', async () => {
    const sale = await sold(1_000);
    const adjustment = await followed(newFollowUp('adjustment', sale, 1_200));
    const refund = await followed(newFollowUp('refund', sale, 200));
    const hold = await bench.sold(device, 700, 'authorization');
    await device.tell(finished(hold));
    const capture = await followed(newFollowUp('capture', hold, 800));
    const [gone, undo] = [await sold(300), newFollowUp('void', newSale())];
    await followed({ ...undo, originalTransactionId: gone.transactionId });
    const records = [
      ...[record({ ...sale, value: 1_200 }), record(adjustment), record(refund)],
      ...[record(hold, 'approved', 'authorization'), record(capture), record(undo)],
    ];
    await device.tell(...closing(records, { pageSize: 4 }));
    expect(await settlement()).toEqual({
      ...agreed,
      ...{ batch, settled: [{ currency: 'USD', value: 1_200 - 200 + 800 }] },
      declinedAfterClose: [],
    });
    expect(bench.portal.batches()).toMatchObject([
      { device: device.name, closed: { batch }, settlement: { outcome: 'agreed' } },
    ]);
  });

  test('and nothing in it is agreed about', async () => {
    await device.tell(...closing([]));
    expect(await settlement()).toMatchObject({ ...agreed, settled: [] });
  });

  test('is settled only when all it called pending is decided; a decline is no difference', async () => {
    const [sale, good, bad] = [await sold(500), newSale(1_068), newSale(1_051)];
    const undone = newFollowUp('void', newSale(900));
    const taken = { ...newSale(900), transactionId: undone.originalTransactionId };
    await device.tell(
      ...[stored(device.subject, good), held(good), stored(device.subject, bad)],
      ...[stored(device.subject, taken), advised(undone)],
      ...closing([
        ...[record(sale), record(good, 'pending'), record(bad, 'pending')],
        ...[record(taken, 'pending'), record(undone, 'pending')],
      ]),
    );
    await device.word('transaction.decided', bad.transactionId);
    await device.tell(created());
    expect(bench.portal.batches()).toMatchObject([{ settlement: null }]);
    await device.tell(released(good));
    const { declinedAfterClose, ...rest } = await settlement();
    expect(rest).toMatchObject({ ...agreed, settled: [{ currency: 'USD', value: 1_568 }] });
    expect(new Set(declinedAfterClose)).toEqual(
      new Set([
        { transactionId: bad.transactionId, amount: usd(1_051) },
        { transactionId: taken.transactionId, amount: usd(900) },
      ]),
    );
  });

  test('waits for what was sent and not answered, until that is reversed', async () => {
    bench.portal.faults.arm('hold_decisions', { count: 1 });
    const lost = await bench.sold(device, 400);
    await device.tell(created(lost), reversal(lost), ...closing([record(lost, 'pending')]));
    expect(bench.portal.batches()).toMatchObject([{ settlement: null }]);
    bench.portal.faults.clear();
    expect(await settlement()).toMatchObject({
      ...{ ...agreed, settled: [] },
      declinedAfterClose: [{ transactionId: lost.transactionId }],
    });
  });
});

describe('what is carried', () => {
  test('counts in the next batch, on both sides', async () => {
    const [sale, slow] = [await sold(500), newSale(900)];
    await device.tell(
      ...[stored(device.subject, slow), held(slow)],
      ...closing([record(sale), record(slow, 'carried')]),
    );
    expect(await settlement()).toMatchObject({ ...agreed, settled: [{ value: 500 }] });
    await device.tell(released(slow));
    await device.word('transaction.decided', slow.transactionId);
    await device.tell(...closing([record(slow)], { batch: next }));
    expect(await settlement(next)).toMatchObject({ ...agreed, settled: [{ value: 900 }] });
  });

  test('stays in the next batch, whatever is told of the old one again', async () => {
    const slow = newSale(900);
    const facts = [stored(device.subject, slow), held(slow), ...closing([record(slow, 'carried')])];
    await device.tell(...facts);
    device.log = [];
    device.epoch = 2;
    await device.tell(...facts, released(slow));
    await device.word('transaction.decided', slow.transactionId);
    await device.tell(...closing([record(slow)], { batch: next }));
    expect(await settlement(next)).toMatchObject(agreed);
  });

  test('a transaction belongs to the batch its latest fact names', async () => {
    const sale = await bench.sold(device, 700);
    await device.tell(created(sale), ...closing([]), inBatch(finished(sale), next));
    expect(await settlement()).toMatchObject({ ...agreed, settled: [] });
    await device.tell(...closing([record(sale)], { batch: next }));
    expect(await settlement(next)).toMatchObject({ ...agreed, settled: [{ value: 700 }] });
  });
});

describe('a difference', () => {
  test('is named: missing here, missing there, another amount', async () => {
    const [same, other, untold] = [await sold(100), await sold(200), await sold(300)];
    const invented = newSale(400);
    await device.tell(
      ...closing([record(same), record({ ...other, value: 250 }), record(invented)]),
    );
    const { differences, ...rest } = await settlement();
    expect(rest).toMatchObject({ outcome: 'not_agreed', differenceCount: 3 });
    expect(rest.settled).toEqual([{ currency: 'USD', value: 600 }]);
    const id = (sale: Sale) => ({ transactionId: sale.transactionId });
    expect(new Set(differences)).toEqual(
      new Set([
        { ...id(invented), is: 'missing_at_portal', device: usd(400) },
        { ...id(untold), is: 'missing_at_device', portal: usd(300) },
        { ...id(other), is: 'amount_differs', device: usd(250), portal: usd(200) },
      ]),
    );
    const ids = differences.map(({ transactionId }) => transactionId);
    expect(ids).toEqual([...ids].sort());
  });

  test.each([
    ['totals', { totals: [] }],
    ['a digest', { digest: 'f'.repeat(64) }],
  ])('is %s that do not follow from the records', async (_, how) => {
    const sale = await sold(100);
    await device.tell(...closing([record(sale)], how));
    expect(await settlement()).toMatchObject({ ...agreed, outcome: 'not_agreed' });
    expect(bench.count('batch.unsound')).toBe(1);
  });

  test('is not what changed after the close', async () => {
    const [sale, other] = [await sold(1_000), await sold(500)];
    const hold = await bench.sold(device, 700, 'authorization');
    await device.tell(finished(hold));
    const adjustment = newFollowUp('adjustment', sale, 1_200);
    const undo = newFollowUp('void', other);
    bench.portal.faults.arm('hold_decisions', { count: 1 });
    await device.tell(
      ...[advised(adjustment), advised(undo)],
      ...closing([
        ...[record(sale), record(other), record(hold, 'approved', 'authorization')],
        ...[record(adjustment, 'pending'), record(undo, 'pending')],
      ]),
      reversal(hold, 'authorization_expired'),
    );
    bench.portal.faults.clear();
    expect(await settlement()).toMatchObject({ ...agreed, settled: [{ value: 1_200 }] });
  });
});

describe('a settlement', () => {
  test('is said again when the batch is closed again, and never another', async () => {
    const [sale, late] = [await sold(100), newSale(200)];
    await device.tell(...closing([record(sale)]));
    await settlement();
    await device.tell(stored(device.subject, late));
    await device.word('transaction.decided', late.transactionId);
    await device.tell(...closing([record(sale), record(late)]));
    const said = () => device.words.filter(({ type }) => type === 'settlement');
    await until('it is said again', () => said().length === 2);
    expect(said()[1]!.body).toEqual(said()[0]!.body);
    expect([bench.count('batch.closed'), bench.count('batch.settled')]).toEqual([1, 1]);
  });

  test('waits until the head the session began with is taken in', async () => {
    device.write(...closing([]), created());
    device.die();
    await device.begin();
    await device.publish('log/up', device.frame(1, 1));
    await device.isAcknowledged(1);
    expect(bench.portal.batches()).toMatchObject([{ settlement: null }]);
    await device.publish('log/up', device.frame(2, 2));
    expect(await settlement()).toMatchObject(agreed);
  });

  test('is learned by a restored portal, and not reckoned anew', async () => {
    const image = bench.portal.snapshot();
    await device.tell(...closing([]));
    const [word] = [await settlement()];
    await device.acknowledgeWords();
    await device.tell(taken(device.words.find(({ type }) => type === 'settlement')!));
    await bench.restore(device, image);
    expect(bench.count('batch.settled')).toBe(0);
    expect(bench.portal.batches()).toMatchObject([{ settlement: word }]);
  });

  test('a restored portal that had not been heard is reckoned again', async () => {
    const image = bench.portal.snapshot();
    const sale = await sold(100);
    await device.tell(...closing([record(sale)]));
    const first = await settlement();
    await bench.restore(device, image);
    expect(await settlement()).toEqual(first);
  });
});
