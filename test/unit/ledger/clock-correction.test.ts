/** Records written under a wrong clock are corrected once the portal's time is known. */
import { describe, expect, test } from 'vitest';
import { openEpoch } from '../../../agent/ledger/epoch.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { virtualClock } from '../../../simulator/world/clock.ts';
import { idOf, orderOf } from '../../fixtures/payments.ts';
import { approve, enter, freshPath, openedLedger, send } from '../../rigs/open-ledger.ts';
import { quietWorld, rebooted } from '../../rigs/quiet-world.ts';

const hourMs = 3_600_000;
const right = Date.UTC(2026, 11, 1, 8);
const minuteMs = 60_000;

/** A ledger of a machine that woke in 1970 a minute ago, at what is truly `right`. */
const woken = (path?: string) => {
  const world = quietWorld({ clock: virtualClock({ monotonicMs: 1_000, wallMs: minuteMs }) });
  const opened = openedLedger(world, path);
  /** The true time. */
  const now = () => right + world.clock.monotonicMs() - 1_000;
  const hear = () => {
    opened.ledger.clock.heardTime(now());
    return opened.ledger.correctTimes();
  };
  const told = () =>
    (
      opened.db
        .prepare("SELECT body FROM up_log WHERE type = 'clock.corrected' ORDER BY seq")
        .pluck()
        .all() as string[]
    ).map((body) => JSON.parse(body) as unknown);
  const times = (number: number) => {
    const found = opened.ledger.transactions.find(idOf('txn', number));
    return [found?.createdAt, found?.updatedAt, found?.clock];
  };
  return { ...opened, world, now, hear, told, times };
};

const byMs = right - minuteMs;

test('facts stay as they were written, and a fact says by how much they are off', () => {
  const { ledger, hear, told, times, db } = woken();
  approve(ledger, orderOf(1), 1);
  const facts = db.prepare('SELECT at, hash FROM up_log').all();
  const { seq } = ledger.upLog.head();
  expect(hear()).toEqual([{ fromSeq: 1, throughSeq: seq, byMs }]);
  // It was itself written under the wrong clock.
  expect(told()).toEqual([{ fromSeq: 1, throughSeq: seq + 1, byMs }]);
  expect(db.prepare('SELECT at, hash FROM up_log WHERE seq <= ?').all(seq)).toEqual(facts);
  expect(times(1)).toEqual([right, right, 'bounded']);
  expect(verifyLedger(db).findings).toEqual([]);
});

test('a clock that the portal agrees with needs no correction', () => {
  const world = quietWorld();
  const { ledger } = openedLedger(world);
  approve(ledger, orderOf(1), 1);
  ledger.clock.heardTime(world.clock.wallMs() + 5 * minuteMs);
  expect(ledger.correctTimes()).toEqual([]);
});

test('nothing is corrected before the portal spoke', () => {
  const { ledger } = woken();
  approve(ledger, orderOf(1), 1);
  expect(ledger.correctTimes()).toEqual([]);
});

test('each clock of a boot is corrected by what it was off', () => {
  const { ledger, world, hear, told, times } = woken();
  approve(ledger, orderOf(1), 1);
  const first = ledger.upLog.head().seq;
  world.clock.jumpWall(byMs + 2 * hourMs);
  world.clock.advance(hourMs);
  approve(ledger, orderOf(2), 2);
  const second = ledger.upLog.head().seq;
  world.clock.jumpWall(-2 * hourMs);
  world.clock.advance(hourMs);
  approve(ledger, orderOf(3), 3);
  hear();
  expect(told()).toEqual([
    { fromSeq: 1, throughSeq: first, byMs },
    { fromSeq: first + 1, throughSeq: second, byMs: -2 * hourMs },
  ]);
  expect(times(1)).toEqual([right, right, 'bounded']);
  expect(times(2)).toEqual([right + hourMs, right + hourMs, 'bounded']);
  expect(times(3)).toEqual([right + 2 * hourMs, right + 2 * hourMs, 'bounded']);
});

