/**
 * The power fails before and after every commit of a close, and at its own durability points: the batch keeps
 * its number and its totals, is told once, and nothing is in two batches or in none.
 */
import { expect, test } from 'vitest';
import type { DurabilityPoint, Mark } from '../../../agent/durability.ts';
import { openLedger } from '../../../agent/ledger/open.ts';
import { openSqlite, type Sqlite } from '../../../agent/ledger/sqlite.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { idOf, subject } from '../../fixtures/payments.ts';
import { BackOffice, settlementOf } from '../../rigs/back-office.ts';
import type { OpenedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld, rebooted, type QuietWorld } from '../../rigs/quiet-world.ts';
import { wordLog } from '../../rigs/word-log.ts';

class PowerCut extends Error {}

/** The points that lie between two commits, or within one. */
const points: readonly DurabilityPoint[] = [
  ...(['before-commit', 'after-commit', 'before-batch-close', 'after-batch-close'] as const),
];

const openedFrom = (world: QuietWorld, image?: Uint8Array): OpenedLedger => {
  let db: Sqlite | undefined;
  const ledger = openLedger(() => (db = openSqlite(':memory:', image)), subject, world);
  if (db === undefined) throw new Error('The ledger opened no database.');
  return { ledger, db };
};

/** A sale of each kind. */
const sellAll = (office: BackOffice): void => {
  office.sell(1, 'approved');
  office.sell(2, 'stored');
  office.sell(3, 'unknown');
  office.sell(4, 'waiting');
};

/** A close that waits for the last of them, a sale meanwhile, and what the portal found. */
const closeAll = (office: BackOffice): void => {
  office.close();
  office.sell(5, 'approved');
  office.giveUp(4);
  office.say('settlement', settlementOf(1));
};

/** What the agent does at its start, and what cashier and portal go on with. */
const resume = (office: BackOffice): void => {
  const { transactions } = office.ledger;
  office.clerk.start();
  office.world.clock.advance(0);
  office.close(1);
  if (transactions.find(idOf('txn', 5)) === undefined) office.sell(5, 'approved');
  const isWaiting = transactions.find(idOf('txn', 4))?.payment.is === 'awaiting_card';
  if (isWaiting) office.giveUp(4);
  if (office.words.head().through === 0) office.say('settlement', settlementOf(1));
  else office.hear();
};

/** What the whole of it has to come to, wherever the power failed. */
const ended = (office: BackOffice) => {
  const { outcome, totals, digest, carried } = office.batch(1);
  return {
    ...{ outcome, totals, digest, carried },
    closes: office.facts('batch.closed').filter(({ batch }) => batch.number === 1),
    places: [1, 2, 3, 4, 5].map(
      (number) => office.ledger.transactions.find(idOf('txn', number))?.order.batch.number,
    ),
  };
};

/** Plays it with a power cut at the so-manieth point of the close, goes on after a reboot, and ends it. */
const cutAt = (time: number): { office: BackOffice; passed: number } => {
  let passed = -Infinity;
  const mark: Mark = (point) => {
    if (!points.includes(point)) return;
    passed += 1;
    if (passed === time) throw new PowerCut(point);
  };
  const world: QuietWorld = { ...quietWorld(), mark };
  const words = wordLog();
  const office = new BackOffice({ world, words, opened: openedFrom(world) });
  sellAll(office);
  passed = 0;
  try {
    closeAll(office);
    return { office, passed };
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
  const later = rebooted(world, 'boot-2');
  const opened = openedFrom(later, new Uint8Array(office.opened.db.serialize()));
  const next = new BackOffice({ world: later, words, opened });
  resume(next);
  return { office: next, passed };
};

const whole = cutAt(Infinity);

test('without a power cut a batch with a sale of each kind is closed, carried and settled', () => {
  expect(ended(whole.office)).toMatchObject({
    ...{ outcome: 'agreed', carried: [idOf('txn', 3)], places: [1, 1, 2, 1, 2] },
    totals: [{ approved: { count: 1 }, pending: { count: 1 }, carried: { count: 1 } }],
  });
  expect(whole.passed).toBeGreaterThan(10);
});

test.each(Array.from({ length: whole.passed }, (_, place) => place + 1))(
  'cut at point %i the batch ends with the same totals, told once, and the ledger is sound',
  (time) => {
    const { office, passed } = cutAt(time);
    expect(passed).toBeGreaterThanOrEqual(time);
    expect(ended(office)).toEqual(ended(whole.office));
    expect(verifyLedger(office.opened.db).findings).toEqual([]);
  },
);
