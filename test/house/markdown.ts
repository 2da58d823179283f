/** What a document says, taken out of its Markdown. */

/** The rows of the first table under a heading, without the titles; a cell is trimmed. */
export const tableUnder = (text: string, heading: string): string[][] => {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => /^#+ /.test(line) && line.replace(/^#+ /, '') === heading);
  if (from === -1) return [];
  const end = lines.findIndex((line, place) => place > from && /^#+ /.test(line));
  return tables(lines.slice(from + 1, end === -1 ? undefined : end).join('\n'))[0] ?? [];
};

/** Every table of a document, each as rows of cells without the titles. */
export const tables = (text: string): string[][][] =>
  [...text.matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim()),
      ),
  );

/** The names in code type that begin the rows of all tables. */
export const namesInTables = (text: string): string[] =>
  tables(text)
    .flat()
    .flatMap(([first = '']) => /^`([^`]+)`/.exec(first)?.[1] ?? []);

/** Where the links inside the house lead, without their anchors. */
export const linksOf = (text: string): string[] =>
  [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)\s#]+)/g)].map(([, target = '']) => target);
