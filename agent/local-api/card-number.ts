/**
 * Card numbers where none belong: whatever a POS writes into a free field is stored and forwarded, so a
 * field that looks like it holds a card number, in its text or in its name, is refused (invariant I6).
 */

/** Digits with at most two of what people write between them, enough of them for a card number. */
const digitRun = /\d(?:[\s./_-]{0,2}\d){12,}/g;

/** Digits of a card number, and what the first of them can be (ISO/IEC 7812-1). */
const card = { digitsLeast: 13, digitsMost: 19, firstDigit: /[2-6]/ } as const;

/** The name of the first member that holds a card number, however deep it lies; never one that is one. */
export const memberWithCardNumber = (members: object): string | undefined =>
  Object.entries(members).find(([, held]) => holdsCardNumber(held))?.[0];

/** Whether a text holds a card number, whatever else stands around it. */
export const textHoldsCardNumber = (text: string): boolean =>
  [...text.matchAll(digitRun)].some(([run]) => holdsCard(run.replaceAll(/\D/g, '')));

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

// Further digits may stand before and behind it: every part that is long enough could be one.
const holdsCard = (digits: string): boolean => {
  for (let start = 0; start + card.digitsLeast <= digits.length; start += 1) {
    if (!card.firstDigit.test(digits.charAt(start))) continue;
    const end = Math.min(start + card.digitsMost, digits.length);
    for (let length = card.digitsLeast; start + length <= end; length += 1) {
      if (passesLuhn(digits.slice(start, start + length))) return true;
    }
  }
  return false;
};

const passesLuhn = (digits: string): boolean => {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits.charAt(digits.length - 1 - i));
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
};
