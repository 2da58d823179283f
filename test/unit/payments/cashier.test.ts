/** The cashier: keys, readers, cancelling, waiting and closing, as a client application sees them. */
import { describe, expect, test } from 'vitest';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { AgedLedger } from '../../rigs/aged-ledger.ts';
import { containing } from '../../rigs/containing.ts';
import { cardRead } from '../../rigs/scripted-reader.ts';
import { Till } from '../../rigs/till.ts';

const readers = [
  { id: 'counter', protocol: 'scripted', path: '/dev/a' },
  { id: 'bar', protocol: 'scripted', path: '/dev/b' },
];

const sound = ({ opened }: Till): void => expect(verifyLedger(opened.db).findings).toEqual([]);

describe('before a card is used', () => {
  test('the client application may cancel, and the reader is free again', () => {
    const till = new Till();
    const transactionId = till.sell();
    expect(till.cashier.cancel(transactionId)).toMatchObject({
      ...{ is: 'cancelled', transaction: { payment: { reason: 'cancelled_by_pos' } } },
    });
    expect(till.cashier.cancel(transactionId).is).toBe('cancelled');
    expect([till.reader().disarmed, till.posts[0]?.state().is]).toEqual([1, 'ready']);
    till.world.clock.advance(3_600_000);
    till.reader().read(cardRead());
    expect(till.facts(transactionId)).toHaveLength(2);
  });

  test('and not later, or what is not there', () => {
    const till = new Till();
    const transactionId = till.swipe();
    expect(till.cashier.cancel(transactionId)).toMatchObject({ code: 'conflict', transactionId });
    till.host.answer();
    expect(till.cashier.cancel(transactionId)).toMatchObject({
      ...{ code: 'conflict', detail: 'The transaction is approved.' },
    });
    expect(till.cashier.cancel('txn_none')).toEqual({ is: 'refused', code: 'not_found' });
  });

  test('it may be too late: no card came in time', () => {
    const till = new Till();
    const transactionId = till.sell();
    till.world.clock.advance(59_999);
    expect(till.payment(transactionId).is).toBe('awaiting_card');
    till.world.clock.advance(1);
    expect(till.payment(transactionId)).toEqual({ is: 'cancelled', reason: 'card_timeout' });
    expect(till.posts[0]?.state().is).toBe('ready');
  });

  test('a bad read asks for another swipe, and the fifth gives up', () => {
    const till = new Till();
    const transactionId = till.sell();
    for (const why of ['bad_track', 'no_data', 'damaged', 'timed_out'] as const)
      till.reader().fail(why);
    expect(till.payment(transactionId).is).toBe('awaiting_card');
    till.reader().fail('bad_track');
    expect(till.payment(transactionId)).toEqual({ is: 'cancelled', reason: 'card_unreadable' });
    expect(till.prompts()).toEqual(['present_card', ...Array<string>(4).fill('try_again')]);
    expect(till.posts[0]?.state().is).toBe('ready');
  });

  test('a reader without keys gives up at once', () => {
    const till = new Till();
    const transactionId = till.sell();
    till.reader().fail('keys_exhausted');
    expect(till.payment(transactionId)).toMatchObject({ reason: 'card_unreadable' });
  });

  test('a reader that is unplugged ends the sale', () => {
    const till = new Till();
    const transactionId = till.sell();
    till.reader().lose();
    expect(till.payment(transactionId)).toEqual({ is: 'cancelled', reason: 'reader_lost' });
    expect(till.begin()).toMatchObject({ is: 'refused', code: 'reader_not_ready' });
    till.world.clock.advance(500);
    till.reader().ready();
    expect(till.begin().is).toBe('begun');
  });

  test('a card in clear is refused, wiped, and kept nowhere', () => {
    const till = new Till();
    const read = cardRead('card A', { securityLevel: 'clear' });
    const transactionId = till.swipe(read);
    expect(till.payment(transactionId)).toEqual({ is: 'cancelled', reason: 'card_not_encrypted' });
    expect(() => read.accountData.use(() => 0)).toThrow(/wiped/);
    expect(till.host.asked).toEqual([]);
  });

  test('unless the reader may read cards in clear', () => {
    const till = new Till({ readers: [{ ...readers[0]!, allowClearCards: true }] });
    const transactionId = till.swipe(cardRead('card A', { securityLevel: 'clear' }));
    till.host.answer();
    expect(till.payment(transactionId).is).toBe('approved');
  });
});

