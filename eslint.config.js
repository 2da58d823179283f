/** Lint: what a reader of one file can see. Who may import whom stands in `.dependency-cruiser.mjs`. */
import tseslint from 'typescript-eslint';
import { budgets, production, realWorld } from './scripts/house.mjs';

const askFor = {
  clock: 'Ask for a clock (agent/world.ts); time is real only where scripts/house.mjs says so.',
  timers:
    'Ask for a clock or Timers and use `after`; time is real only where scripts/house.mjs says so.',
  dice: 'Ask for dice (agent/world.ts); chance is real only where scripts/house.mjs says so.',
  process: 'Ask for what you need as an argument; the process belongs to main.ts and the CLI.',
  console: 'Record a log event, or return the text; only the CLI prints.',
};

const hiddenWorld = {
  'no-restricted-globals': [
    'error',
    ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval'].map(
      (name) => ({ name, message: askFor.timers }),
    ),
    { name: 'performance', message: askFor.clock },
    { name: 'process', message: askFor.process },
    { name: 'console', message: askFor.console },
    { name: 'crypto', message: askFor.dice },
    {
      name: 'fetch',
      message: 'Reach the network through a door; give it one in scripts/house.mjs.',
    },
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: askFor.clock },
    { object: 'Math', property: 'random', message: askFor.dice },
    ...['Date', 'performance', 'process', 'console', 'crypto', 'setTimeout', 'setInterval'].map(
      (property) => ({
        object: 'globalThis',
        property,
        message: 'The world is no different through globalThis: ask for it as an argument.',
      }),
    ),
  ],
};

/** Shapes no file may have. ESLint keeps one list of them per file, so the lists are added up here. */
const shapes = [
  {
    selector: 'ExportAllDeclaration',
    message: 'List what you export by name; a reader should see what passes.',
  },
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Give it a name and export it by that name.',
  },
  {
    selector: 'TSAsExpression > TSAsExpression[typeAnnotation.type="TSUnknownKeyword"]',
    message: 'Narrow the value with a check instead of telling the compiler what it is.',
  },
  { selector: 'TSEnumDeclaration', message: 'Write a constant list and its union type.' },
];
const clockShapes = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: askFor.clock },
  { selector: 'CallExpression[callee.name="Date"]', message: askFor.clock },
];

const sizes = {
  'max-lines': ['error', { max: budgets.fileLines }],
  'max-lines-per-function': ['error', { max: budgets.functionLines }],
  'max-len': [
    'error',
    // Web addresses and bytes written out as hex digits cannot be broken.
    { code: budgets.lineCharacters, ignoreUrls: true, ignorePattern: '[0-9A-Fa-f]{40,}' },
  ],
  'max-params': ['error', { max: budgets.parameters }],
  complexity: ['error', { max: budgets.complexity }],
};

const typed = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    // A default is an answer too: a state has no use for most of what it hears, and a test has every pair.
    { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
  ],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/restrict-template-expressions': [
    'error',
    { allowNumber: true, allowBoolean: true },
  ],
  '@typescript-eslint/no-unused-vars': 'off', // tsc says it already (noUnusedLocals, noUnusedParameters)
  eqeqeq: 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-restricted-syntax': ['error', ...shapes],
};

const under = (floors) => floors.map((floor) => `${floor}/**/*.ts`);
const files = (paths) => paths.map((path) => (path.endsWith('/') ? `${path}**/*.ts` : path));

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', 'coverage/**', '**/*.d.mts'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: { ...typed, ...sizes },
  },
  {
    files: under(production),
    ignores: files(realWorld),
    rules: { ...hiddenWorld, 'no-restricted-syntax': ['error', ...shapes, ...clockShapes] },
  },
  {
    // Vitest reads its configuration from a default export.
    files: ['vitest.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // What `expect.any` gives is typed any, and rigs are taken apart into their functions.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // A body of `describe` is a list of tests; a row of `test.each` has as many columns as it needs.
    files: ['test/**/*.test.ts', 'test/suites/**/*.ts'],
    rules: { 'max-lines-per-function': 'off', 'max-params': 'off' },
  },
  { files: ['scripts/**/*.mjs', '*.mjs', '*.js'], rules: { ...sizes } },
);
