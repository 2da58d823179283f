/** The account of an original: what may be captured of an authorization, and how a sale may be adjusted. */
import { describe, expect, test } from 'vitest';
import { amountValueMax } from '../../../contract/index.ts';
import type { Original, Wish } from '../../../agent/payments/account.ts';
import { at, entered, judged, original, outcome, typed, usd } from '../../rigs/accounts.ts';
import { standings } from '../../fixtures/machine.ts';
import { orderOf } from '../../fixtures/payments.ts';
import { containing } from '../../rigs/containing.ts';

const tipped = (tip: number): Wish => ({ type: 'adjustment', tipAmount: usd(tip) });

describe('a capture', () => {
  const authorized = (differently: Partial<Original> = {}) => typed('authorization', differently);
  const capture = (value?: number, tip?: number): Wish => ({
    ...{ type: 'capture' },
    ...(value === undefined ? {} : { amount: usd(value) }),
    ...(tip === undefined ? {} : { tipAmount: usd(tip) }),
  });

  test.each([
    [0, 4_250],
    [1, 4_292],
    [15, 4_887],
    [20, 5_100],
  ])('with a tolerance of %i % takes up to %i, that included', (percent, most) => {
    const settings = { 'authorization.captureTolerancePercent': percent };
    expect(outcome(capture(), authorized(), settings)).toEqual(['capture', 4_250]);
    expect(outcome(capture(most), authorized(), settings)).toEqual(['capture', most]);
    expect(judged(capture(most + 1), authorized(), settings)).toMatchObject({
      ...{ code: 'amount_exceeds_original', detail: containing('At most') },
    });
  });

  test('may be less, but not nothing', () => {
    expect(outcome(capture(1), authorized())).toEqual(['capture', 1]);
    expect(outcome(capture(0), authorized())).toBe('amount_exceeds_original');
  });

  test('is of what was approved, where that was a part', () => {
    const payment = { ...standings.approved.payment, amount: usd(2_000) };
    expect(outcome(capture(), authorized({ payment }))).toEqual(['capture', 2_000]);
    expect(outcome(capture(2_001), authorized({ payment }))).toBe('amount_exceeds_original');
  });

  test('happens once; one that failed or was voided leaves room for another', () => {
    for (const standing of ['approved', 'sent', 'advised', 'advised, was sent'] as const) {
      const followUps = [entered('capture', 100, at(standing))];
      expect(outcome(capture(), authorized({ followUps }))).toBe('original_not_fit');
    }
    for (const standing of ['declined', 'forward declined', 'voided'] as const) {
      const followUps = [entered('capture', 100, at(standing))];
      expect(outcome(capture(), authorized({ followUps }))).toEqual(['capture', 4_250]);
    }
  });

  test('has its tip within its total', () => {
    expect(judged(capture(4_000, 500), authorized())).toEqual({
      ...{ is: 'allowed', type: 'capture', amount: usd(4_000), tipAmount: usd(500), increase: 0 },
    });
    const settings = { 'tip.limitPercent': 1_000 };
    for (const tip of [4_000, 4_001]) {
      expect(outcome(capture(4_000, tip), authorized(), settings)).toBe('tip_exceeds_limit');
    }
  });

  test.each([
    [0, 0],
    [15, 521],
    [20, 666],
    [100, 2_000],
  ])('with a tip limit of %i % takes a tip of %i of 40.00, and not one more', (percent, most) => {
    const settings = { 'tip.limitPercent': percent };
    expect(outcome(capture(4_000, most), authorized(), settings)).toEqual(['capture', 4_000]);
    expect(outcome(capture(4_000, most + 1), authorized(), settings)).toBe('tip_exceeds_limit');
  });

  test.each([
    [4_250, 0],
    [1_000, 0],
    [4_251, 1],
    [4_887, 637],
  ])('of %i takes %i beyond what is held', (value, increase) => {
    const settings = { 'authorization.captureTolerancePercent': 15 };
    expect(judged(capture(value), authorized(), settings)).toMatchObject({ increase });
  });

  test('of a stored authorization may be asked for before that is decided', () => {
    expect(outcome(capture(), authorized({ payment: at('stored') }))).toEqual(['capture', 4_250]);
    expect(outcome(capture(), authorized({ batchIsOpen: false }))).toEqual(['capture', 4_250]);
  });
});

