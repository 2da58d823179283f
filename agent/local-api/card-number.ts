/**
 * Card numbers where none belong: whatever a POS writes into a free field is stored and forwarded, so a
 * field that looks like a card number is refused (invariant I6).
 */

/**
 * 13 to 19 digits that begin like a payment card (ISO/IEC 7812-1), spaces and dashes between them left out.
 */
const likeACard = /(?<!\d)[2-6](?:[ -]?\d){12,18}(?![ -]?\d)/g;

/** The name of the first member that holds a card number, however deep it lies. */
export const memberWithCardNumber = (members: object): string | undefined =>
  Object.entries(members).find(([, held]) => holdsCardNumber(held))?.[0];

const holdsCardNumber = (held: unknown): boolean => {
  if (typeof held === 'string') return textHoldsCardNumber(held);
  return typeof held === 'object' && held !== null && Object.values(held).some(holdsCardNumber);
};

const textHoldsCardNumber = (text: string): boolean =>
  [...text.matchAll(likeACard)].some(([run]) => passesLuhn(run.replaceAll(/[ -]/g, '')));

const passesLuhn = (digits: string): boolean => {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - i));
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
};
