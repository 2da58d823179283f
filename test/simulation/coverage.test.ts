/** Coverage: what the simulation does not reach is reached by the test that is named for it. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { elsewhere, neverReached } from './coverage.ts';

test.each(Object.entries(elsewhere))('"%s" is named in the test that reaches it', (code, where) => {
  const [path = ''] = /test\/\S+\.test\.ts/.exec(where) ?? [];
  const file = new URL(`../../${path}`, import.meta.url);
  expect(path !== '' && existsSync(file), where).toBe(true);
  expect(readFileSync(file, 'utf8')).toContain(code);
});

test('days in which nothing happened miss every trigger, reason, state and way back', () => {
  expect(neverReached(new Map())).toEqual(
    expect.arrayContaining([
      ...['hand', 'schedule', 'count', 'amount', 'portal'].map((by) => `batch closed by: ${by}`),
      ...['no_answer', 'bad_answer', 'interrupted'].map((reason) => `reversal: ${reason}`),
      ...['partial_rejected', 'authorization_expired'].map((reason) => `reversal: ${reason}`),
      ...['challenged', 'partially_approved', 'advised'].map((is) => `recovery: found ${is}`),
      ...['void_pending', 'held', 'unknown'].map((is) => `recovery: found ${is}`),
      'refusal: log_pruned',
    ]),
  );
});
