/** A log whose start was pruned, told to portals that have it all, and to one restored from an old backup. */
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../../contract/index.ts';
import { openEpoch } from '../../../agent/ledger/epoch.ts';
import { soldLedger, type AgedLedger } from '../../rigs/aged-ledger.ts';
import { LinkedLedger } from '../../rigs/linked-ledger.ts';

const linkedTo = (aged: AgedLedger): LinkedLedger => new LinkedLedger({}, aged.world, aged.opened);

/** A link over a ledger of four sales: of three nothing is left, of the last the entries 13 to 15. */
const pruned = (): LinkedLedger => {
  const aged = soldLedger(3).growOld();
  aged.sell(4, 'approved');
  expect(aged.prune().entries).toBe(12);
  return linkedTo(aged);
};

const framesOf = ({ session }: LinkedLedger): Frame[] =>
  session.published
    .filter(({ topic }) => topic.endsWith('/log/up'))
    .map(({ payload }) => JSON.parse(payload) as Frame);

const lacks = ({ opened }: LinkedLedger) => opened.ledger.meta.get('portalLacks') ?? 0;

test.each([12, 14, 15])(
  'a portal that has it through %i is behind nothing that is gone',
  (through) => {
    const all = pruned();
    all.connect();
    all.ack(through);
    expect(all.told('log pruned')).toEqual([]);
    expect(all.told('ledger rolled back')).toEqual([]);
    expect(framesOf(all).map(({ from }) => from)).toEqual(through === 15 ? [] : [through + 1]);
    expect([lacks(all), all.link.unsent()]).toEqual([0, 15 - through]);
  },
);

test('the frame that begins behind what is gone says so, and names the hash before it', () => {
  const all = pruned();
  const hash = all.opened.ledger.upLog.hashAt(12);
  all.connect();
  all.ack(12);
  expect(framesOf(all)).toMatchObject([{ from: 13, prev: hash, pruned: true }]);
  const later = pruned();
  later.connect();
  later.ack(13);
  expect(framesOf(later)[0]).not.toHaveProperty('pruned');
});

describe('a portal restored from a backup that is older', () => {
  test.each([0, 4])(
    '(through %i) hears what is kept, and people that it lacks the rest',
    (through) => {
      const all = pruned();
      all.connect();
      all.ack(through, { hash: 'a'.repeat(64) });
      expect(all.told('ledger rolled back')).toEqual([]);
      expect(all.told('log pruned')).toEqual([{ is: 'log pruned', through, keptFrom: 13 }]);
      expect(framesOf(all)).toMatchObject([{ from: 13, pruned: true }]);
      expect([lacks(all), all.link.unsent()]).toEqual([12 - through, 3]);
    },
  );

  test('goes on from there, and that is over', () => {
    const all = pruned();
    all.connect();
    all.ack(4, { hash: 'a'.repeat(64) });
    all.ack(15);
    expect([lacks(all), all.link.unsent()]).toEqual([0, 0]);
    expect(all.opened.ledger.meta.get('acknowledged')).toBe(15);
  });

  test('is told of once, however often it acknowledges the same', () => {
    const all = pruned();
    all.connect();
    for (let i = 0; i < 3; i += 1) all.ack(4, { hash: 'a'.repeat(64) });
    expect(all.told('log pruned')).toHaveLength(1);
  });
});

test('a hash that is wrong where one is known is a ledger rolled back, as ever', () => {
  for (const through of [12, 13]) {
    const all = pruned();
    all.connect();
    all.ack(through, { hash: 'a'.repeat(64) });
    expect(all.told('ledger rolled back')).toHaveLength(1);
  }
});

test('a portal in an older epoch hears of the present one from where it begins', () => {
  const aged = soldLedger(1);
  aged.acknowledge();
  openEpoch(aged.ledger, 2);
  aged.sell(2, 'approved');
  aged.growOld().prune();
  const keptFrom = aged.ledger.upLog.head().seq;
  const all = linkedTo(aged);
  all.connect();
  all.ack(3, { epoch: 1, hash: 'a'.repeat(64) });
  expect(all.told('log pruned')).toMatchObject([{ keptFrom }]);
  expect(framesOf(all)).toMatchObject([{ epoch: 2, from: keptFrom, pruned: true }]);
});
