/** A batch over the link: what the portal hears of a close, and what is left of it when words are lost. */
import { expect, test } from 'vitest';
import type { Frame } from '../../../contract/index.ts';
import { batchView } from '../../../agent/batches/view.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { answerTo, idOf, orderOf, sealedCard } from '../../fixtures/payments.ts';
import { cashier, settlementOf } from '../../rigs/back-office.ts';
import { LinkedLedger } from '../../rigs/linked-ledger.ts';
import { approve, freshPath, loseTrackOf, openedLedger, store } from '../../rigs/open-ledger.ts';
import { quietWorld, rebooted } from '../../rigs/quiet-world.ts';
import { wordLog } from '../../rigs/word-log.ts';

const batchIn = ({ opened: { ledger } }: LinkedLedger, number: number) => {
  const kept = ledger.batches.find({ name: 'System', number });
  if (kept === undefined) throw new Error(`There is no batch ${number}.`);
  return batchView(kept, ledger);
};

/** The order of the next sale, in the batch that is open. */
const nextOrder = ({ opened: { ledger }, world }: LinkedLedger, number: number) => {
  const batch = ledger.commit(() => ledger.batches.current('System', world.clock.wallMs()));
  return orderOf(number, { batch });
};

/** What the portal hears, fact by fact, of all that was sent in a session. */
const heardBy = (session: LinkedLedger['session']): string[] =>
  (session.said('log/up') as Frame[]).flatMap(({ entries }) => entries.map(({ type }) => type));

const sellAndClose = (shop: LinkedLedger): void => {
  const { ledger } = shop.opened;
  approve(ledger, nextOrder(shop, 1), 1);
  approve(ledger, nextOrder(shop, 2), 2);
  shop.clerk.close({ by: cashier });
};

test('a close is told as records and totals, and the batch is unconfirmed until the portal answers', () => {
  const shop = new LinkedLedger();
  const session = shop.join();
  sellAndClose(shop);
  expect(heardBy(session).slice(-2)).toEqual(['batch.records', 'batch.closed']);
  expect(batchIn(shop, 1)).toMatchObject({ state: 'closed', outcome: 'unconfirmed', count: 2 });
  const words = wordLog();
  words.say('settlement', settlementOf(1));
  shop.words(words.frame(shop.number));
  expect(batchIn(shop, 1).outcome).toBe('agreed');
  expect(shop.batchNews.map(({ is }) => is)).toEqual(['closing', 'closed', 'settled']);
  expect(heardBy(session).at(-1)).toBe('word.taken');
});

test('a lost settlement and a restart leave number and totals as they were; the next session ends it', () => {
  const path = freshPath();
  const world = quietWorld();
  const words = wordLog();
  const before = new LinkedLedger({}, world, openedLedger(world, path));
  before.join();
  sellAndClose(before);
  const closed = batchIn(before, 1);
  // The portal settles; its word is lost with the line, and then the power fails.
  words.say('settlement', settlementOf(1));
  before.session.break();
  before.opened.ledger.close();

  const later = rebooted(world, 'boot-2');
  const after = new LinkedLedger({}, later, openedLedger(later, path));
  after.clerk.start();
  later.clock.advance(0);
  expect(batchIn(after, 1)).toEqual(closed);
  after.join();
  after.words(words.frame(after.number));
  const { outcome, settled, differences, differenceCount, declinedAfterClose, ...ended } = batchIn(
    after,
    1,
  );
  expect({ ...ended, outcome: 'unconfirmed' }).toEqual(closed);
  expect([outcome, settled]).toEqual(['agreed', [{ currency: 'USD', value: 4_250 }]]);
  expect([differences, differenceCount, declinedAfterClose]).toEqual([[], 0, []]);
  expect(verifyLedger(after.opened.db).findings).toEqual([]);
});

test('a portal that lacks one record does not agree, and exactly that one is shown', () => {
  const shop = new LinkedLedger();
  shop.join();
  sellAndClose(shop);
  const lost = {
    ...{ transactionId: idOf('txn', 2), is: 'missing_at_portal' as const },
    device: { value: 4_250, currency: 'USD' },
  };
  const words = wordLog();
  words.say(
    'settlement',
    settlementOf(1, { outcome: 'not_agreed', differences: [lost], differenceCount: 1 }),
  );
  shop.words(words.frame(shop.number));
  expect(batchIn(shop, 1)).toMatchObject({
    ...{ outcome: 'not_agreed', differences: [lost], differenceCount: 1, count: 2 },
  });
});

test('sales made while a batch is closing go to the next one, whatever the portal decides meanwhile', () => {
  const shop = new LinkedLedger();
  shop.join();
  const { ledger, db } = shop.opened;
  store(ledger, nextOrder(shop, 1), 1, sealedCard(1));
  loseTrackOf(ledger, nextOrder(shop, 2), 2);
  shop.clerk.close({ by: cashier });
  approve(ledger, nextOrder(shop, 3), 3);
  expect(batchIn(shop, 1)).toMatchObject({ state: 'closing', waitsFor: { undecided: 2 } });
  const words = wordLog();
  const attempt = { transactionId: idOf('txn', 2), attemptId: idOf('att', 2) };
  words.say('reversal.done', { ...attempt, hostResult: 'reversed' });
  words.say('transaction.decided', answerTo(idOf('txn', 1), idOf('att', 1)));
  shop.words(words.frame(shop.number));
  shop.world.clock.advance(0);
  expect(batchIn(shop, 1)).toMatchObject({ state: 'closed', count: 1 });
  expect(batchIn(shop, 2)).toMatchObject({ state: 'open', count: 1 });
  expect(verifyLedger(db).findings).toEqual([]);
});

test('a line that is cut while a batch is closing closes it, with what is undecided as pending', () => {
  const shop = new LinkedLedger();
  const session = shop.join();
  store(shop.opened.ledger, nextOrder(shop, 1), 1, sealedCard(1));
  shop.clerk.close({ by: cashier });
  expect(batchIn(shop, 1).state).toBe('closing');
  session.break();
  shop.world.clock.advance(0);
  expect(batchIn(shop, 1)).toMatchObject({ state: 'closed', totals: [{ pending: { count: 1 } }] });
});

test('a command of the portal closes a batch and is answered, over one session', () => {
  const shop = new LinkedLedger();
  const session = shop.join();
  approve(shop.opened.ledger, nextOrder(shop, 1), 1);
  const words = wordLog();
  words.say('command', {
    ...{ commandId: 'cmd-1', kind: 'batch.close', params: {}, ttlMs: 60_000 },
    issuedBy: { userId: 'ann', role: 'admin' },
  });
  shop.words(words.frame(shop.number));
  shop.world.clock.advance(0);
  expect(batchIn(shop, 1)).toMatchObject({ state: 'closed', trigger: 'portal' });
  expect(heardBy(session).slice(-4)).toEqual([
    ...['word.taken', 'batch.records', 'batch.closed', 'command.finished'],
  ]);
});
