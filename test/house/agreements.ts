/**
 * Which table a document has to agree with. Add a row for each new one: what the names are, where they are
 * told, and how to take them out of the code and out of the text. Both lists have to be the same.
 */
import { auditedActs } from '../../agent/access/audit.ts';
import { rights, type RightRow } from '../../agent/access/rights.ts';
import { signInLimits } from '../../agent/access/limits.ts';
import { durabilityPoints } from '../../agent/durability.ts';
import { events } from '../../agent/diagnostics/events.ts';
import { metrics } from '../../agent/diagnostics/metrics.ts';
import { settings } from '../../config/index.ts';
import {
  accessLimits,
  gateRefusals,
  otherRefusals,
  roles,
  registrationRefusals,
} from '../../contract/index.ts';
import { linesOf, protocols } from '../../drivers/index.ts';
import { namesInTables, tableUnder } from './markdown.ts';
import { files, read } from './tree.ts';

/** One agreement between code and prose. */
export interface Agreement {
  readonly what: string;
  readonly document: string;
  readonly inCode: () => readonly string[];
  readonly inDocument: (text: string) => readonly string[];
}

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

/** What package.json says. */
export const ourPackage = JSON.parse(read('package.json')) as Package;

/** What stands between backticks. */
const words = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

/** The names of the tests that play an attack. */
const attacksIn = (text: string): string[] =>
  tableUnder(text, 'Attacks that are tried').map(([, , name = '']) => name);

/** The scripts a text tells people to run. */
export const scriptsIn = (text: string): string[] => {
  const named = [
    ...text.matchAll(/\bnpm run (?:-s )?(\w+)/g),
    ...text.matchAll(/(?:`|^ {4})npm (\w+)/gm),
  ];
  return [...new Set(named.map(([, name = '']) => name))];
};

const npmVerbs = new Set(['ci', 'install', 'pack', 'audit', 'ls', 'view', 'run']);

export const agreements: readonly Agreement[] = [
  {
    what: 'dependencies',
    document: 'docs/dependencies.md',
    inCode: () => [
      ...Object.keys(ourPackage.dependencies),
      ...Object.keys(ourPackage.devDependencies),
    ],
    inDocument: namesInTables,
  },
  {
    what: 'scripts',
    document: 'CONTRIBUTING.md',
    inCode: () => Object.keys(ourPackage.scripts),
    inDocument: (text) => scriptsIn(text).filter((name) => !npmVerbs.has(name)),
  },
  {
    what: 'refusals',
    document: 'docs/refusals.md',
    inCode: () => [gateRefusals, otherRefusals, registrationRefusals].flatMap(Object.keys),
    inDocument: namesInTables,
  },
  {
    what: 'log events',
    document: 'docs/log-events.md',
    inCode: () => Object.keys(events),
    inDocument: namesInTables,
  },
  {
    what: 'metrics',
    document: 'docs/metrics.md',
    inCode: () => Object.keys(metrics),
    inDocument: namesInTables,
  },
  {
    what: 'durability points',
    document: 'docs/durability.md',
    inCode: () => Object.entries(durabilityPoints).map(([name, says]) => `${name}: ${says}`),
    inDocument: (text) =>
      tableUnder(text, 'Durability points').map(
        ([name = '', says = '']) => `${name.replaceAll('`', '')}: ${says}`,
      ),
  },
  {
    what: 'protocols of readers',
    document: 'docs/readers.md',
    inCode: () =>
      Object.entries(protocols).map(([name, row]) => `${name}: ${linesOf(row).sort().join(' ')}`),
    inDocument: (text) =>
      tableUnder(text, 'Which reader').map(
        ([name = '', , lines = '']) => `${words(name)[0]}: ${words(lines).sort().join(' ')}`,
      ),
  },
  {
    what: 'options of readers',
    document: 'docs/readers.md',
    inCode: () =>
      Object.entries(protocols).flatMap(([protocol, { options }]) =>
        Object.keys(options).map((option) => `${protocol}: ${option}`),
      ),
    inDocument: (text) =>
      tableUnder(text, 'Options').flatMap(([names = '', options = '']) =>
        words(names).flatMap((name) => words(options).map((option) => `${name}: ${option}`)),
      ),
  },
  {
    what: 'rights',
    document: 'docs/access.md',
    inCode: () =>
      Object.entries<RightRow>(rights).map(
        ([name, row]) => `${name}: ${row.says}: ${row.roles.join(' ')}: ${row.scopes.join(' ')}`,
      ),
    inDocument: (text) =>
      tableUnder(text, 'Rights').map(([name = '', says = '', ...cells]) => {
        const given = roles.filter((_, column) => cells[column] === 'yes');
        const scopes = words(cells[roles.length] ?? '');
        return `${words(name)[0]}: ${says}: ${given.join(' ')}: ${scopes.join(' ')}`;
      }),
  },
  {
    what: 'attacks that are tried',
    document: 'SECURITY.md',
    inCode: () => {
      const tests = files.filter(({ path }) => path.endsWith('.test.ts'));
      const told = tests.map(({ path }) => read(path)).join('\n');
      return attacksIn(read('SECURITY.md')).filter((name) => told.includes(`'${name}'`));
    },
    inDocument: attacksIn,
  },
  {
    what: 'limits of signing in',
    document: 'docs/access.md',
    inCode: () => {
      const { users, applications, keysPerApplication } = accessLimits;
      const { failuresUntilLocked, failuresOfAll, windowMs, waiting } = signInLimits;
      const { sessions, sessionsOfOneUser } = signInLimits;
      return [
        `failures of one name in a row: ${failuresUntilLocked}`,
        `failures of all names in ${windowMs / 60_000} minutes: ${failuresOfAll}`,
        `sign-ins that wait while a password is hashed: ${waiting}`,
        `sessions of one user: ${sessionsOfOneUser}`,
        `sessions: ${sessions}`,
        `people, programs, keys of a program in one document: ` +
          [users, applications, keysPerApplication].join(', '),
      ];
    },
    inDocument: (text) =>
      tableUnder(text, 'Limits').map(([what = '', limit = '']) => `${what}: ${limit}`),
  },
  {
    what: 'acts that are audited',
    document: 'docs/access.md',
    inCode: () => auditedActs,
    inDocument: (text) => tableUnder(text, 'Audit').map(([act = '']) => act.replaceAll('`', '')),
  },
  {
    what: 'settings',
    document: 'docs/settings.md',
    inCode: () => Object.keys(settings),
    inDocument: (text) =>
      tableUnder(text, 'Settings').map(([name = '']) => name.replaceAll('`', '')),
  },
];

/** Whether `npm run NAME` (or `npm NAME`) is something one can run here. */
export const canRun = (name: string): boolean => npmVerbs.has(name) || name in ourPackage.scripts;
