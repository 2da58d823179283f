/** The wait before the next connection. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { afterEnd, freshBackoff, type Backoff } from '../../../agent/portal/backoff.ts';
import { seed } from '../../fixtures/seed.ts';

const limits = { fromMs: 5_000, upToMs: 600_000, stableAfterMs: 300_000 };
const most = 1 - 2 ** -53;

/** The longest waits of so many failures in a row. */
const ceilings = (count: number, ended = { lastedMs: 0 }): number[] => {
  let backoff: Backoff = freshBackoff;
  return Array.from({ length: count }, () => {
    const { waitMs, then } = afterEnd(backoff, ended, limits, most);
    backoff = then;
    return waitMs;
  });
};

test('doubles from the first wait up to the longest, and stays there', () => {
  expect(ceilings(9)).toEqual([
    ...[5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 320_000],
    ...[600_000, 600_000],
  ]);
  expect(ceilings(2_000).at(-1)).toBe(600_000);
});

test('jitter is full: anything from nothing up to the ceiling, evenly', () => {
  const at = (fraction: number) =>
    afterEnd({ failures: 2 }, { lastedMs: 0 }, limits, fraction).waitMs;
  expect([0, 0.25, 0.5, 0.75].map(at)).toEqual([0, 5_000, 10_000, 15_000]);
});

test('no failure, chance or reason code makes a wait that is negative or above the longest', () => {
  fc.assert(
    fc.property(
      fc.nat(5_000),
      fc.double({ min: 0, max: most, noNaN: true }),
      fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
      (failures, fraction, code) => {
        const ended = { lastedMs: 0, ...(code === undefined ? {} : { code }) };
        const { waitMs } = afterEnd({ failures }, ended, limits, fraction);
        expect(waitMs).toBeGreaterThanOrEqual(0);
        expect(waitMs).toBeLessThanOrEqual(limits.upToMs);
        expect(Number.isInteger(waitMs)).toBe(true);
      },
    ),
    { seed },
  );
});

describe('a session that came up', () => {
  test('and lasted resets the wait', () => {
    const { waitMs, then } = afterEnd({ failures: 6 }, { lastedMs: 300_000 }, limits, most);
    expect([waitMs, then.failures]).toEqual([5_000, 1]);
  });

  test('and did not last does not', () => {
    const { waitMs, then } = afterEnd({ failures: 6 }, { lastedMs: 299_999 }, limits, most);
    expect([waitMs, then.failures]).toEqual([320_000, 7]);
  });
});

describe('reason codes', () => {
  test.each([
    ['not authorised (3.1.1)', 5, 600_000],
    ['not authorised', 0x87, 600_000],
    ['bad authentication method', 0x8c, 600_000],
    ['session taken over', 0x8e, 300_000],
    ['quota exceeded', 0x97, 60_000],
    ['connection rate exceeded', 0x9f, 60_000],
    ['server shutting down', 0x8b, 0],
  ])('%s waits at least its time', (_reason, code, leastMs) => {
    expect(afterEnd(freshBackoff, { lastedMs: 0, code }, limits, 0).waitMs).toBe(leastMs);
  });

  test('never wait longer than the settings allow', () => {
    const short = { ...limits, upToMs: 1_000, fromMs: 100 };
    expect(afterEnd(freshBackoff, { lastedMs: 0, code: 5 }, short, most).waitMs).toBe(1_000);
  });

  test('do not shorten a wait that has grown longer', () => {
    const { waitMs } = afterEnd({ failures: 9 }, { lastedMs: 0, code: 0x97 }, limits, most);
    expect(waitMs).toBe(600_000);
  });
});
