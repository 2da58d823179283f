/** A JSON document of the identity: read whole, against its schema, or refused with what to do. */
import { check } from '../../contract/index.ts';
import type { Static, TSchema } from 'typebox';
import type { DataDirectory } from '../data-directory.ts';
import { StartFault } from '../fault.ts';
import type { Place } from '../places.ts';

/**
 * The document at a place, or `undefined` when there is none. Throws a `StartFault` for one that does not
 * fit, with the `remedy`: what to do about it, as the end of a sentence.
 */
export const documentAt = <S extends TSchema>(
  directory: DataDirectory,
  place: Place,
  schema: S,
  remedy: string,
): Static<S> | undefined => {
  const text = directory.read(place);
  if (text === undefined) return undefined;
  const checked = check(schema, parsed(text));
  if (checked.ok) return checked.value;
  throw new StartFault(
    'identity_malformed',
    `${directory.pathOf(place)}: ${checked.why}; ${remedy}.`,
  );
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
