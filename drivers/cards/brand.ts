/** The brand of a card by its first four digits (ranges of ISO/IEC 7812, as the brands publish them). */
import type { MaskedCard } from '../../contract/index.ts';

type Brand = MaskedCard['brand'];

/** First, last and brand; four digits are all a masked record shows, and enough. */
const ranges: readonly (readonly [number, number, Brand])[] = [
  [2221, 2720, 'mastercard'],
  [3000, 3059, 'diners'],
  [3095, 3095, 'diners'],
  [3400, 3499, 'amex'],
  [3528, 3589, 'jcb'],
  [3600, 3699, 'diners'],
  [3700, 3799, 'amex'],
  [3800, 3999, 'diners'],
  [4000, 4999, 'visa'],
  [5100, 5599, 'mastercard'],
  [6011, 6011, 'discover'],
  [6200, 6299, 'unionpay'],
  [6440, 6599, 'discover'],
  [8100, 8199, 'unionpay'],
];

/** The brand, or `unknown` when fewer than four digits are shown or nobody owns them. */
export const brandOf = (leadingDigits: string): Brand => {
  if (!/^[0-9]{4}/.test(leadingDigits)) return 'unknown';
  const iin = Number(leadingDigits.slice(0, 4));
  return ranges.find(([first, last]) => first <= iin && iin <= last)?.[2] ?? 'unknown';
};
