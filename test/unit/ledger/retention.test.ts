/** When records past their time go: now and then, while nobody is served, and by a trusted clock only. */
import { describe, expect, test } from 'vitest';
import type { DurabilityPoint } from '../../../agent/durability.ts';
import { entriesACommit } from '../../../agent/ledger/pruning.ts';
import { keepRetention, type RetentionNews } from '../../../agent/ledger/retention.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { idOf } from '../../fixtures/payments.ts';
import { AgedLedger } from '../../rigs/aged-ledger.ts';

const hourMs = 3_600_000;

/** A ledger of so many old sales, and a retention that looks after it. */
const kept = (sales: number, fill: (aged: AgedLedger) => void = () => undefined) => {
  const aged = new AgedLedger();
  fill(aged);
  for (let number = 1; number <= sales; number += 1) aged.sell(number, 'approved');
  aged.growOld();
  const news: RetentionNews[] = [];
  const passed: DurabilityPoint[] = [];
  const shop = { quiet: true, removed: 0 };
  keepRetention({
    ledger: aged.ledger,
    world: { ...aged.world, mark: (point) => passed.push(point) },
    months: () => 13,
    isQuiet: () => shop.quiet,
    removed: () => (shop.removed += 1),
    tell: (each) => news.push(each),
  });
  const left = () => aged.ledger.transactions.list({ limit: 1_000 }).length;
  const { ledger, world, db } = aged;
  return { aged, ledger, world, db, news, passed, shop, left };
};

test('begins a while after the start, in small commits, and says at the end what went', () => {
  const { world, ledger, db, news, passed, shop, left } = kept(150);
  world.clock.advance(60_000);
  expect(left()).toBe(150);
  world.clock.advance(hourMs);
  expect(left()).toBe(0);
  const entries = ledger.upLog.head().seq - 1;
  expect(news).toEqual([{ is: 'pruned', entries, words: 0, transactions: 150 }]);
  const commits = Math.ceil(entries / entriesACommit);
  expect(shop.removed).toBe(commits);
  expect(passed).toEqual(
    Array.from({ length: commits }, () => ['before-prune', 'after-prune']).flat(),
  );
  expect(verifyLedger(db).findings).toEqual([]);
  expect(ledger.upLog.prunedThrough()).toBe(entries);
});

test('comes again hours later, and says nothing when there was nothing', () => {
  const { aged, world, news, left } = kept(3);
  world.clock.advance(hourMs);
  expect(news).toHaveLength(1);
  world.clock.advance(24 * hourMs);
  expect(news).toHaveLength(1);
  aged.sell(9, 'approved');
  aged.acknowledge();
  world.clock.advance(7 * hourMs);
  // What was the last entry of the log is not any more.
  expect(news.slice(1)).toEqual([{ is: 'pruned', entries: 1, words: 0, transactions: 0 }]);
  expect(left()).toBe(1);
});

describe('waits', () => {
  test('while somebody is served or the storage is in trouble', () => {
    const { world, shop, left } = kept(3);
    shop.quiet = false;
    world.clock.advance(10 * hourMs);
    expect(left()).toBe(3);
    shop.quiet = true;
    world.clock.advance(hourMs);
    expect(left()).toBe(0);
  });

  test('between two commits too', () => {
    const { world, shop, passed, left } = kept(300);
    while (passed.length < 2) world.clock.advance(50);
    shop.quiet = false;
    const leftThen = left();
    world.clock.advance(hourMs);
    expect(left()).toBe(leftThen);
    shop.quiet = true;
    world.clock.advance(hourMs);
    expect(left()).toBe(0);
  });

  test('until the portal has vouched for the clock', () => {
    const { world, ledger, left } = kept(3);
    world.clock.jumpWall(hourMs);
    expect(ledger.clock.trust()).toBe('bounded');
    world.clock.advance(24 * hourMs);
    expect(left()).toBe(3);
    ledger.clock.heardTime(world.clock.wallMs());
    world.clock.advance(hourMs);
    expect(left()).toBe(0);
  });

  test('while the portal has seen more than the ledger holds', () => {
    const { world, ledger, left } = kept(3);
    ledger.commit(() => ledger.meta.set('rolledBack', 'seen'));
    world.clock.advance(24 * hourMs);
    expect(left()).toBe(3);
  });
});

test('what is past its time and has to stay all the same is told', () => {
  const { world, news } = kept(3, (aged) => aged.sell(9, 'unknown'));
  world.clock.advance(hourMs);
  expect(news).toEqual([{ is: 'kept', why: 'not final', transactionId: idOf('txn', 9) }]);
});

test('storage that refuses is told, and it is tried again', () => {
  const { world, db, news, left } = kept(3);
  db.pragma('query_only = ON');
  world.clock.advance(hourMs);
  expect(news).toEqual([{ is: 'failed', fault: 'read only' }]);
  db.pragma('query_only = OFF');
  world.clock.advance(7 * hourMs);
  expect(left()).toBe(0);
});
