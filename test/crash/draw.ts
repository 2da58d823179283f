/** One of several, as the dice say. */
import type { SeededDice } from '../../simulator/world/dice.ts';

export const drawn = <T>(dice: SeededDice, list: readonly T[]): T => list[dice.below(list.length)]!;
