/** The words behind `demo`: what they ask for, and what is said of wrong ones. */
import { expect, test } from 'vitest';
import { Mishap } from '../../../simulator/demo/mishap.ts';
import { wishOf } from '../../../simulator/demo/wish.ts';

test('an open house listens where people expect it, a script wherever there is room', () => {
  expect(wishOf([])).toMatchObject({ scripted: false, apiPort: 7420, adminPort: 7430 });
  expect(wishOf(['--script', 'day'])).toMatchObject({ scripted: true, apiPort: 0, adminPort: 0 });
});

test('ports can be chosen for both, and 0 may be both', () => {
  const words = ['--port', '65535', '--admin-port', '0'];
  const chosen = { apiPort: 65_535, adminPort: 0 };
  expect(wishOf(words)).toMatchObject(chosen);
  expect(wishOf([...words, '--script', 'day'])).toMatchObject(chosen);
  expect(wishOf(['--port', '0', '--admin-port', '0'])).toMatchObject({ apiPort: 0 });
});

test.each([
  [['--json']],
  [['--script', 'night']],
  [['--script']],
  [['--bogus']],
  [['surplus']],
  [['--port', '65536']],
  [['--port', '-1']],
  [['--port', 'http']],
  [['--port', '7430']],
])('%j is wrong use, in one sentence', (words) => {
  const wish = () => wishOf(words);
  expect(wish).toThrow(Mishap);
  expect(wish).toThrow(expect.objectContaining({ code: 'wrong_use', exit: 2 }) as Error);
  expect(wish).toThrow(/^[^\n]+\.$/);
});
