/** The account of an original: what may follow it, what a void undoes, and what is left to refund. */
import { describe, expect, test } from 'vitest';
import type { Entered, Wish } from '../../../agent/payments/account.ts';
import type { Order } from '../../../agent/payments/order.ts';
import type { Payment } from '../../../agent/payments/states.ts';
import { at, entered, judged, original, outcome, typed, usd } from '../../rigs/accounts.ts';
import { clerk, standings, type StandingName } from '../../fixtures/machine.ts';
import { orderOf } from '../../fixtures/payments.ts';
import { containing } from '../../rigs/containing.ts';

const wishes = ['void', 'refund', 'capture', 'adjustment'] as const;

describe('what may follow what', () => {
  const fitting: Record<(typeof wishes)[number], readonly Order['type'][]> = {
    void: ['sale', 'authorization', 'capture', 'refund'],
    refund: ['sale', 'capture'],
    capture: ['authorization'],
    adjustment: ['sale', 'capture'],
  };
  const types = ['sale', 'authorization', 'capture', 'refund', 'void', 'adjustment'] as const;

  test.each(wishes.flatMap((wish) => types.map((type) => [wish, type] as const)))(
    'a %s of a %s',
    (type, of) => {
      const result = judged({ type }, typed(of));
      const fits = fitting[type].includes(of);
      expect(result.is === 'refused' ? result.code : 'allowed').toBe(
        fits ? 'allowed' : 'original_not_fit',
      );
    },
  );

  const undecided = ['stored', 'stored after', 'held', 'held after'];
  test.each(Object.keys(standings) as StandingName[])('what is %s', (standing) => {
    const fits = at(standing).is === 'approved' || undecided.includes(standing);
    for (const [type, of] of [
      ['void', 'sale'],
      ['capture', 'authorization'],
      ['adjustment', 'sale'],
    ] as const) {
      const payment = standing === 'changed often' ? at('approved') : at(standing);
      const result = judged({ type }, typed(of, { payment }));
      expect(result.is).toBe(fits ? 'allowed' : 'refused');
      if (!fits) {
        const says = containing(` is ${payment.is}.`);
        expect(result).toMatchObject({ code: 'original_not_fit', detail: says });
      }
    }
  });

  test.each(wishes.filter((type) => type !== 'capture'))(
    'nothing follows what is being voided, and says by what: a %s',
    (type) => {
      const voiding = entered('void', 4_250, at('advised'));
      expect(judged({ type }, original({ followUps: [voiding] }))).toMatchObject({
        ...{ code: 'original_not_fit', detail: containing(voiding.order.transactionId) },
      });
    },
  );

  test.each(['declined', 'refused here', 'forward declined'] as const)(
    'a void that was %s stands in the way of nothing',
    (standing) => {
      const followUps = [entered('void', 4_250, at(standing))];
      for (const type of ['void', 'refund', 'adjustment'] as const) {
        expect(judged({ type }, original({ followUps })).is).toBe('allowed');
      }
    },
  );

  test.each(['refund', 'adjustment', 'capture'] as const)(
    'a %s is in the currency of its original',
    (type) => {
      const of = typed(type === 'capture' ? 'authorization' : 'sale');
      const amount = { value: 100, currency: 'EUR' };
      expect(outcome({ type, amount }, of)).toBe('amount_invalid');
      expect(outcome({ type, tipAmount: amount }, of)).toBe('amount_invalid');
    },
  );
});

describe('a void', () => {
  test('undoes the whole of what is charged now', () => {
    expect(outcome({ type: 'void' }, original())).toEqual(['void', 4_250]);
    const adjusted = { ...standings.approved.payment, amount: usd(5_000) };
    expect(outcome({ type: 'void' }, original({ payment: adjusted }))).toEqual(['void', 5_000]);
    const followUps = [entered('adjustment', 4_900, at('advised'))];
    expect(outcome({ type: 'void' }, original({ followUps }))).toEqual(['void', 4_900]);
  });

  test('may name the whole, and nothing else', () => {
    expect(outcome({ type: 'void', amount: usd(4_250) }, original())).toEqual(['void', 4_250]);
    expect(judged({ type: 'void', amount: usd(100) }, original())).toMatchObject({
      ...{ code: 'amount_invalid', detail: containing('42.50 USD') },
    });
    expect(outcome({ type: 'void', amount: usd(4_251) }, original())).toBe('amount_invalid');
  });

  test.each(['sale', 'capture', 'refund'] as const)('of a %s needs its batch open', (type) => {
    expect(outcome({ type: 'void' }, typed(type, { batchIsOpen: false }))).toBe('batch_closed');
  });

  test('of an authorization does not', () => {
    const of = typed('authorization', { batchIsOpen: false });
    expect(outcome({ type: 'void' }, of)).toEqual(['void', 4_250]);
  });

  test('waits until what was given back of it is voided', () => {
    for (const standing of ['approved', 'advised', 'sent', 'unknown', 'held advice'] as const) {
      const followUps = [entered('refund', 100, at(standing))];
      expect(judged({ type: 'void' }, original({ followUps }))).toMatchObject({
        ...{ code: 'original_not_fit', detail: containing('first') },
      });
    }
    for (const standing of ['declined', 'reversed', 'voided', 'forward declined'] as const) {
      const followUps = [entered('refund', 100, at(standing))];
      expect(outcome({ type: 'void' }, original({ followUps }))).toEqual(['void', 4_250]);
    }
  });

  test('of what was refunded at the portal is refused', () => {
    const changes = [{ kind: 'refund', amount: usd(1), by: clerk }] as const;
    const payment = { ...standings.approved.payment, changes };
    expect(outcome({ type: 'void' }, original({ payment }))).toBe('original_not_fit');
  });

  test('of an authorization that is captured voids the capture first', () => {
    const captured = (payment: Payment) =>
      typed('authorization', { followUps: [entered('capture', 4_250, payment)] });
    expect(outcome({ type: 'void' }, captured(at('approved')))).toBe('original_not_fit');
    expect(outcome({ type: 'void' }, captured(at('advised')))).toBe('original_not_fit');
    expect(outcome({ type: 'void' }, captured(at('voided')))).toEqual(['void', 4_250]);
  });
});

