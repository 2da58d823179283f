/**
 * CSV as RFC 4180 has it: a head, cells in quotes where they must be, lines that end with CR LF.
 *
 * What other people named must not become a formula in a spreadsheet: text that begins like one gets an
 * apostrophe in front. Numbers are our own and stay numbers: an amount below 0 begins with its minus sign, so
 * that a spreadsheet can add it up.
 */
import { formatAmount } from '../../contract/index.ts';

/** Text of anybody, a count, or an amount in minor units with the currency that says where its point is. */
export type Cell = string | number | { readonly value: number; readonly currency: string };

/** A head and rows as one text. */
export const csvOf = (heads: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [heads, ...rows].map((cells) => `${cells.map(written).join(',')}\r\n`).join('');

const written = (cell: Cell): string => {
  if (typeof cell === 'string') return quoted(harmless(cell));
  return typeof cell === 'number' ? String(cell) : decimal(cell);
};

// What Excel, LibreOffice and Sheets take for the beginning of a formula, full width included.
const formula = /^[=+\-@\t\r\n＝＋－＠]/;

const harmless = (text: string): string => (formula.test(text) ? `'${text}` : text);

const quoted = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Minor units as a decimal number: `-12.50`. */
export const decimal = ({ value, currency }: { value: number; currency: string }): string => {
  const [digits = ''] = formatAmount({ value: Math.abs(value), currency }).split(' ');
  return value < 0 ? `-${digits}` : digits;
};
