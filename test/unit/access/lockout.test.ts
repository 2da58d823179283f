import { expect, test } from 'vitest';
import { signInLimits } from '../../../agent/access/limits.ts';
import {
  afterFailure,
  isForgotten,
  lockedForMs,
  type Failures,
} from '../../../agent/access/lockout.ts';

const minute = 60_000;
const day = 86_400_000;

/** Fails so many times in a row at one moment. */
const failing = (times: number, now: number, known?: Failures): Failures | undefined =>
  Array.from({ length: times }).reduce<Failures | undefined>(
    (before) => afterFailure(before, now),
    known,
  );

test('four failures lock nobody out, the fifth does for a quarter of an hour', () => {
  expect(lockedForMs(failing(4, 1_000), 1_000)).toBe(0);
  const locked = failing(5, 1_000);
  expect(lockedForMs(locked, 1_000)).toBe(15 * minute);
  expect(lockedForMs(locked, 1_000 + 15 * minute - 1)).toBe(1);
  expect(lockedForMs(locked, 1_000 + 15 * minute)).toBe(0);
});

test('each lock is twice as long as the one before, up to a day', () => {
  let now = 0;
  let known: Failures | undefined;
  const locks: number[] = [];
  for (let turn = 0; turn < 9; turn += 1) {
    known = failing(5, now, known);
    locks.push(lockedForMs(known, now));
    now += lockedForMs(known, now);
  }
  const minutes = [15, 30, 60, 120, 240, 480, 960, 1_440, 1_440];
  expect(locks).toEqual(minutes.map((each) => each * minute));
});

test('after a day without a failure and without a lock it begins anew', () => {
  const twice = failing(5, 15 * minute, failing(5, 0));
  const free = 15 * minute + 30 * minute;
  if (twice === undefined) throw new Error('Nothing is remembered.');
  expect(isForgotten(twice, free + day - 1)).toBe(false);
  expect(isForgotten(twice, free + day)).toBe(true);
  expect(afterFailure(twice, free + day)).toMatchObject({ failures: 1, locks: 0 });
  expect(afterFailure(twice, free + day - 1)).toMatchObject({ failures: 1, locks: 2 });
});

test('nobody known is not locked', () => {
  expect(lockedForMs(undefined, 5)).toBe(0);
  expect(signInLimits.failuresUntilLocked).toBe(5);
});
