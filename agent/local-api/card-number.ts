/**
 * Card numbers where none belong: whatever a POS writes into a free field is stored and forwarded, so a
 * field that looks like it holds a card number, in its text or in its name, is refused (invariant I6).
 */
import { textHoldsCardNumber } from '../../drivers/index.ts';

/** The name of the first member that holds a card number, however deep it lies; never one that is one. */
export const memberWithCardNumber = (members: object): string | undefined =>
  Object.entries(members).find(([, held]) => holdsCardNumber(held))?.[0];

const holdsCardNumber = (held: unknown): boolean => {
  if (typeof held === 'string' || typeof held === 'number') return textHoldsCardNumber(`${held}`);
  return (
    typeof held === 'object' &&
    held !== null &&
    Object.entries(held).some(
      ([name, inner]) => textHoldsCardNumber(name) || holdsCardNumber(inner),
    )
  );
};
