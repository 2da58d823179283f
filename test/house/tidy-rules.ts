/**
 * What linters do not know. One row a rule: which files it is about, what it finds in one, and what to do
 * instead. The patterns are spelled so that no rule finds itself.
 */

/** A rule about single files. `faults` gives what it found, one phrase each. */
export interface TidyRule {
  readonly name: string;
  readonly instead: string;
  readonly about: (path: string) => boolean;
  readonly faults: (text: string, path: string) => readonly string[];
}

const isCode = (path: string): boolean => /\.(?:ts|mts|mjs|js)$/.test(path);
const isProse = (path: string): boolean => path.endsWith('.md');
const isTest = (path: string): boolean => path.endsWith('.test.ts');
const isFloor = (path: string): boolean =>
  /^(?:agent|config|contract|drivers|firmware|simulator)\/.*\.ts$/.test(path);
const isAnything = (): boolean => true;

/** Finds a pattern, and tells the line and what stands there. */
const find =
  (pattern: RegExp) =>
  (text: string): string[] =>
    text.split('\n').flatMap((line, place) => {
      const found = pattern.exec(line);
      return found === null ? [] : [`line ${place + 1}: ${found[0].trim()}`];
    });

const vagueStems = new Set(['base', 'common', 'core', 'data', 'info', 'lib', 'shared', 'types']);
const vagueWords = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'misc',
  'manager',
  'service',
  'handler',
  'stuff',
]);

const vagueName = (_text: string, path: string): string[] => {
  const parts = path.replace(/(?:\.test|\.d)?\.\w+$/, '').split('/');
  return parts.filter(
    (part) => vagueStems.has(part) || part.split(/[-_.]/).some((word) => vagueWords.has(word)),
  );
};

const withoutFences = (text: string): string => text.replace(/^```[^]*?^```/gm, '');

const titles = (text: string): string[] => {
  const found = withoutFences(text).match(/^# .+$/gm) ?? [];
  return found.length === 1 ? [] : [`${found.length} titles: ${found.join(' / ')}`];
};

/** A decision record has a number, a date, and says what was weighed. */
const recordParts = ['Date', 'Status', 'Context', 'Options', 'Outcome'];
const recordFaults = (text: string, path: string): string[] => {
  const name = /\/\d{4}-[a-z0-9-]+\.md$/.test(path) ? [] : ['not named NNNN-title.md'];
  const lacking = recordParts.filter((part) => !new RegExp(`^(?:## )?${part}\\b`, 'm').test(text));
  return [...name, ...lacking.map((part) => `lacks ${part}`)];
};

const effects = ['Safety', 'Features', 'Fixes', 'Inside'];
/** `## version` or `## Unreleased`, then `### Safety|Features|Fixes|Inside`, each with at least one entry. */
const changelogFaults = (text: string): string[] => {
  const versions = text.split(/^## /m).slice(1);
  if (versions.length === 0) return ['no version: a "## 1.2.3 (2026-11-22)" or "## Unreleased"'];
  return versions.flatMap((version) => {
    const [head = '', ...sections] = version.split(/^### /m);
    const title = head.split('\n')[0] ?? '';
    const form = /^(?:Unreleased|\d+\.\d+\.\d+(?: \(\d{4}-\d\d-\d\d\))?)$/.test(title);
    const wrong = sections.flatMap((section) => {
      const [effect = '', ...entries] = section.split('\n');
      if (!effects.includes(effect)) return [`"${effect}" is none of ${effects.join(', ')}`];
      return entries.some((entry) => entry.startsWith('- ')) ? [] : [`"${effect}" is empty`];
    });
    const none = sections.length === 0 ? [`"${title}" has no section`] : [];
    return [...(form ? [] : [`"${title}" is no version`]), ...none, ...wrong];
  });
};

export const tidyRules: readonly TidyRule[] = [
  {
    name: 'names of the trade',
    instead: 'Name the file after the one noun it is about.',
    about: isCode,
    faults: vagueName,
  },
  {
    name: 'nouns of the trade',
    instead: 'Say what it is to a cashier or a portal, or what it does.',
    about: isFloor,
    faults: find(
      /\b(?:class|interface|type|const)\s+\w*(?:Manager|Service|Handler|Helper|Utils?)\b/i,
    ),
  },
  {
    name: 'nothing left to do',
    instead: 'Do it, or write it down where work is planned.',
    about: isAnything,
    faults: find(/\b(?:TO[D]O|FIX[M]E|XX[X]|HA[C]K)\b/),
  },
  {
    name: 'no test is skipped or focused',
    instead: 'Make it pass or delete it; what is not run is not known.',
    about: isCode,
    faults: find(/\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:skip|only|todo|fails|skipIf)\b/),
  },
  {
    name: 'no test sleeps',
    instead: 'Wait for the condition or the event, with a bound.',
    about: isTest,
    faults: find(/new Promise\b.*\bset[T]imeout\(|timers\/promise[s]/),
  },
  {
    name: 'no way around the compiler',
    instead: 'Narrow the value with a check; a lint exception needs its reason after two dashes.',
    about: isCode,
    faults: find(
      /@ts-(?:ignore|nochec[k]|expect-error)|\bas unknown a[s]\b|eslint-disabl[e](?!.* -- )/,
    ),
  },
  {
    name: 'begins with what it is for',
    instead: 'Open the file with a docstring of one or a few sentences.',
    about: isFloor,
    faults: (text) => (/^(?:#!.*\n)?\/\*\*\s/.test(text) ? [] : ['no docstring in the first line']),
  },
  {
    name: 'one title a document',
    instead: 'Give it one "# " title, and "## " below.',
    about: isProse,
    faults: titles,
  },
  {
    name: 'no control characters',
    instead: 'Write them as escapes; end lines with a line feed only.',
    about: isAnything,
    faults: find(/[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/),
  },
  {
    name: 'no white space at the end of a line',
    instead: 'Delete it; prettier does for code.',
    about: isAnything,
    faults: find(/[ \t]+$/),
  },
  {
    name: 'nothing about how it was made',
    instead: 'Say what the reader of the code needs; leave out the machine and the making.',
    about: (path) => !path.startsWith('test/fixtures/'),
    faults: (text) => [
      ...find(/(?:^|[^\w.-])\/(?:wor[k]|roo[t]|tmp\/brie[f])\b/)(text),
      ...find(/\bissue #\d*|\bA[I]\b|\bLL[M]\b|\b[Aa]ssistan[t]/)(text),
    ],
  },
  {
    name: 'decisions are records',
    instead: 'See docs/decisions/0001 for the form; a record is superseded, never rewritten.',
    about: (path) => path.startsWith('docs/decisions/'),
    faults: recordFaults,
  },
  {
    name: 'the changelog parses',
    instead: 'Group by effect: Safety, Features, Fixes, Inside.',
    about: (path) => path === 'CHANGELOG.md',
    faults: changelogFaults,
  },
];

/** Everything a rule finds in some files, as `path: fault`. */
export const faultsOf = (
  rule: TidyRule,
  texts: readonly { readonly path: string; readonly text: string }[],
): string[] =>
  texts
    .filter(({ path }) => rule.about(path))
    .flatMap(({ path, text }) => rule.faults(text, path).map((fault) => `${path}: ${fault}`));