test('a sale that began under the wrong clock and ended under the right one has both times right', () => {
  const { ledger, world, hear, times } = woken();
  send(ledger, orderOf(1), 1);
  world.clock.jumpWall(byMs);
  world.clock.advance(minuteMs);
  approve(ledger, orderOf(2), 2);
  hear();
  expect(times(1)).toEqual([right, right, 'bounded']);
  expect(times(2)).toEqual([right + minuteMs, right + minuteMs, 'bounded']);
});

test('what was corrected is not corrected again', () => {
  const { ledger, world, hear, told, times } = woken();
  approve(ledger, orderOf(1), 1);
  hear();
  world.clock.jumpWall(byMs);
  for (let acks = 0; acks < 3; acks += 1) {
    world.clock.advance(hourMs);
    expect(hear()).toEqual([]);
  }
  expect(told()).toHaveLength(1);
  expect(times(1)).toEqual([right, right, 'bounded']);
});

test('a clock that stays wrong is corrected once an hour, and not for the correction itself', () => {
  const { ledger, world, hear, told, times } = woken();
  approve(ledger, orderOf(1), 1);
  hear();
  world.clock.advance(2 * hourMs);
  expect(hear()).toEqual([]);
  approve(ledger, orderOf(2), 2);
  expect(hear()).toHaveLength(1);
  world.clock.advance(minuteMs);
  approve(ledger, orderOf(3), 3);
  expect(hear()).toEqual([]);
  world.clock.advance(hourMs);
  expect(hear()).toHaveLength(1);
  expect(told()).toHaveLength(3);
  expect(times(3)).toEqual([
    right + 2 * hourMs + minuteMs,
    right + 2 * hourMs + minuteMs,
    'bounded',
  ]);
});

describe('over restarts', () => {
  test('of the process the boot is still the same', () => {
    const path = freshPath();
    const first = woken(path);
    approve(first.ledger, orderOf(1), 1);
    first.ledger.close();
    const { ledger } = openedLedger(first.world, path);
    ledger.clock.heardTime(first.now());
    expect(ledger.correctTimes()).toMatchObject([{ fromSeq: 1, byMs }]);
    expect(ledger.transactions.find(idOf('txn', 1))?.createdAt).toBe(right);
  });

  test('of the machine nobody knows how long it was off, and its records stay as they are', () => {
    const path = freshPath();
    const first = woken(path);
    approve(first.ledger, orderOf(1), 1);
    first.ledger.close();
    const next = rebooted(first.world, 'boot-2');
    const { ledger } = openedLedger(next, path);
    ledger.clock.heardTime(right + hourMs);
    expect(ledger.correctTimes()).toEqual([]);
    expect(ledger.transactions.find(idOf('txn', 1))).toMatchObject({ clock: 'untrusted' });
  });
});

test('facts of an epoch that is over are not named by numbers of the next', () => {
  const { ledger, hear } = woken();
  approve(ledger, orderOf(1), 1);
  openEpoch(ledger, 2);
  approve(ledger, orderOf(2), 2);
  const [correction] = hear();
  expect(ledger.upLog.head().epoch).toBe(2);
  expect(correction?.throughSeq).toBeLessThanOrEqual(ledger.upLog.head().seq);
});

test('a clock that is set all the time is followed so far and no further', () => {
  const { ledger, world, hear } = woken();
  for (let times = 0; times < 20; times += 1) {
    enter(ledger, orderOf(times + 1));
    world.clock.jumpWall(hourMs);
  }
  expect(hear()).toHaveLength(8);
});

test('an open batch that was opened under the wrong clock is as old as it truly is', () => {
  const { ledger, hear } = woken();
  ledger.commit(() => ledger.batches.current('main', minuteMs));
  approve(ledger, orderOf(1), 1);
  hear();
  expect(ledger.batches.unfinished().map(({ openedAt }) => openedAt)).toContain(right);
});
