/**
 * The other processes of the bench: each is this program again, in one role. `node main.js ROLE WORDS`.
 */
import { fileURLToPath } from 'node:url';
import { startChild, type Child } from '../../simulator/shop/child.ts';

/** A role is loaded by the process that plays it. */
export const roles = {
  portal: async () => (await import('./portal.ts')).playPortal,
  relay: async () => (await import('./relay.ts')).playRelay,
  seller: async () => (await import('./seller.ts')).playSeller,
} as const satisfies Record<string, () => Promise<(words: readonly string[]) => Promise<void>>>;
export type Role = keyof typeof roles;

export const isRole = (name: string | undefined): name is Role =>
  name !== undefined && Object.hasOwn(roles, name);

const program = fileURLToPath(new URL('main.js', import.meta.url));

/** The command that plays a role. */
export const commandOf = (role: Role, ...words: readonly string[]): readonly string[] => [
  process.execPath,
  program,
  role,
  ...words,
];

/** The command that takes one part of the bench and prints its figures as JSON. */
export const commandOfPart = (word: string): readonly [string, ...string[]] => [
  process.execPath,
  ...[program, '--json', '--only', word],
];

/** Starts a role, `under` a command like strace if one is given. */
export const startRole = (command: readonly string[], under: readonly string[] = []): Child => {
  const [first = '', ...args] = [...under, ...command];
  return startChild({ command: first, args });
};

/** Resolves when a role has done its part; fails with what it said when it did not. */
export const roleDone = async (child: Child): Promise<void> => {
  const { code } = await child.ended;
  if (code !== 0) throw new Error(`A part of the bench failed.\n${child.output()}`);
};
