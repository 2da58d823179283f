/** Keys of this device that lie in their files wrapped: sealed to its wrapping key. */
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import type { Place } from '../places.ts';
import type { Dice } from '../world.ts';
import { sealerTo, type SealContext } from './hpke.ts';
import { keyIn, keyText, ownKeyBytes, wrappedForm } from './own-keys.ts';
import type { WrappingKey } from './wrapping-key.ts';

export interface Wrapping {
  readonly directory: DataDirectory;
  readonly dice: Dice;
  readonly wrappingKey: WrappingKey;
}

/** A key from its file; made when there is none. One still in clear is taken once, and wrapped. */
export const wrappedKey = (wrapping: Wrapping, place: Place): Uint8Array => {
  const { directory, dice } = wrapping;
  const kept = keyText(directory, place);
  const wrapped = wrappedForm.exec(kept ?? '')?.[1];
  if (wrapped !== undefined) return opened(wrapping, place, Buffer.from(wrapped, 'base64url'));
  const key = kept === undefined ? dice.bytes(ownKeyBytes) : keyIn(directory, place, kept);
  const seal = sealerTo(wrapping.wrappingKey.publicHalf());
  const sealed = seal(key, contextOf(place), dice.bytes(ownKeyBytes));
  directory.write(place, `hpke1.${Buffer.from(sealed).toString('base64url')}\n`);
  return key;
};

const opened = ({ directory, wrappingKey }: Wrapping, place: Place, wrapped: Uint8Array) => {
  try {
    return wrappingKey.open(wrapped, contextOf(place));
  } catch (error) {
    throw new StartFault(
      'identity_malformed',
      `${directory.pathOf(place)} does not open with ${directory.pathOf('wrappingKey')}; ` +
        'restore both from one backup.',
      { cause: error },
    );
  }
};

/** Bound to its place: one wrapped file cannot stand in for another. */
const contextOf = (place: Place): SealContext => ({ info: 'holdfast/wrapped/1', aad: place });
