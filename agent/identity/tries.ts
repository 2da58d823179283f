/**
 * Tries: how many codes the portal has refused here, one after the other. Five, and the device asks no more
 * for an hour: whoever stands before it guesses, or has somebody else's code.
 */
import { Type, type Static } from 'typebox';
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import type { World } from '../world.ts';
import { documentAt } from './document.ts';

/** So many refused codes lock the device out, for so long, ms. */
export const triesMost = 5;
export const lockedOutMs = 3_600_000;

const Tries = Type.Object({
  refused: Type.Integer({ minimum: 1 }),
  /** The boot of the last one, and its monotonic time there. */
  bootId: Type.String(),
  atMs: Type.Integer(),
});
type Tries = Static<typeof Tries>;

/** The refusals that mean a wrong code; any other is about something else. */
const wrongCodes: readonly string[] = ['code_unknown', 'code_expired', 'code_used'];

export interface TriesParts {
  readonly directory: DataDirectory;
  readonly world: Pick<World, 'clock' | 'bootId'>;
}

/** Throws a `StartFault` while the device is locked out. */
export const checkTries = (parts: TriesParts): void => {
  const tries = triesOf(parts);
  if (tries === undefined || tries.refused < triesMost) return;
  const { clock, bootId } = parts.world;
  // How long it was off is unknown and counts nothing: the hour begins anew.
  if (tries.bootId !== bootId) keep(parts, tries.refused);
  const goneMs = tries.bootId === bootId ? clock.monotonicMs() - tries.atMs : 0;
  if (goneMs >= lockedOutMs) {
    forgetTries(parts);
    return;
  }
  throw new StartFault(
    'locked_out',
    `${triesMost} codes were refused, one after the other; wait ${minutes(lockedOutMs - goneMs)} minutes, ` +
      'and ask for a new code.',
  );
};

/** Counts a refusal of the portal, if it was the code. */
export const countRefusal = (parts: TriesParts, code: string): void => {
  if (wrongCodes.includes(code)) keep(parts, (triesOf(parts)?.refused ?? 0) + 1);
};

/** A code was right. */
export const forgetTries = ({ directory }: TriesParts): void => {
  if (directory.read('tries') !== undefined) directory.remove('tries');
};

const triesOf = ({ directory }: TriesParts): Tries | undefined =>
  documentAt(directory, 'tries', Tries, 'remove it');

const keep = ({ directory, world }: TriesParts, refused: number): void => {
  const tries: Tries = { refused, bootId: world.bootId, atMs: world.clock.monotonicMs() };
  directory.write('tries', `${JSON.stringify(tries)}\n`);
};

const minutes = (ms: number): number => Math.ceil(ms / 60_000);
