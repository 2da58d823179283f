/**
 * The check digit of a card number (ISO/IEC 7812-1, annex B).
 *
 * A wrong one never rejects a card: readers mask digits, and cards of a house's own need not have it right.
 */

/** Whether a number of digits ends in its right check digit. */
export const luhnHolds = (pan: string): boolean => {
  if (!/^[0-9]+$/.test(pan)) return false;
  let sum = 0;
  for (let at = 0; at < pan.length; at += 1) {
    const digit = Number(pan[pan.length - 1 - at]) * (at % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
};
