/** Who may import whom: rules made from the tables in `scripts/house.mjs`. `npm run check` runs them. */
import {
  doors,
  floors,
  production,
  programs,
  pure,
  pureMayImport,
  roots,
} from './scripts/house.mjs';

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const place = (path) => `^${escaped(path)}${path.endsWith('/') ? '' : '$'}`;
const places = (paths) => paths.map(place);
const folder = (names) => `^(${names.join('|')})/`;
const npmPath = (name) => `^node_modules/${escaped(name)}/`;
const error = { severity: 'error' };

const built = Object.keys(doors).filter((name) => name.startsWith('node:'));
const packages = Object.keys(doors).filter((name) => !name.startsWith('node:'));
const outdoors = (name) =>
  name.startsWith('node:') ? escaped(name).replace('node:', '^(node:)?') + '(/|$)' : npmPath(name);

/** The top floor may lean on all others; there is nothing to forbid. */
const isTop = (below) => below.length === Object.keys(floors).length - 1;

const floorRules = Object.entries(floors)
  .filter(([, below]) => !isTop(below))
  .map(([floor, below]) => ({
    ...error,
    name: `floor-${floor}`,
    comment:
      below.length === 0
        ? `${floor}/ is the ground: it leans on nothing. Move what you need down here, or ask for it.`
        : `${floor}/ may lean on: ${below.join(', ')}. Move the shared piece down, or ask for it.`,
    from: { path: folder([floor]) },
    to: { path: folder(Object.keys(floors)), pathNot: folder([floor, ...below]) },
  }));

const doorRules = Object.entries(doors).map(([name, files]) => ({
  ...error,
  name: `door-${name}`,
  comment: `Only ${files.join(', ')} speaks to ${name}; depend on the interface beside it.`,
  from: {
    path: folder(name.startsWith('node:') ? production : [...production, 'simulator']),
    pathNot: places(files),
  },
  to: { path: outdoors(name) },
}));

/** Files that are doors of things that do something, not of the schema library, and so are in no index. */
const doorFiles = [
  ...new Set(
    Object.entries(doors)
      .filter(([name]) => !pureMayImport.includes(name))
      .flatMap(([, files]) => files)
      .filter((file) => file.endsWith('.ts')),
  ),
];

const frontDoorRules = Object.keys(floors)
  .filter((floor) => floor !== 'test' && floor !== 'agent')
  .flatMap((floor) => [
    {
      ...error,
      name: `front-door-${floor}`,
      comment: `Enter ${floor}/ by ${floor}/index.ts, and show there what passes through the front door.`,
      from: { path: folder(production), pathNot: [folder([floor]), ...places(roots)] },
      to: { path: folder([floor]), pathNot: place(`${floor}/index.ts`) },
    },
    {
      ...error,
      name: `front-door-${floor}-of-roots`,
      comment: `Only a door of ${floor}/ is opened directly; all else is entered by ${floor}/index.ts.`,
      from: { path: [...places(roots), folder(['simulator'])], pathNot: folder([floor]) },
      to: { path: folder([floor]), pathNot: places([`${floor}/index.ts`, ...doorFiles]) },
    },
  ]);

const purityRules = [
  {
    ...error,
    name: 'pure-no-node',
    comment: 'A pure file knows no Node. Ask for what you need as an argument.',
    from: { path: places(pure) },
    to: { dependencyTypes: ['core'] },
  },
  {
    ...error,
    name: 'pure-no-npm',
    comment: `A pure file imports no package but ${pureMayImport.join(', ')}. Ask for it as an argument.`,
    from: { path: places(pure) },
    to: { path: '^node_modules/', pathNot: pureMayImport.map(npmPath) },
  },
];

const strangerRules = [
  {
    ...error,
    name: 'strangers-protocols',
    comment: 'Protocols do not know each other. Share through drivers/cards, frames or lines.',
    from: { path: '^drivers/protocols/([^/]+)/' },
    to: { path: '^drivers/protocols/', pathNot: '^drivers/protocols/$1/' },
  },
  {
    ...error,
    name: 'strangers-development',
    comment:
      'It is a devDependency, so it is not there at a merchant’s. Do without, or make it a dependency.',
    from: { path: folder(production) },
    to: { path: '^node_modules/', dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm'] },
  },
  {
    ...error,
    name: 'strangers-undeclared',
    comment:
      'package.json does not list it. Declare it there and in docs/dependencies.md, with its reason.',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    ...error,
    name: 'strangers-without-door',
    comment: 'It has no door yet. Give it one in scripts/house.mjs and in ARCHITECTURE.md’s table.',
    from: { path: folder(production) },
    to: { path: '^node_modules/', pathNot: [...packages, ...built].map(outdoors) },
  },
  {
    ...error,
    name: 'strangers-core-without-door',
    comment:
      'This part of Node has no door yet. Give it one in scripts/house.mjs and ARCHITECTURE.md.',
    from: { path: folder(production) },
    to: { dependencyTypes: ['core'], pathNot: built.map(outdoors) },
  },
  {
    ...error,
    name: 'strangers-lost',
    comment: 'The import leads nowhere. Spell the path with its .ts ending.',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** Where reading begins: the programs, what vitest runs, and what tests start as processes of their own. */
const begins = [
  ...places(programs),
  '^test/.*\\.test\\.ts$',
  '^test/setup\\.ts$',
  '^test/fixtures/[^/]+\\.mjs$',
  '^test/[^/]+/main\\.ts$',
  '^test/crash/pruner\\.ts$',
  '^test/rigs/hid-agent/(main|door)\\.ts$',
];

const shapeRules = [
  {
    ...error,
    name: 'no-cycles',
    comment:
      'A circle has no bottom to read from. Move what both need into a third file below them.',
    from: {},
    to: { circular: true },
  },
  {
    ...error,
    name: 'no-dead-files',
    comment:
      'No program of a merchant’s device reaches it. Use it, move it to simulator/, or delete it.',
    from: { path: places(programs.filter((path) => !path.startsWith('simulator/'))) },
    to: { path: folder(production), pathNot: places(programs), reachable: false },
  },
  {
    ...error,
    name: 'no-dead-play',
    comment: 'Neither a program nor a test reaches it. Use it or delete it.',
    from: { path: begins },
    to: { path: folder(['simulator', 'test']), pathNot: begins, reachable: false },
  },
];

export default {
  forbidden: [
    ...floorRules,
    ...doorRules,
    ...frontDoorRules,
    ...purityRules,
    ...strangerRules,
    ...shapeRules,
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^coverage/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
