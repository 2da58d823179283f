/** Transactions: what the gates and the recovery ask of them. */
import { describe, expect, test } from 'vitest';
import { idOf, orderOf, sealedCard, visa } from '../../fixtures/payments.ts';
import { approve, enter, happen, openedLedger, store } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

describe('the uses of a card', () => {
  const card = { ...sealedCard(0), cardHash: 'the card' };
  const sold = (sales: number) => {
    const world = quietWorld();
    const { ledger } = openedLedger(world);
    for (let number = 1; number <= sales; number += 1) {
      const { digest } = sealedCard(number);
      store(ledger, orderOf(number), number, { ...card, digest });
      world.clock.advance(1_000);
    }
    return ledger;
  };

  test('are counted from a time on, that time included', () => {
    const { transactions } = sold(5);
    expect(transactions.usesOfCard('the card', 0, 99)).toBe(5);
    expect(transactions.usesOfCard('the card', 2_000, 99)).toBe(3);
    expect(transactions.usesOfCard('the card', 5_000, 99)).toBe(0);
    expect(transactions.usesOfCard('another', 0, 99)).toBe(0);
  });

  test.each([0, 1, 4, 5, 6])('are counted no further than %i when nobody asks for more', (most) => {
    expect(sold(5).transactions.usesOfCard('the card', 0, most)).toBe(Math.min(5, most));
  });

  test('do not count what was paid online', () => {
    const { ledger } = openedLedger(quietWorld());
    approve(ledger, orderOf(1), 1);
    expect(ledger.transactions.usesOfCard(sealedCard(1).cardHash, 0, 99)).toBe(0);
  });
});

test('under way is what waits for its card or its answer, oldest first, and nothing else', () => {
  const { ledger } = openedLedger(quietWorld());
  const route = (attempt: number) => ({ to: 'host', attemptId: idOf('att', attempt) }) as const;
  store(ledger, orderOf(1), 1, sealedCard(1));
  enter(ledger, orderOf(2));
  happen(ledger, idOf('txn', 2), { is: 'card read', card: visa, route: route(2) });
  approve(ledger, orderOf(3), 3);
  enter(ledger, orderOf(4));
  const under = ledger.transactions.underWay();
  expect(under.map(({ order, payment }) => [order.transactionId, payment.is])).toEqual([
    [idOf('txn', 2), 'sent'],
    [idOf('txn', 4), 'awaiting_card'],
  ]);
});

test('a card that paid is known again after its payment has moved on', () => {
  const { ledger } = openedLedger(quietWorld());
  const sealed = sealedCard(1);
  store(ledger, orderOf(1), 1, sealed);
  const attemptId = idOf('att', 1);
  const answer = { transactionId: idOf('txn', 1), attemptId, result: 'approved' } as const;
  happen(ledger, idOf('txn', 1), { is: 'decided', answer: { ...answer, responseCode: '00' } });
  expect(ledger.transactions.sameSaleAt(sealed.cardHash, orderOf(2))).toBe(0);
  expect(ledger.transactions.usesOfCard(sealed.cardHash, 0, 99)).toBe(1);
});
