/** Readers on a real kernel, in a guest: what it tried and what came of it, each promise a test. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { promises } from './inside/promises.ts';
import { bootGuest, type Guest } from './machine.ts';

/** How long a guest may take on a busy machine, ms; on a quiet one it takes a tenth of it. */
const withinMs = 300_000;

let guest: Guest | undefined;

beforeAll(() => {
  guest = bootGuest('dist/test/guest/main.js');
}, withinMs);

afterAll(() => guest?.stop());

for (const [about, each] of Object.entries(promises)) {
  describe(about, () => {
    test.each(Object.keys(each))(
      '%s',
      async (says) => {
        expect(await guest?.outcomeOf(`${about} ${says}`)).toBe('kept');
      },
      withinMs,
    );
  });
}