describe('an adjustment', () => {
  test('of the tip alone adds it to what is charged, and another replaces it', () => {
    expect(judged(tipped(750), original())).toEqual({
      ...{ is: 'allowed', type: 'adjustment', amount: usd(5_000), tipAmount: usd(750) },
      increase: 750,
    });
    const payment = { ...standings.approved.payment, amount: usd(5_000), tipAmount: usd(750) };
    const followUps = [entered('adjustment', 5_000, at('approved'), 750)];
    expect(outcome(tipped(250), original({ payment, followUps }))).toEqual(['adjustment', 4_500]);
    const pending = [entered('adjustment', 5_000, at('advised'), 750)];
    expect(outcome(tipped(250), original({ followUps: pending }))).toEqual(['adjustment', 4_500]);
    expect(outcome(tipped(0), original({ followUps: pending }))).toEqual(['adjustment', 4_250]);
  });

  test.each([
    [0, 0],
    [15, 637],
    [20, 850],
    [100, 4_250],
  ])('with a tip limit of %i % takes a tip of %i, and not one more', (percent, most) => {
    const settings = { 'tip.limitPercent': percent };
    expect(outcome(tipped(most), original(), settings)).toEqual(['adjustment', 4_250 + most]);
    expect(outcome(tipped(most + 1), original(), settings)).toBe('tip_exceeds_limit');
  });

  test('measures the tip by what it is for: neither tip nor surcharge', () => {
    const order = orderOf(1, {
      ...{ amount: usd(1_140), tipAmount: usd(100), surchargeAmount: usd(40) },
    });
    const settings = { 'tip.limitPercent': 10 };
    expect(judged(tipped(100), original({ order }), settings)).toEqual({
      ...{ is: 'allowed', type: 'adjustment', amount: usd(1_140), increase: 0 },
      ...{ tipAmount: usd(100), surchargeAmount: usd(40) },
    });
    expect(outcome(tipped(101), original({ order }), settings)).toBe('tip_exceeds_limit');
  });

  test('adds to the money at risk what it takes beyond all that is under way', () => {
    const increaseOf = (tip: number, of: Original) => {
      const allowed = judged(tipped(tip), of);
      return allowed.is === 'allowed' ? allowed.increase : allowed.code;
    };
    expect(increaseOf(500, original())).toBe(500);
    const pending = [entered('adjustment', 4_750, at('advised'), 500)];
    expect(increaseOf(750, original({ followUps: pending }))).toBe(250);
    expect(increaseOf(250, original({ followUps: pending }))).toBe(0);
    const refusedThen = [entered('adjustment', 4_750, at('declined'), 500)];
    expect(increaseOf(250, original({ followUps: refusedThen }))).toBe(250);
    const payment = { ...standings.approved.payment, amount: usd(5_000), tipAmount: usd(750) };
    const stands = [entered('adjustment', 5_000, at('approved'), 750)];
    expect(increaseOf(800, original({ payment, followUps: stands }))).toBe(50);
    expect(increaseOf(0, original({ payment, followUps: stands }))).toBe(0);
  });

  const total = (value: number): Wish => ({ type: 'adjustment', amount: usd(value) });

  test.each([
    [0, 4_250],
    [10, 4_675],
    [15, 4_887],
  ])('with a tolerance of %i % makes the total at most %i', (percent, most) => {
    const settings = { 'adjustment.amountTolerancePercent': percent };
    expect(outcome(total(most), original(), settings)).toEqual(['adjustment', most]);
    expect(judged(total(most + 1), original(), settings)).toMatchObject({
      ...{ code: 'amount_exceeds_original', detail: containing('at most') },
    });
  });

  test('may make it less, but not nothing, and not less than its tip and surcharge', () => {
    expect(outcome(total(1), original())).toEqual(['adjustment', 1]);
    expect(outcome(total(0), original())).toBe('amount_exceeds_original');
    const order = orderOf(1, { tipAmount: usd(200), surchargeAmount: usd(50) });
    expect(outcome(total(249), original({ order }))).toBe('amount_exceeds_original');
    const both: Wish = { ...total(150), tipAmount: usd(0) };
    expect(outcome(both, original({ order }))).toEqual(['adjustment', 150]);
  });

  test('does not turn a tip into more of what was sold', () => {
    const payment = { ...standings.approved.payment, amount: usd(5_000), tipAmount: usd(750) };
    const followUps = [entered('adjustment', 5_000, at('approved'), 750)];
    const of = original({ payment, followUps });
    const withoutTip: Wish = { ...total(4_251), tipAmount: usd(0) };
    expect(outcome(withoutTip, of)).toBe('amount_exceeds_original');
    expect(outcome({ ...withoutTip, amount: usd(4_250) }, of)).toEqual(['adjustment', 4_250]);
  });

  test('never makes a total the link cannot carry', () => {
    const order = orderOf(1, { amount: usd(amountValueMax) });
    expect(outcome(tipped(1), original({ order }))).toBe('amount_invalid');
    const nearly = orderOf(1, { amount: usd(amountValueMax - 1) });
    expect(outcome(tipped(1), original({ order: nearly }))).toEqual(['adjustment', amountValueMax]);
  });

  test('needs an open batch, and nothing given back', () => {
    expect(outcome(tipped(1), original({ batchIsOpen: false }))).toBe('batch_closed');
    for (const standing of ['approved', 'advised', 'unknown'] as const) {
      const followUps = [entered('refund', 1, at(standing))];
      expect(outcome(tipped(1), original({ followUps }))).toBe('original_not_fit');
    }
    const followUps = [entered('refund', 1, at('declined'))];
    expect(outcome(tipped(1), original({ followUps }))).toEqual(['adjustment', 4_251]);
  });
});
