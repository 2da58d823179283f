/** Paper: text laid out for a printer of so many columns. No line is ever longer, and none is not ASCII. */
import { asciiOf } from './ascii.ts';

/** Columns of the printers there are: 58 mm and 80 mm of paper. */
export const paperWidths = [32, 42] as const;
export type PaperWidth = (typeof paperWidths)[number];

export interface Paper {
  /** As many lines as it takes, each in the middle. */
  centered(text: string): string[];
  /** As many lines as it takes, from the left. */
  plain(text: string): string[];
  /** A label on the left and its value at the right edge, on a line of its own if both are too long. */
  pair(label: string, value: string): string[];
  /** A line to write on, after its label. */
  blank(label: string): string[];
  rule(): string[];
}

export const paperOf = (width: PaperWidth): Paper => ({
  centered: (text) =>
    wrapped(asciiOf(text), width).map((line) =>
      line.padStart(Math.floor((width + line.length) / 2)),
    ),
  plain: (text) => wrapped(asciiOf(text), width),
  pair: (label, value) => {
    const [left, right] = [asciiOf(label), asciiOf(value)];
    const gap = width - left.length - right.length;
    if (gap >= 1) return [`${left}${' '.repeat(gap)}${right}`];
    return [...wrapped(left, width), ...wrapped(right, width).map((line) => line.padStart(width))];
  },
  blank: (label) => [`${label} `.padEnd(width, '_')],
  rule: () => ['-'.repeat(width)],
});

/** Cuts text at its spaces, and what has none where it must be. */
const wrapped = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/).filter((each) => each !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  if (line !== '') lines.push(line);
  return lines;
};
