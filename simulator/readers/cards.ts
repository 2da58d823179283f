/** Published test cards with their tracks. None of them was ever issued. */

/** A card as its stripe has it: tracks with sentinels, without the check character. */
export interface TestCard {
  readonly says: string;
  readonly pan: string;
  /** `YYMM`. */
  readonly expiry: string;
  readonly tracks: readonly [string, string, string];
}

const stripe = (says: string, pan: string, expiry: string): TestCard => ({
  says,
  pan,
  expiry,
  tracks: [
    `%B${pan}^TEST/CARD ^${expiry}2010000000000000?`,
    `;${pan}=${expiry}20100000000000?`,
    '',
  ],
});

/** Every test card by its name. */
export const testCards = {
  // Manual 99875475-10, appendix D: the card of all its examples.
  magtek: {
    says: 'the sample card of MagTek’s manuals; expired',
    pan: '5452300551227189',
    expiry: '0804',
    tracks: [
      '%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?',
      ';5452300551227189=080432100000007250?',
      '+5163499080020445=000000000000?',
    ],
  },
  visa: stripe('a Visa card', '4111111111111111', '4912'),
  mastercard: stripe('a Mastercard', '5555555555554444', '4912'),
  amex: stripe('an American Express card', '378282246310005', '4912'),
  expired: stripe('a Visa card that expired in 2020', '4012888888881881', '2001'),
} as const satisfies Record<string, TestCard>;

export type TestCardName = keyof typeof testCards;
