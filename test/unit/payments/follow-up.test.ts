/** Where a follow-up goes: to the host, into the log behind what it follows, nowhere, or it is done here. */
import { describe, expect, test } from 'vitest';
import { check, FollowUpBody } from '../../../contract/index.ts';
import { idOf, orderOf, visa } from '../../fixtures/payments.ts';
import { BusyTill, usd } from '../../rigs/busy-till.ts';
import { loseTrackOf } from '../../rigs/open-ledger.ts';

const sound = (busy: BusyTill): void => expect(busy.findings()).toEqual([]);
const opened = (): BusyTill => new BusyTill(sound);

/** The reason a follow-up went into the log with, or what else became of it. */
const whereabouts = (busy: BusyTill, transactionId: string): string => {
  const payment = busy.payment(transactionId);
  if (payment.is === 'declined') return payment.reason;
  if (payment.is !== 'advised') return payment.is;
  return (busy.fact(transactionId, 'transaction.advised') as { reason: string }).reason;
};

describe('of an approved sale', () => {
  test.each([
    ['void', 'sale', 'void'],
    ['refund', 'sale', 'refund'],
    ['adjustment', 'sale', 'adjust'],
    ['capture', 'authorization', 'capture'],
  ] as const)('a %s of a %s asks the host to %s, with a body of the contract', (type, of, kind) => {
    const busy = opened();
    const original = busy.approved({ type: of });
    const wish = type === 'adjustment' ? { tipAmount: usd(500) } : {};
    const transactionId = busy.follow(type, original, wish);
    const asked = busy.till.host.asked.at(-1);
    expect(asked?.kind).toBe(kind);
    expect(check(FollowUpBody, asked?.body)).toMatchObject({ ok: true });
    expect(asked?.body).toMatchObject({
      originalTransactionId: original,
      card: visa,
      reversals: [],
    });
    expect(asked?.body).not.toHaveProperty('sealed');
    expect(busy.facts(transactionId)).toEqual(['transaction.created', 'attempt.sent']);
    expect(busy.till.reader().armed).toBe(1);
  });

  test('it goes into the log while the host cannot be asked', () => {
    const busy = opened();
    const sale = busy.approved();
    const refund = busy.advised('refund', sale, { amount: usd(1_000) });
    expect(whereabouts(busy, refund)).toBe('no_host');
    expect(busy.till.host.asked).toHaveLength(1);
  });

  test('unless the request forbids that', () => {
    const busy = opened();
    const sale = busy.approved();
    const refund = busy.advised('refund', sale, { offline: 'forbid' });
    expect(whereabouts(busy, refund)).toBe('offline_forbidden');
    expect(busy.payment(sale).is).toBe('approved');
  });

  test.each(['advised', 'held'] as const)(
    'it waits behind what is %s, the host being there',
    (how) => {
      const busy = opened();
      const sale = busy.approved();
      const adjustment = busy.advised('adjustment', sale, { tipAmount: usd(500) });
      if (how === 'held') busy.want('hold', adjustment);
      expect(whereabouts(busy, busy.follow('void', sale))).toBe('original_open');
      busy.want('release', adjustment);
      busy.decide(adjustment);
      expect(busy.payment(sale)).toMatchObject({ amount: usd(4_750) });
    },
  );

  test('it goes to the host again once nothing waits any more', () => {
    const busy = opened();
    const sale = busy.approved();
    busy.decide(busy.advised('adjustment', sale, { tipAmount: usd(500) }));
    expect(whereabouts(busy, busy.follow('void', sale))).toBe('sent');
  });

  test('it names what has to be reversed first', () => {
    const busy = opened();
    const sale = busy.approved();
    const lost = busy.follow('refund', sale, { amount: usd(1_000) });
    busy.reply({ is: 'no answer', reason: 'no_answer' });
    const reversal = { transactionId: lost, attemptId: busy.attemptOf(lost), reason: 'no_answer' };
    busy.follow('refund', sale, { amount: usd(500) });
    expect(busy.till.host.last().body.reversals).toEqual([reversal]);
  });

  test('it is refused when there is more to reverse than a request can name', () => {
    const busy = opened();
    const sale = busy.approved();
    for (let number = 1; number <= 17; number += 1) {
      loseTrackOf(busy.ledger, orderOf(number), number);
    }
    expect(whereabouts(busy, busy.follow('refund', sale))).toBe('pending_reversal');
  });

  test('it is refused while the ledger is older than what the portal has seen', () => {
    const busy = opened();
    const [sale, stored] = [busy.approved(), busy.stored()];
    busy.ledger.commit(() => busy.ledger.meta.set('rolledBack', 'the portal has more'));
    for (const original of [sale, stored]) {
      expect(whereabouts(busy, busy.follow('void', original))).toBe('ledger_rolled_back');
    }
    expect([busy.payment(sale).is, busy.payment(stored).is]).toEqual(['approved', 'stored']);
  });
});