describe('one key, one transaction', () => {
  test('the same key and request give the same transaction, whatever became of it', () => {
    const till = new Till();
    const begun = till.begin({}, 'k');
    const again = () => till.begin({}, 'k');
    expect(again()).toEqual({ ...begun, is: 'repeated' });
    till.reader().read(cardRead());
    till.host.answer();
    expect(again()).toMatchObject({ is: 'repeated', transaction: { payment: { is: 'approved' } } });
    expect(till.opened.ledger.transactions.list({ limit: 9 })).toHaveLength(1);
  });

  test('with another request it is refused, and names the first transaction', () => {
    const till = new Till();
    const begun = till.begin({}, 'k');
    if (begun.is === 'refused') throw new Error(begun.code);
    const { transactionId } = begun.transaction.order;
    for (const other of [{ amount: { value: 1, currency: 'USD' } }, { reference: 'x' }]) {
      expect(till.begin(other, 'k')).toEqual({
        ...{ is: 'refused', code: 'idempotency_mismatch', transactionId },
      });
    }
  });

  test('of a sale that is kept no longer it has expired, and is no new sale', () => {
    const aged = new AgedLedger();
    const till = new Till({ world: aged.world, opened: aged.opened });
    const cancelled = (key: string): void => {
      const begun = till.begin({}, key);
      if (begun.is === 'refused') throw new Error(begun.code);
      till.cashier.cancel(begun.transaction.order.transactionId);
    };
    cancelled('first');
    aged.growOld();
    cancelled('last');
    aged.prune();
    expect(till.begin({}, 'last')).toMatchObject({ is: 'repeated' });
    for (const differently of [{}, { reference: 'x' }]) {
      const expired = { is: 'refused', code: 'idempotency_expired' };
      expect(till.begin(differently, 'first')).toEqual(expired);
    }
    expect(aged.ledger.transactions.list({ limit: 9 })).toHaveLength(1);
    sound(till);
  });

  test('the order of members makes no other request, and another application no repeat', () => {
    const till = new Till({ readers });
    const amount = { value: 1, currency: 'USD' };
    till.cashier.begin({ type: 'sale', amount, reference: 'x' }, 'till', 'k');
    const swapped = {
      reference: 'x',
      amount: { currency: 'USD', value: 1 },
      type: 'sale',
    } as const;
    expect(till.cashier.begin(swapped, 'till', 'k').is).toBe('repeated');
    expect(till.cashier.begin(swapped, 'another', 'k').is).toBe('begun');
  });

  test('keys that differ only far behind are different keys', () => {
    const till = new Till({ readers });
    const long = 'k'.repeat(255);
    expect([till.begin({}, `${long}1`).is, till.begin({}, `${long}2`).is]).toEqual([
      'begun',
      'begun',
    ]);
  });

  test('a refused request leaves its key free', () => {
    const till = new Till();
    till.reader().lose();
    expect(till.begin({}, 'k').is).toBe('refused');
    till.world.clock.advance(500);
    till.reader().ready();
    expect(till.begin({}, 'k').is).toBe('begun');
  });

  test('is kept over a restart', () => {
    const till = new Till();
    till.begin({}, 'k');
    const after = new Till({ world: till.world, opened: till.opened });
    expect(after.begin({}, 'k').is).toBe('repeated');
  });
});

describe('one reader, one transaction', () => {
  test('a second start is busy and names the first', () => {
    const till = new Till();
    const transactionId = till.sell();
    expect(till.begin()).toEqual({ is: 'refused', code: 'busy', transactionId });
    expect(till.begin({ reader: 'counter' })).toMatchObject({ code: 'busy', transactionId });
    till.reader().read(cardRead());
    expect(till.begin().is).toBe('begun');
  });

  test('any reader that is free will do, or the one that is named', () => {
    const till = new Till({ readers });
    const first = till.sell();
    expect(till.begin({ reader: 'counter' })).toMatchObject({ code: 'busy', transactionId: first });
    const second = till.sell({ reader: 'bar' });
    expect(till.opened.ledger.transactions.find(second)?.order.readerId).toBe('bar');
    expect(till.begin()).toMatchObject({ code: 'busy', transactionId: first });
    till.reader('bar').read(cardRead('card B'));
    till.reader().read(cardRead('card A'));
    expect(till.host.asked.map(({ body }) => body.transactionId)).toEqual([second, first]);
  });

  test('a reader nobody configured is said not to be there', () => {
    const till = new Till();
    expect(till.begin({ reader: 'kitchen' })).toEqual({ is: 'refused', code: 'not_found' });
    expect(new Till({ readers: [] }).begin()).toMatchObject({
      ...{ code: 'reader_not_ready', detail: containing('There is no reader') },
    });
  });
});

