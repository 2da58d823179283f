/** The article of a noun, for sentences that are put together. */

/** `a refund`, `an adjustment`; with `A` for the beginning of a sentence. */
export const aOrAn = (noun: string, a: 'a' | 'A' = 'a'): string =>
  `${/^[aeiou]/.test(noun) ? `${a}n` : a} ${noun}`;