describe('a refund', () => {
  const refund = (value?: number): Wish => ({
    ...{ type: 'refund' },
    ...(value === undefined ? {} : { amount: usd(value) }),
  });

  test('is all that is left when it says nothing, and up to that, and no more', () => {
    expect(outcome(refund(), original())).toEqual(['refund', 4_250]);
    expect(outcome(refund(4_250), original())).toEqual(['refund', 4_250]);
    expect(judged(refund(4_251), original())).toMatchObject({
      ...{ code: 'amount_exceeds_original', detail: containing('42.50 USD is left') },
    });
    expect(outcome(refund(0), original())).toBe('amount_exceeds_original');
  });

  const sums: readonly [string, readonly Entered[], number][] = [
    ['approved', [entered('refund', 1_000), entered('refund', 2_000)], 1_250],
    ['pending', [entered('refund', 1_000, at('advised')), entered('refund', 3_000)], 250],
    ['under way', [entered('refund', 4_249, at('sent'))], 1],
    ['unclear', [entered('refund', 1_000, at('unknown'))], 3_250],
    ['parked', [entered('refund', 1_000, at('held advice'))], 3_250],
    ['failed', [entered('refund', 4_000, at('declined'))], 4_250],
    ['refused by the host later', [entered('refund', 4_000, at('forward declined'))], 4_250],
    ['undone', [entered('refund', 4_000, at('reversed'))], 4_250],
    ['voided', [entered('refund', 4_000, at('voided'))], 4_250],
  ];
  test.each(sums)('of what earlier ones leave, that are %s', (_what, followUps, left) => {
    expect(outcome(refund(), original({ followUps }))).toEqual(['refund', left]);
    expect(outcome(refund(left + 1), original({ followUps }))).toBe('amount_exceeds_original');
  });

  test('of nothing is refused once all is given back', () => {
    const followUps = [entered('refund', 4_250)];
    expect(outcome(refund(), original({ followUps }))).toBe('amount_exceeds_original');
    expect(outcome(refund(1), original({ followUps }))).toBe('amount_exceeds_original');
  });

  test('counts what was given back at the portal', () => {
    const changes = [
      { kind: 'refund', amount: usd(1_000), by: clerk },
      { kind: 'refund', amount: usd(250), by: clerk },
    ] as const;
    const payment = { ...standings.approved.payment, changes };
    const followUps = [entered('refund', 1_000)];
    expect(outcome(refund(), original({ payment, followUps }))).toEqual(['refund', 2_000]);
    expect(outcome(refund(2_001), original({ payment, followUps }))).toBe(
      'amount_exceeds_original',
    );
  });

  test('looks at what is charged: approved in part, adjusted here, adjusted at the portal', () => {
    const inPart = { ...standings.approved.payment, amount: usd(2_000) };
    expect(outcome(refund(), original({ payment: inPart }))).toEqual(['refund', 2_000]);
    const pending = [entered('adjustment', 5_000, at('advised'), 750)];
    expect(outcome(refund(), original({ followUps: pending }))).toEqual(['refund', 5_000]);
    const failed = [entered('adjustment', 5_000, at('declined'), 750)];
    expect(outcome(refund(), original({ followUps: failed }))).toEqual(['refund', 4_250]);
  });

  test('an adjustment at the portal after one of ours is what counts', () => {
    const followUps = [entered('adjustment', 5_000)];
    const changes = [{ kind: 'adjustment', amount: usd(3_000), by: clerk }] as const;
    const payment = { ...standings.approved.payment, amount: usd(3_000), changes };
    expect(outcome(refund(), original({ payment, followUps }))).toEqual(['refund', 3_000]);
    expect(outcome(refund(3_001), original({ payment, followUps }))).toBe(
      'amount_exceeds_original',
    );
  });

  test('is never less than nothing, when the portal made the sale smaller than what was given back', () => {
    const payment = { ...standings.approved.payment, amount: usd(1_000) };
    const followUps = [entered('refund', 3_000)];
    expect(judged(refund(), original({ payment, followUps }))).toMatchObject({
      ...{ code: 'amount_exceeds_original', detail: containing(' 0.00 USD is left') },
    });
  });

  test.each(['stored', 'held'] as const)('of all of a %s sale becomes a void', (standing) => {
    const of = original({ payment: at(standing) });
    expect(outcome(refund(), of)).toEqual(['void', 4_250]);
    expect(outcome(refund(4_250), of)).toEqual(['void', 4_250]);
    expect(outcome(refund(4_249), of)).toEqual(['refund', 4_249]);
    expect(outcome(refund(), { ...of, batchIsOpen: false })).toEqual(['refund', 4_250]);
  });

  test('of the rest of a stored sale stays a refund', () => {
    const followUps = [entered('refund', 1_000, at('advised'))];
    const of = original({ payment: at('stored'), followUps });
    expect(outcome(refund(), of)).toEqual(['refund', 3_250]);
  });

  test.each([
    ['JPY', '4250 JPY is left'],
    ['KWD', '4.250 KWD is left'],
  ])('says in %s what is left', (currency, says) => {
    const order = orderOf(1, { amount: { value: 4_250, currency } });
    const amount = { value: 4_251, currency };
    expect(judged({ type: 'refund', amount }, original({ order }))).toMatchObject({
      detail: containing(says),
    });
  });
});
