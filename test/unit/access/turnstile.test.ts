import { expect, test } from 'vitest';
import { turnstileOf } from '../../../agent/access/turnstile.ts';

/** Work that ends when it is told to. */
const work = () => {
  const steps: { end(): void; fail(): void } = { end: () => undefined, fail: () => undefined };
  let begun = false;
  const run = () =>
    new Promise<string>((resolve, reject) => {
      begun = true;
      steps.end = () => resolve('done');
      steps.fail = () => reject(new Error('It broke.'));
    });
  return { run, steps, hasBegun: () => begun };
};

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

test('one at a time, in the order they came', async () => {
  const turnstile = turnstileOf(2);
  const [first, second] = [work(), work()];
  const one = turnstile.pass(first.run);
  const other = turnstile.pass(second.run);
  await soon();
  expect([first.hasBegun(), second.hasBegun()]).toEqual([true, false]);
  first.steps.end();
  await soon();
  expect(second.hasBegun()).toBe(true);
  second.steps.end();
  expect([await one, await other]).toEqual(['done', 'done']);
});

test('more than may wait are turned away, until somebody is through', async () => {
  const turnstile = turnstileOf(1);
  const [first, second, third] = [work(), work(), work()];
  const through = turnstile.pass(first.run);
  void turnstile.pass(second.run);
  expect(turnstile.pass(third.run)).toBeUndefined();
  await soon();
  first.steps.end();
  await through;
  expect(turnstile.pass(third.run)).toBeDefined();
  expect(third.hasBegun()).toBe(false);
});

test('work that fails lets the next one through', async () => {
  const turnstile = turnstileOf(1);
  const [first, second] = [work(), work()];
  const broken = turnstile.pass(first.run);
  const next = turnstile.pass(second.run);
  await soon();
  first.steps.fail();
  await expect(broken).rejects.toThrow('It broke.');
  await soon();
  second.steps.end();
  expect(await next).toBe('done');
});