test.each([
  ['amount_invalid', { value: 0, currency: 'USD' }],
  ['currency_unsupported', { value: 1, currency: 'ABC' }],
])('a request that cannot be charged is refused: %s', (code, amount) => {
  const till = new Till();
  expect(till.begin({ amount })).toMatchObject({ is: 'refused', code });
  expect([till.reader().armed, till.opened.ledger.upLog.head().seq]).toEqual([0, 0]);
});

describe('waiting', () => {
  const settled = async (promise: Promise<void>): Promise<boolean> =>
    Promise.race([promise.then(() => true), Promise.resolve().then(() => false)]);

  test('ends when the sale has an outcome', async () => {
    const till = new Till();
    const transactionId = till.swipe();
    const waits = [1_000, 60_000].map((ms) => till.cashier.answered(transactionId, ms));
    till.world.clock.advance(500);
    expect(await settled(waits[0]!)).toBe(false);
    till.host.answer();
    await Promise.all(waits);
    expect(till.world.clock.nextDueInMs()).toBeUndefined();
  });

  test('ends when its time is over', async () => {
    const till = new Till();
    const transactionId = till.swipe();
    const wait = till.cashier.answered(transactionId, 1_000);
    till.world.clock.advance(1_000);
    await wait;
    expect(till.payment(transactionId).is).toBe('sent');
  });

  test('is over before it begins for what has an outcome, or is not there', async () => {
    const till = new Till();
    const transactionId = till.swipe();
    till.host.answer();
    await till.cashier.answered(transactionId, 60_000);
    await till.cashier.answered('txn_none', 60_000);
  });

  test('is for sixteen at a time; one more is answered at once', async () => {
    const till = new Till();
    const transactionId = till.swipe();
    const waits = Array.from({ length: 16 }, () => till.cashier.answered(transactionId, 60_000));
    await till.cashier.answered(transactionId, 60_000);
    expect(await settled(waits[15]!)).toBe(false);
    till.host.answer();
    await Promise.all(waits);
  });
});

describe('closing', () => {
  const closed = (till: Till) => {
    let done = false;
    const closing = till.cashier.close().then(() => (done = true));
    return { closing, isDone: () => done };
  };

  test('takes no more orders, and ends what waits for a card', async () => {
    const till = new Till();
    const waiting = till.sell();
    await till.cashier.close();
    expect(till.payment(waiting)).toEqual({ is: 'cancelled', reason: 'interrupted' });
    expect(till.begin()).toMatchObject({ is: 'refused', code: 'stopping' });
    expect(till.posts[0]?.state().is).toBe('ready');
  });

  test('waits for the answer to what was sent', async () => {
    const till = new Till();
    const sent = till.swipe();
    const { closing, isDone } = closed(till);
    till.world.clock.advance(1_000);
    await Promise.resolve();
    expect(isDone()).toBe(false);
    till.host.answer();
    await closing;
    expect(till.payment(sent).is).toBe('approved');
  });

  test('but not longer than a host may take', async () => {
    const till = new Till();
    const sent = till.swipe();
    const { closing } = closed(till);
    till.world.clock.advance(45_000);
    await closing;
    expect(till.payment(sent).is).toBe('sent');
  });
});

describe('after a power cut', () => {
  test('what waited for a card is cancelled, and what was sent is unknown; each is ended once', () => {
    const till = new Till({ readers });
    const waiting = till.sell({ reader: 'bar' });
    const sent = till.swipe();
    till.world.clock.callOffAll();
    const after = new Till({ readers, world: till.world, opened: till.opened });
    expect(after.cashier.recover()).toBe(2);
    expect(after.payment(waiting)).toEqual({ is: 'cancelled', reason: 'interrupted' });
    expect(after.payment(sent).is).toBe('unknown');
    expect(after.facts(sent).at(-1)).toBe('reversal');
    expect(after.cashier.recover()).toBe(0);
    sound(after);
  });
});
