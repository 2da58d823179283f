/** Markdown: tables and code, with what would break them escaped. */

/** Text in code type, safe inside a table cell. */
export const code = (text) => `\`${String(text).replaceAll('|', '\\|')}\``;

/** A table; every row has as many cells as there are titles. */
export const table = (titles, rows) => {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
};

/** Fills `{{name}}` in a template; a name without text, or a text without a place, is an error. */
export const fill = (template, texts) => {
  const used = new Set();
  const filled = template.replace(/\{\{([\w-]+)\}\}/g, (_, name) => {
    if (!(name in texts))
      throw new Error(`The template asks for {{${name}}}, which nothing writes.`);
    used.add(name);
    return texts[name];
  });
  const left = Object.keys(texts).filter((name) => !used.has(name));
  if (left.length > 0) throw new Error(`The template has no place for {{${left.join('}}, {{')}}}.`);
  return filled;
};
