/** Printing for people: short aligned text, no colours. */

import { formatAmount, type Amount } from '../../contract/index.ts';

/** Rows under their heads, each column as wide as its widest cell. */
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string => {
  const lines = [heads, ...rows].map((row) => row.map(printable));
  const widths = heads.map((_, column) =>
    Math.max(...lines.map((row) => (row[column] ?? '').length)),
  );
  return lines
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
};

/** Names and values, the values aligned. */
export const pairs = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`.trimEnd())
    .join('\n');
};

/** Everything in an object, one `name: value` per line; what is inside has a path for a name. */
export const flat = (held: unknown, path = ''): string => {
  if (typeof held !== 'object' || held === null) return `${path}: ${printable(String(held))}`;
  const members = Object.entries(held);
  if (members.length === 0) return `${path}: none`;
  return members
    .map(([name, inner]) => flat(inner, path === '' ? name : `${path}.${name}`))
    .join('\n');
};

/** A number of seconds, for people: `3 h 20 min`. */
export const ageOf = (seconds: number): string => {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return hours < 48 ? `${hours} h ${minutes} min` : `${Math.floor(hours / 24)} days`;
};

/** An amount that may be below nothing: `-4.00 USD`. */
export const signedAmount = ({ value, currency }: Amount): string =>
  `${value < 0 ? '-' : ''}${formatAmount({ value: Math.abs(value), currency })}`;

/** `1 fact`, `2 facts`. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What a device or a client made up must not move the cursor. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, '·');
