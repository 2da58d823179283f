/** The lower bound of the wall clock, rung by rung. */
import { describe, expect, test } from 'vitest';
import {
  agreementMs,
  crystalPpm,
  lowerBound,
  type Rungs,
} from '../../../agent/ledger/clock-bound.ts';

const dayMs = 24 * 3_600_000;
const builtAt = Date.UTC(2026, 10, 22);

const bound = (known: Partial<Rungs> = {}) => lowerBound({ builtAt, elapsedMs: 0, ...known });

describe('the bound is', () => {
  test.each<[string, Partial<Rungs>, number]>([
    ['the build of this release, when nothing else is known', {}, builtAt],
    [
      'the certificate’s first moment, to the millisecond: TLS refuses it before',
      { certifiedMs: builtAt + 7 },
      builtAt + 7,
    ],
    [
      'what the portal signed last, less what clocks may differ by',
      { signedMs: builtAt + dayMs },
      builtAt + dayMs - agreementMs,
    ],
    [
      'the portal’s time, less what clocks may differ by',
      { portal: { wallMs: builtAt + dayMs, elapsedMs: 0 } },
      builtAt + dayMs - agreementMs,
    ],
    [
      'the portal’s time and what was lived since, as counted by a crystal that runs fast',
      { portal: { wallMs: builtAt + dayMs, elapsedMs: dayMs }, elapsedMs: 11 * dayMs },
      builtAt + 11 * dayMs - (10 * dayMs * crystalPpm) / 1_000_000 - agreementMs,
    ],
    [
      'the portal’s time alone, where what was lived since is not known',
      { portal: { wallMs: builtAt + dayMs, elapsedMs: Infinity }, elapsedMs: 11 * dayMs },
      builtAt + dayMs - agreementMs,
    ],
    [
      'never less than the build, however old the rest is',
      { certifiedMs: 5, signedMs: 5, portal: { wallMs: 5, elapsedMs: 0 }, elapsedMs: dayMs },
      builtAt,
    ],
  ])('%s', (_what, known, expected) => {
    expect(bound(known)).toBe(expected);
  });

  test('the higher of certificate and signature, until the portal has told the time', () => {
    const rungs = { certifiedMs: builtAt + dayMs, signedMs: builtAt + 2 * dayMs };
    expect(bound(rungs)).toBe(builtAt + 2 * dayMs - agreementMs);
    expect(bound({ ...rungs, certifiedMs: builtAt + 5 * dayMs })).toBe(builtAt + 5 * dayMs);
  });

  test('the portal’s own word once there is one, whatever it certified or signed', () => {
    const rungs = { certifiedMs: builtAt + 5 * dayMs, signedMs: builtAt + 4 * dayMs };
    const portal = { wallMs: builtAt + 3 * dayMs, elapsedMs: 0 };
    expect(bound({ ...rungs, portal })).toBe(builtAt + 3 * dayMs - agreementMs);
    // One that is as fresh as the word itself says more: TLS refuses it before.
    const certifiedMs = portal.wallMs - 1_000;
    expect(bound({ certifiedMs, portal })).toBe(certifiedMs);
  });
});

test('a clock the portal agrees with is never below what the portal said', () => {
  const wallMs = builtAt + 9 * dayMs;
  const portal = { wallMs: wallMs + agreementMs, elapsedMs: 0 };
  expect(bound({ portal })).toBeLessThanOrEqual(wallMs);
});
