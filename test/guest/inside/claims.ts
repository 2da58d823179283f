/** Claims that several promises make. */
import assert from 'node:assert/strict';
import type { CardRead } from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import type { Ear } from './ear.ts';

/** An unplugging is told within this, by the guest's clock: sooner than a customer wonders. */
const momentMs = 10_000;

/** There is one, and this is it. */
export const onlyOne = <T>(all: readonly T[]): T => {
  assert.equal(all.length, 1);
  const [one] = all;
  assert(one !== undefined);
  return one;
};

/** Said to have ended within a moment from now, for this reason, and only once. */
export const endedOnce = async <Event extends { readonly is: string }>(
  ear: Ear<Event>,
  how: Event['is'],
  why: string,
): Promise<void> => {
  const from = performance.now();
  const end = await ear.hears(how);
  assert('why' in end && end.why === why, JSON.stringify(end));
  assert(performance.now() - from < momentMs, `told after ${performance.now() - from} ms`);
  assert.equal(ear.events.filter(({ is }) => is === how).length, 1);
  assert.equal(ear.events.at(-1), end);
};

/** The card that the sample card is read as. */
export const isSampleCard = ({ card, entryMode, securityLevel }: CardRead): void => {
  const { pan } = testCards.magtek;
  assert.equal(card.maskedPan, `${pan.slice(0, 4)}********${pan.slice(-4)}`);
  assert.deepEqual([entryMode, securityLevel], ['stripe', 'encrypted']);
};
