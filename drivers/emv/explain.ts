/** Explains the bits of tags 95 and 9B to people (EMV 4.3 book 3, C5 and C6). */

/** Terminal verification results, byte by byte from its highest bit; an empty name is reserved. */
export const verificationBits: readonly (readonly string[])[] = [
  [
    'offline data authentication was not performed',
    'static data authentication failed',
    'card data are missing',
    'the card is on the exception file',
    'dynamic data authentication failed',
    'combined data authentication failed',
    'static data authentication was selected',
  ],
  [
    'card and terminal have different application versions',
    'the application has expired',
    'the application is not yet effective',
    'the requested service is not allowed for the card',
    'the card is new',
  ],
  [
    'the cardholder was not verified',
    'the verification method was not recognised',
    'the PIN was tried too often',
    'a PIN was required, and the PIN pad is missing or broken',
    'a PIN was required, and was not entered',
    'a PIN was entered for the host',
  ],
  [
    'the amount exceeds the floor limit',
    'the lower limit of consecutive offline transactions is exceeded',
    'the upper limit of consecutive offline transactions is exceeded',
    'the transaction was chosen at random to go online',
    'the merchant forced the transaction online',
  ],
  [
    'the default list of data to authenticate was used',
    'the issuer was not authenticated',
    'an issuer script failed before the last cryptogram',
    'an issuer script failed after the last cryptogram',
  ],
];

/** Transaction status information, in the same way; its second byte is reserved. */
export const statusBits: readonly (readonly string[])[] = [
  [
    'offline data authentication was performed',
    'the cardholder was to be verified',
    'the card checked its own risk',
    'the issuer was authenticated',
    'the terminal checked its risk',
    'an issuer script was processed',
  ],
];

/** What the bits of tag 95 say, in order. */
export const explainVerification = (value: Uint8Array): string[] => said(value, verificationBits);

/** What the bits of tag 9B say, in order. */
export const explainStatus = (value: Uint8Array): string[] => said(value, statusBits);

const said = (value: Uint8Array, names: readonly (readonly string[])[]): string[] =>
  names.flatMap((ofByte, at) =>
    ofByte.filter((_, bit) => ((value[at] ?? 0) & (0x80 >> bit)) !== 0),
  );
