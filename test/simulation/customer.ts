/** The customer: swipes a card when asked to, mostly well. */
import { bytesOf } from '../../drivers/index.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import type { SimulatedMagtek } from '../../simulator/readers/magtek-serial-line.ts';
import { chipCard, type ChipHabits } from '../../simulator/readers/chip-card.ts';
import type { Clock } from '../../agent/world.ts';
import type { Wire } from '../../simulator/readers/wire.ts';
import type { TownWire } from './town-wire.ts';
import type { SeededDice } from '../../simulator/world/dice.ts';
import type { Plan } from './plan.ts';
import type { Story } from './story.ts';

/** The world a customer lives in. */
export interface Surroundings {
  readonly clock: Clock;
  readonly dice: SeededDice;
  readonly plan: Plan;
  readonly story: Story;
}

const goodCards = [testCards.visa, testCards.visa, testCards.mastercard, testCards.amex] as const;

/** What makes a customer hold out a card. */
export type Plea = 'present_card' | 'try_again' | 'use_stripe';

/** Holds out a card to a reader that asked for it. */
export const offerCard = (world: Surroundings, wire: TownWire, plea: Plea): void => {
  if (wire.protocol === 'magtek-serial-line') return swipe(world, wire);
  const { reader } = wire;
  const { dice, clock } = world;
  const card = goodCards[dice.below(goodCards.length)] ?? testCards.visa;
  if (plea === 'use_stripe') return reader.swipe(card);
  reader.remove();
  const chip = chipCard(card, habitsOf(world));
  if (dice.below(3) === 0) return reader.tap(chip);
  reader.insert(chip);
  clock.after(2_000 + dice.below(60_000), () => reader.remove());
};

/** What a chip does that is not a good one. */
const habitsOf = ({ dice, plan, story }: Surroundings): Partial<ChipHabits> => {
  const chance = dice.below(100);
  const habit = chipHabits.find(({ below }) => chance < below);
  if (habit === undefined || !plan.faults.has('cards are read badly')) return {};
  story.fault(habit.says);
  return habit.habits;
};

const chipHabits: readonly { below: number; says: string; habits: Partial<ChipHabits> }[] = [
  { below: 8, says: 'a chip that approves by itself', habits: { decides: 'TC' } },
  { below: 16, says: 'a chip that declines by itself', habits: { decides: 'AAC' } },
  { below: 26, says: 'a chip that refuses', habits: { declinesAfterApproval: true } },
  { below: 36, says: 'a card that leaves early', habits: { leavesBeforeAnswer: true } },
  { below: 46, says: 'a chip that cannot be read', habits: { unreadable: true } },
  { below: 50, says: 'a chip that is not accepted', habits: { foreign: true } },
];

const swipe = (
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
