/** What a chip card has to say of itself on a receipt, in the terminal's hexadecimal (EMV book 4, 11.4). */
import type { ChipData } from '../../contract/index.ts';

export interface Emv {
  readonly applicationLabel?: string;
  readonly aid?: string;
  readonly tvr?: string;
  readonly tsi?: string;
  readonly cryptogramType: ChipData['cryptogramType'];
  readonly cryptogram?: string;
}

/** Where each line comes from; of several tags the first the card gave. */
const sources = {
  aid: ['84', '4F', '9F06'],
  tvr: ['95'],
  tsi: ['9B'],
  cryptogram: ['9F26'],
} as const;

/** The lines of a receipt that come from a chip. */
export const emvOf = ({ cryptogramType, tags }: ChipData): Emv => {
  const first = (names: readonly string[]) => names.map((name) => tags[name]).find(Boolean);
  const label = first(['9F12', '50']);
  const found = Object.entries(sources).flatMap(([line, names]) => {
    const value = first(names);
    return value === undefined ? [] : [[line, value] as const];
  });
  return {
    ...Object.fromEntries(found),
    ...(label === undefined ? {} : { applicationLabel: textOf(label) }),
    cryptogramType,
  };
};

// Of ISO 8859: what is not ASCII is left to the paper.
const textOf = (hex: string): string =>
  hex.replace(/../g, (byte) => String.fromCharCode(parseInt(byte, 16))).trim();
