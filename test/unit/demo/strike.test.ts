/** Striking the set: in reverse, whatever fails, and once. */
import { expect, test } from 'vitest';
import { Strike } from '../../../simulator/demo/strike.ts';

test('what was put up is taken down in reverse, each once', async () => {
  const strike = new Strike();
  const down: string[] = [];
  expect(strike.later('broker', (it) => void down.push(it))).toBe('broker');
  strike.later('agent', async (it) => void down.push(await Promise.resolve(it)));
  await strike.now();
  await strike.now();
  expect(down).toEqual(['agent', 'broker']);
});

test('what fails is told, and keeps nothing else standing', async () => {
  const strike = new Strike();
  const down: string[] = [];
  strike.later('broker', (it) => void down.push(it));
  strike.later('agent', () => Promise.reject(new Error('It hangs.')));
  await expect(strike.now()).rejects.toThrow('It hangs.');
  expect(down).toEqual(['broker']);
});
