/**
 * Planted faults: one small file for each rule, which that rule has to catch. They are laid into a tree of
 * their own beside copies of the real rules. What is generated follows the tables in `scripts/house.mjs`.
 */
import { budgets, doors, floors } from '../../scripts/house.mjs';

/** A file with one fault, and the rule that has to find it there. */
export interface Plant {
  readonly rule: string;
  readonly path: string;
  readonly text: string;
}

const folders = Object.keys(floors);
const plain = (name: string): string => name.replace(/\W+/g, '-').replace(/^-/, '');
const imports = (from: string): string =>
  `import * as it from '${from}';\nexport const held = it;\n`;

const reader = "export { reader } from './reader.ts';\n";

/** The sound tree the plants stand in: every floor with a front door, every program, one protocol. */
export const soundTree: readonly Omit<Plant, 'rule'>[] = [
  ...folders.map((floor) => ({
    path: `${floor}/index.ts`,
    text: `export const ${floor} = 1;\n${floor === 'drivers' ? reader : ''}`,
  })),
  { path: 'agent/main.ts', text: "export * as shown from './index.ts';\n" },
  {
    path: 'agent/cli/main.ts',
    text: [
      ...['contract', 'config', 'drivers', 'firmware'].map(
        (name) => `import '../../${name}/index.ts';`,
      ),
      "import '../main.ts';\nimport '../node-world.ts';",
      'export const begun = true;\n',
    ].join('\n'),
  },
  { path: 'agent/node-world.ts', text: 'export const nowMs = (): number => Date.now();\n' },
  { path: 'drivers/reader.ts', text: 'export const reader = 1;\n' },
  { path: 'simulator/demo/main.ts', text: 'export const begun = true;\n' },
  { path: 'simulator/demo/main.ts', text: "export { simulator } from '../index.ts';\n" },
  { path: 'test/a.test.ts', text: "export { test } from './index.ts';\n" },
];

const floorPlants = folders.flatMap((floor) =>
  folders
    .filter((other) => other !== floor && !(floors[floor] ?? []).includes(other))
    .map((other) => ({
      rule: `floor-${floor}`,
      path: `${floor}/leans-on-${other}.ts`,
      text: imports(`../${other}/index.ts`),
    })),
);

const doorPlants = Object.keys(doors).map((name) => ({
  rule: `door-${name}`,
  path: `firmware/beside-the-door-of-${plain(name)}.ts`,
  text: imports(name),
}));

const frontDoorPlants = ['contract', 'config', 'drivers', 'firmware', 'simulator'].flatMap(
  (floor) => [
    {
      rule: `front-door-${floor}`,
      path: `agent/through-a-window-of-${floor}.ts`,
      text: imports(`../${floor}/inner.ts`),
    },
    { rule: 'no-dead', path: `${floor}/inner.ts`, text: 'export const inner = 1;\n' },
  ],
);

const rootPlants = ['contract', 'config', 'drivers', 'firmware'].map((floor) => ({
  rule: `front-door-${floor}-of-roots`,
  path: `simulator/through-a-window-of-${floor}.ts`,
  text: imports(`../${floor}/inner.ts`),
}));

/** Faults for dependency-cruiser. */
export const cruised: readonly Plant[] = [
  ...floorPlants,
  ...doorPlants,
  ...frontDoorPlants.filter(({ rule }) => rule !== 'no-dead'),
  ...rootPlants,
  {
    rule: 'front-door-simulator-of-roots',
    path: 'agent/cli/plays.ts',
    text: imports('../../simulator/inner.ts'),
  },
  { rule: 'pure-no-node', path: 'drivers/frames/waits.ts', text: imports('node:timers') },
  { rule: 'pure-no-npm', path: 'drivers/frames/logs.ts', text: imports('pino') },
  {
    rule: 'strangers-protocols',
    path: 'drivers/protocols/one/line.ts',
    text: imports('../two/line.ts'),
  },
  { rule: 'strangers-development', path: 'agent/guesses.ts', text: imports('fast-check') },
  { rule: 'strangers-undeclared', path: 'agent/borrows.ts', text: imports('ajv') },
  { rule: 'strangers-without-door', path: 'config/parses.ts', text: imports('semver') },
  { rule: 'strangers-core-without-door', path: 'agent/looks-up.ts', text: imports('node:dns') },
  { rule: 'strangers-lost', path: 'agent/lost.ts', text: imports('./nowhere.ts') },
  { rule: 'no-cycles', path: 'agent/egg.ts', text: imports('./hen.ts') },
  { rule: 'no-dead-files', path: 'agent/forgotten.ts', text: 'export const forgotten = 1;\n' },
  { rule: 'no-dead-play', path: 'simulator/forgotten.ts', text: 'export const forgotten = 1;\n' },
];

