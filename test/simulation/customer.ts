/** The customer: swipes a card when asked to, mostly well. */
import { bytesOf } from '../../drivers/index.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import type { SimulatedMagtek } from '../../simulator/readers/magtek-serial-line.ts';
import type { Wire } from '../../simulator/readers/wire.ts';
import type { SeededDice } from '../../simulator/world/dice.ts';
import type { Plan } from './plan.ts';
import type { Story } from './story.ts';

/** The world a customer lives in. */
export interface Surroundings {
  readonly dice: SeededDice;
  readonly plan: Plan;
  readonly story: Story;
}

const goodCards = [testCards.visa, testCards.visa, testCards.mastercard, testCards.amex] as const;

/** Swipes at a reader that asked for it. */
export const offerCard = (
  { dice, plan, story }: Surroundings,
  { reader, send }: Wire<SimulatedMagtek>,
): void => {
  const chance = dice.below(100);
  const card = goodCards[dice.below(goodCards.length)] ?? testCards.visa;
  if (!plan.faults.has('cards are read badly') || chance < 60) {
    reader.swipe(chance === 7 ? testCards.expired : card);
  } else if (chance < 75) {
    story.fault('a bad read');
    reader.swipe(card, { badTracks: [1, 2] });
  } else if (chance < 80) {
    story.fault('a reader without keys');
    reader.swipe(card, { ends: 'keys exhausted' });
  } else if (chance < 85) {
    story.fault('a card in clear');
    reader.swipe(card, { level: 'clear' });
  } else if (chance < 90) {
    story.fault('noise before a card');
    send(bytesOf('\u0000garbage\r'));
    reader.swipe(card);
  } else if (chance < 95) {
    story.fault('a card that is never read');
  } else {
    reader.swipe(testCards.expired);
  }
};
