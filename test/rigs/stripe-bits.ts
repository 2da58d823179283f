/**
 * A stripe as its head hears it: F2F bits, characters of 5 or 7 with their parity (ISO/IEC 7811-2), packed
 * into bytes from wherever somebody began to count.
 */
interface Alphabet {
  readonly first: number;
  readonly characters: RegExp;
  /** Without the parity bit. */
  readonly bits: number;
}

const alphabets: readonly Alphabet[] = [
  { first: 0x30, characters: /^[0-?]+$/, bits: 4 },
  { first: 0x20, characters: /^[ -_]+$/, bits: 6 },
];

/** The bytes in which this part of a track may lie, whichever bit of a byte it begins at; hex, lower case. */
export const stripeBytes = (text: string): string[] =>
  alphabets
    .filter(({ characters }) => characters.test(text))
    .flatMap((alphabet) => {
      const bits = [...text].map((character) => bitsOf(character, alphabet)).join('');
      return [0, 1, 2, 3, 4, 5, 6, 7].flatMap((from) => {
        const whole = bits.slice(from).match(/[01]{8}/g) ?? [];
        const backwards = whole.map((byte) => [...byte].reverse().join(''));
        return [hexOf(whole), hexOf(backwards)];
      });
    });

// Least bit first; the parity makes the number of ones odd.
const bitsOf = (character: string, { first, bits }: Alphabet): string => {
  const value = character.charCodeAt(0) - first;
  const digits = Array.from({ length: bits }, (_, at) => (value >> at) & 1);
  const ones = digits.reduce((sum, digit) => sum + digit, 0);
  return [...digits, 1 - (ones % 2)].join('');
};

const hexOf = (bytes: readonly string[]): string =>
  bytes.map((byte) => parseInt(byte, 2).toString(16).padStart(2, '0')).join('');