describe('of a stored sale', () => {
  test('a void nobody could have heard of is done here', () => {
    const busy = opened();
    const sale = busy.stored();
    const voided = busy.follow('void', sale);
    expect([busy.payment(voided).is, busy.payment(sale).is]).toEqual(['approved', 'voided']);
    expect(busy.till.host.asked).toEqual([]);
  });

  test('a void of what has left waits in the log, the host being there', () => {
    const busy = opened();
    const sale = busy.stored();
    busy.publish();
    expect(whereabouts(busy, busy.follow('void', sale))).toBe('original_open');
    expect(busy.payment(sale).is).toBe('void_pending');
  });

  test('a void of what another follow-up waits behind waits too', () => {
    const busy = opened();
    const sale = busy.stored();
    busy.follow('adjustment', sale, { tipAmount: usd(500) });
    expect(whereabouts(busy, busy.follow('void', sale))).toBe('original_open');
  });

  test('a void of what a new epoch told again waits, for the old one may have left', () => {
    const busy = opened();
    const sale = busy.stored();
    busy.publish();
    busy.openEpoch();
    expect(whereabouts(busy, busy.follow('void', sale))).toBe('original_open');
  });

  test.each(['refund', 'adjustment'] as const)(
    'a %s waits for it, the host being there',
    (type) => {
      const busy = opened();
      const sale = busy.stored();
      const wish = type === 'refund' ? { amount: usd(1_000) } : { tipAmount: usd(500) };
      expect(whereabouts(busy, busy.follow(type, sale, wish))).toBe('original_open');
      expect(busy.payment(sale).is).toBe('stored');
    },
  );

  test('a capture waits for its authorization', () => {
    const busy = opened();
    const authorization = busy.stored({ type: 'authorization' });
    expect(whereabouts(busy, busy.follow('capture', authorization))).toBe('original_open');
  });

  test('a refund that may not wait is refused, a void that need not is done', () => {
    const busy = opened();
    const sale = busy.stored();
    const refund = busy.follow('refund', sale, { amount: usd(1), offline: 'forbid' });
    expect(whereabouts(busy, refund)).toBe('offline_forbidden');
    const other = busy.stored();
    const voided = busy.follow('void', other, { offline: 'forbid' });
    expect([busy.payment(voided).is, busy.payment(other).is]).toEqual(['approved', 'voided']);
  });
});

describe('what it has in common with every order', () => {
  test('its key stands for it, whatever became of its original since', () => {
    const busy = opened();
    const sale = busy.stored();
    const begin = () =>
      busy.till.cashier.begin({ type: 'void', originalTransactionId: sale }, 'till', 'one key');
    const begun = begin();
    expect(begun.is).toBe('begun');
    expect(begin()).toEqual({ ...begun, is: 'repeated' });
  });

  test('it is refused without an original, or with one that is not here', () => {
    const busy = opened();
    for (const type of ['void', 'capture', 'adjustment'] as const) {
      expect(busy.till.begin({ type })).toMatchObject({ code: 'original_unknown' });
      expect(busy.try(type, idOf('txn', 99))).toMatchObject({ code: 'original_unknown' });
    }
  });

  test('it stands in the open batch of its original’s name, or of the one that is named', () => {
    const busy = opened();
    const sale = busy.approved({ batchName: 'Bar' });
    const first = busy.followed('refund', sale, { amount: usd(1) });
    const second = busy.followed('refund', sale, { amount: usd(1), batchName: 'Kitchen' });
    const batches = [first, second].map((id) => busy.found(id).order.batch.name);
    expect(batches).toEqual(['Bar', 'Kitchen']);
  });

  test('the storage refusing, nothing is entered and nothing asked', () => {
    const busy = opened();
    const sale = busy.approved();
    const { db } = busy.till.opened;
    db.pragma('query_only = ON');
    expect(busy.try('void', sale)).toMatchObject({ code: 'storage_unavailable' });
    db.pragma('query_only = OFF');
    expect(busy.till.host.asked).toHaveLength(1);
    expect(busy.ledger.transactions.followUpsOf(sale)).toEqual([]);
  });
});
