/** Untidy files for each rule of `tidy-rules.ts`, spelled in pieces so that no rule finds them here. */
import type { Plant } from './plants.ts';

const docstring = '/** A fine file. */\n';

/** Every plant; `rule` is the name of the tidy rule. */
export const untidy: readonly Plant[] = [
  ['names of the trade', 'agent/payment-utils.ts', docstring],
  ['names of the trade', 'agent/helpers/payment.ts', docstring],
  ['names of the trade', 'drivers/types.ts', docstring],
  ['nouns of the trade', 'agent/cashier.ts', `${docstring}class PaymentManager {}`],
  ['nouns of the trade', 'agent/cashier.ts', `${docstring}const saleHandler = 1;`],
  ['nothing left to do', 'agent/sale.ts', `// ${'TO'}${'DO'}: later`],
  ['nothing left to do', 'docs/plan.md', `${'FIX'}${'ME'} before release`],
  ['no test is skipped or focused', 'test/a.test.ts', `test.${'skip'}('later', () => {});`],
  ['no test is skipped or focused', 'test/a.test.ts', `describe.${'only'}('mine', () => {});`],
  [
    'no test is skipped or focused',
    'test/a.test.ts',
    `test.each([1]).${'skip'}`.replace('([1])', ''),
  ],
  ['no test sleeps', 'test/a.test.ts', `await new ${'Promise'}((then) => setTimeout(then, 50));`],
  ['no way around the compiler', 'agent/sale.ts', `const sale = it as ${'unknown'} as Sale;`],
  ['no way around the compiler', 'agent/sale.ts', `// @ts-${'ignore'}`],
  ['no way around the compiler', 'agent/sale.ts', `// eslint-${'disable'}-next-line complexity`],
  ['begins with what it is for', 'agent/sale.ts', 'export const sale = 1;\n'],
  ['one title a document', 'docs/two.md', '# One\n\n# Two\n'],
  ['one title a document', 'docs/none.md', 'Text.\n'],
  ['no control characters', 'agent/sale.ts', `const bell = '${String.fromCharCode(7)}';`],
  ['no control characters', 'agent/sale.ts', 'a line of another system\r\n'],
  ['no white space at the end of a line', 'docs/a.md', `A line. ${''}\n`],
  ['nothing about how it was made', 'docs/a.md', `Look into /${'work'}/main.`],
  ['nothing about how it was made', 'agent/sale.ts', `// Written by an ${'A'}I.`],
  ['nothing about how it was made', 'docs/a.md', `See ${'issue'} #12.`],
  ['decisions are records', 'docs/decisions/later.md', '# Later\n'],
  ['decisions are records', 'docs/decisions/0001-later.md', '# Later\n\nDate: 2026-11-22\n'],
  ['the changelog parses', 'CHANGELOG.md', '# Changelog\n'],
  [
    'the changelog parses',
    'CHANGELOG.md',
    '# Changelog\n\n## 1.0.0\n\n### Various\n\n- A thing.\n',
  ],
  ['the changelog parses', 'CHANGELOG.md', '# Changelog\n\n## 1.0.0\n\n### Fixes\n\n'],
].map(([rule = '', path = '', text = '']) => ({ rule, path, text }));