/** What the faults above need to be where they look. */
export const cruisedSupport: readonly Omit<Plant, 'rule'>[] = [
  ...frontDoorPlants.filter(({ rule }) => rule === 'no-dead'),
  { path: 'drivers/protocols/two/line.ts', text: 'export const two = 2;\n' },
  { path: 'agent/hen.ts', text: imports('./egg.ts') },
];

const lines = (count: number, line: string): string => `${line}\n`.repeat(count);

const body = (text: string): string => `export const run = (): unknown => {\n  ${text}\n};\n`;

const switching = (rest: string): string =>
  [
    "export const run = (is: 'a' | 'b'): number => {",
    `switch (is) { case 'a': return 1; ${rest} }`,
    'return 2; };',
  ].join('\n');

/** Faults for ESLint, in files of a floor that may not see the world. */
export const linted: readonly Plant[] = [
  ['no-restricted-properties', 'now', body('return Date.now();')],
  ['no-restricted-properties', 'chance', body('return Math.random();')],
  ['no-restricted-properties', 'through-global', body('return globalThis.process;')],
  ['no-restricted-syntax', 'today', body('return new Date();')],
  ['no-restricted-globals', 'waits', body('return setTimeout(run, 5);')],
  ['no-restricted-globals', 'repeats', body('return setInterval(run, 5);')],
  ['no-restricted-globals', 'measures', body('return performance.now();')],
  ['no-restricted-globals', 'environment', body("return process.env['HOME'];")],
  ['no-restricted-globals', 'prints', body("return console.log('here');")],
  ['no-restricted-globals', 'random', body('return crypto.randomUUID();')],
  ['no-restricted-globals', 'network', body('return typeof fetch;')],
  ['no-restricted-syntax', 'nameless', 'export default 1;\n'],
  ['no-restricted-syntax', 'everything', "export * from './index.ts';\n"],
  ['no-restricted-syntax', 'persuades', body(`return 1 as unknown ${'as'} string;`)],
  ['@typescript-eslint/switch-exhaustiveness-check', 'half', switching('')],
  ['@typescript-eslint/no-floating-promises', 'floats', body('Promise.reject(new Error());')],
  ['@typescript-eslint/no-explicit-any', 'anything', `export type Held = ${'any'};\n`],
  [
    '@typescript-eslint/consistent-type-imports',
    'values',
    "import { main } from './kinds.ts';\nexport type Held = main;\n",
  ],
  [
    'max-params',
    'five',
    'export const run = (a = 1, b = 2, c = 3, d = 4, e = 5): number => a + b + c + d + e;\n',
  ],
  ['max-len', 'wide', `// ${'wide '.repeat(30)}\nexport const wide = 1;\n`],
  ['max-lines', 'long', lines(budgets.fileLines + 1, '// One more line.')],
  ['max-lines-per-function', 'tall', body(lines(budgets.functionLines, 'void 0;'))],
  ['complexity', 'tangled', body(`return ${'Number(run) || '.repeat(budgets.complexity)}0;`)],
].map(([rule = '', name = '', text = '']) => ({ rule, path: `agent/lint/${name}.ts`, text }));

/** Faults for the second compiler run. */
export const impure: readonly Plant[] = [
  { rule: 'TS2591', path: 'contract/bytes.ts', text: body("return Buffer.from('00', 'hex');") },
  { rule: 'TS2304', path: 'drivers/frames/later.ts', text: body('return setTimeout;') },
  { rule: 'TS2584', path: 'drivers/frames/says.ts', text: body("return console.log('here');") },
  {
    rule: 'TS2304',
    path: 'drivers/protocols/one/text.ts',
    text: body('return new TextDecoder();'),
  },
];
