/**
 * Generations on disk: what is in force, what was before it, what the device began with, and what is on
 * trial. Each file is replaced whole and carries its own digest, so that a torn or a touched one is found.
 *
 *   trial written ─▶ (proven) ─▶ last good written ─▶ current written ─▶ trial removed
 *
 * Power may fail between any two: what is current is always one whole version.
 */
import { Type, type Static } from 'typebox';
import { canonical, check } from '../../contract/index.ts';
import { Generation, nameOf, noDocuments } from '../../config/index.ts';
import { sha256 } from '../identity/digest.ts';
import type { Place } from '../places.ts';

/** Where the files lie; a directory of the agent's own, or a shelf in a simulated machine. */
export interface Shelf {
  read(place: Place): string | undefined;
  /** Replaces a file whole, durably. */
  write(place: Place, text: string): void;
  remove(place: Place): void;
}

const Content = Type.Object({
  generation: Generation,
  /** How often the agent started with it on trial. */
  starts: Type.Optional(Type.Integer({ minimum: 0 })),
});
type Content = Static<typeof Content>;

const File = Type.Object({ content: Content, digest: Type.String() });

/** What stands in a file. */
export type Found =
  | { readonly is: 'none' }
  | { readonly is: 'whole'; readonly generation: Generation; readonly starts: number }
  | { readonly is: 'bad'; readonly why: string };

/** Where a generation lies that may be in force. */
export type GenerationPlace =
  'configurationInForce' | 'configurationBefore' | 'configurationFactory';

/** From the newest to the oldest, as they are fallen back on. */
export const generationPlaces: readonly GenerationPlace[] = [
  'configurationInForce',
  'configurationBefore',
  'configurationFactory',
];

export class Generations {
  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  read(place: GenerationPlace | 'configurationTrial'): Found {
    const text = this.#shelf.read(place);
    return text === undefined ? { is: 'none' } : foundIn(text);
  }

  /** Writes down what the device began with, once; a bad one is made anew, for it is always the same. */
  keepFactory(): void {
    if (this.read('configurationFactory').is !== 'whole') {
      this.#write('configurationFactory', { generation: noDocuments });
    }
  }

  tryOut(generation: Generation, starts: number): void {
    this.#write('configurationTrial', { generation, starts });
  }

  /** Puts a generation in force; what was in force is kept behind it, unless it was bad itself. */
  confirm(generation: Generation): void {
    const before = this.read('configurationInForce');
    if (before.is === 'whole' && nameOf(before.generation) !== nameOf(generation)) {
      this.#write('configurationBefore', { generation: before.generation });
    }
    this.#write('configurationInForce', { generation });
    this.dropTrial();
  }

  dropTrial(): void {
    this.#shelf.remove('configurationTrial');
  }

  #write(place: Place, content: Content): void {
    this.#shelf.write(place, `${JSON.stringify({ content, digest: digestOf(content) })}\n`);
  }
}

const digestOf = (content: Content): string => sha256(canonical(content));

const foundIn = (text: string): Found => {
  try {
    const checked = check(File, JSON.parse(text));
    if (!checked.ok) return { is: 'bad', why: checked.why };
    const { content, digest } = checked.value;
    if (digestOf(content) !== digest) return { is: 'bad', why: 'its digest is of something else' };
    return { is: 'whole', generation: content.generation, starts: content.starts ?? 0 };
  } catch {
    return { is: 'bad', why: 'it is no JSON' };
  }
};
