/** The keys a device makes for itself: 32 random bytes in a file. */
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import type { Place } from '../places.ts';
import type { Dice } from '../world.ts';

/** Bytes of the keys the device makes for itself. */
export const ownKeyBytes = 32;

/** A key from its file, in clear; made when there is none. */
export const ownKey = (directory: DataDirectory, place: Place, dice: Dice): Buffer => {
  const kept = keyText(directory, place);
  if (kept !== undefined) return keyIn(directory, place, kept);
  const made = Buffer.from(dice.bytes(ownKeyBytes));
  directory.write(place, `${made.toString('base64url')}\n`);
  return made;
};

/** What stands in a key's file; one that was cut off before a byte of it was written holds nothing. */
export const keyText = (directory: DataDirectory, place: Place): string | undefined => {
  const text = directory.read(place)?.trim();
  return text === '' ? undefined : text;
};

/** What stands in the file of a key that is sealed to the wrapping key. */
export const wrappedForm = /^hpke1\.([\w-]+)$/;

/** The key a file's text spells. */
export const keyIn = (directory: DataDirectory, place: Place, text: string): Buffer => {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length === ownKeyBytes) return bytes;
  throw new StartFault(
    'identity_malformed',
    `${directory.pathOf(place)} holds no key; restore it from a backup.`,
  );
};
