/** What comes after a sale in the demo's day: a tip, a hold that is captured, a part, a void, a refund. */
import { randomUUID } from 'node:crypto';
import type { Stage } from './stage.ts';
import type { Sold, Till } from './till.ts';

/** What a scene is played with. */
export interface Scene {
  readonly stage: Stage;
  readonly till: Till;
  readonly say: (scene: string) => void;
  /** Sells for US cents, and notes in the book what the till was answered. */
  readonly sell: (value: number, card?: 'visa' | 'mastercard' | 'amex') => Promise<Sold>;
  readonly noted: (sold: Sold) => Sold;
}

const usd = (value: number) => ({ value, currency: 'USD' });

/** A tip of 2.00 on a sale that was approved. */
export const addTip = async ({ till, say }: Scene, sold: Sold): Promise<void> => {
  say('A guest writes a tip on the slip: the sale is adjusted while its batch is open.');
  const amount = usd(sold.amount.value + 2_00);
  const tipAmount = usd(2_00);
  const more = { amount, tipAmount };
  await till.becomes('approved', await till.follow('adjustment', sold.transactionId, more));
};

/** A hold of 60.00, of which 54.00 are captured, 9.00 of them a tip. */
export const holdAndCapture = async ({ till, say }: Scene): Promise<void> => {
  say('A table is booked: an amount is held on the card, and captured with a tip.');
  const begun = await till.begin(60_00, randomUUID(), { type: 'authorization' });
  await till.swipe(begun.transactionId);
  const hold = await till.becomes('approved', begun);
  const more = { amount: usd(54_00), tipAmount: usd(9_00) };
  await till.becomes('approved', await till.follow('capture', hold.transactionId, more));
};

/** Two cards that hold half of what is asked for: one customer takes that, the other does not. */
export const partOfIt = async ({ till, say, noted }: Scene): Promise<void> => {
  say('A gift card holds half of the amount: the customer pays the rest in cash.');
  const { transactionId } = await till.sell({ value: 40_10 });
  noted(await till.settle(transactionId, 'accept'));
  say('Another holds half as well, and is rejected: what was approved is undone.');
  const part = noted(await till.sell({ value: 30_10, card: 'mastercard' }));
  await till.settle(part.transactionId, 'reject');
  await till.becomes('reversed', part);
};

/** Voids a sale, and waits until it is. */
export const undo = async ({ till }: Scene, sold: Sold): Promise<void> => {
  await till.becomes('approved', await till.follow('void', sold.transactionId));
  await till.becomes('voided', sold);
};

/** Gives back 3.50 of a sale. */
export const refundPart = async ({ till }: Scene, sold: Sold): Promise<void> => {
  const more = { amount: usd(3_50) };
  await till.becomes('approved', await till.follow('refund', sold.transactionId, more));
};
