/** Card numbers in texts where none belong: what somebody typed, or what a reader says of itself. */
import type { MaskedCard } from '../../contract/index.ts';
import { brandOf } from './brand.ts';
import { luhnHolds } from './luhn.ts';

/** Digits with at most two of what people write between them, enough of them for a card number. */
const digitRun = /\d(?:[\s./_-]{0,2}\d){12,}/g;

/** Digits of a card number, and what the first of them can be (ISO/IEC 7812-1). */
const card = { digitsLeast: 13, digitsMost: 19, firstDigit: /[2-6]/ } as const;

/** Whether a text holds a card number, whatever else stands around it. */
export const textHoldsCardNumber = (text: string): boolean =>
  [...text.matchAll(digitRun)].some(([run]) => holdsCard(run.replaceAll(/\D/g, '')));

/** How many digits the brands’ numbers have, where they stand among further digits. */
const lengths: Readonly<Partial<Record<MaskedCard['brand'], readonly number[]>>> = {
  visa: [13, 16, 19],
  mastercard: [16],
  amex: [15],
  discover: [16, 19],
  jcb: [16, 19],
  diners: [14, 16],
  unionpay: [16, 17, 18, 19],
};

// By itself any number with the right check digit is one. Further digits may stand before and behind it: then
// a part counts that some brand would give out, or one long reference in three would be refused by chance.
const holdsCard = (digits: string): boolean => {
  for (let start = 0; start + card.digitsLeast <= digits.length; start += 1) {
    if (!card.firstDigit.test(digits.charAt(start))) continue;
    const end = Math.min(start + card.digitsMost, digits.length);
    for (let length = card.digitsLeast; start + length <= end; length += 1) {
      const part = digits.slice(start, start + length);
      const isAlone = length === digits.length;
      if ((isAlone || isOfABrand(part)) && luhnHolds(part)) return true;
    }
  }
  return false;
};

const isOfABrand = (digits: string): boolean =>
  lengths[brandOf(digits)]?.includes(digits.length) === true;
