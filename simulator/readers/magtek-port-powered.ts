/**
 * A port-powered insertion reader, byte for byte (Half Card and Port Powered manuals, section 3).
 *
 * Nothing of the driver is used here: where the two disagree, one of them has misread the manual.
 */
import { bytesOf, textOf, type Timers } from '../../drivers/index.ts';
import { emit, reactionOf, type Behaviour, type Emission } from './behaviour.ts';
import type { TestCard } from './cards.ts';
import type { SimulatedReader } from './simulated-reader.ts';

/** How a card is put in and taken out. */
export interface PortPoweredInsertion {
  /** Tracks that come out bad, 1 to 3. */
  readonly badTracks?: readonly number[];
}

/** What happens to the reader. */
export type PortPoweredStimulus =
  | { readonly is: 'power' }
  | { readonly is: 'command'; readonly letter: string }
  | { readonly is: 'insert'; readonly card: TestCard; readonly how: PortPoweredInsertion }
  | { readonly is: 'remove' };

/** What behaviours see of the reader. */
export interface PortPoweredInside {
  readonly firmware: string;
  /** Options that are set, by their letters: S, E, C, P, B. */
  readonly options: Set<string>;
  /** The tracks of the card in the reader, or of the one that is held in buffered mode. */
  tracks: string;
  cardPresent: boolean;
}

export type PortPoweredBehaviour = Behaviour<PortPoweredStimulus, PortPoweredInside>;

export interface PortPoweredOptions {
  readonly firmware?: string;
  readonly behaviours?: readonly PortPoweredBehaviour[];
  readonly timers: Timers;
  /** What losing its power does to the line. */
  readonly die?: () => void;
}

/** A simulated reader that can be powered, and lets a card rest in it. */
export interface SimulatedPortPowered extends SimulatedReader<PortPoweredInsertion> {
  /** DTR rises: what was set is forgotten, and the reader signs on. */
  power(): void;
  insert(card: TestCard, how?: PortPoweredInsertion): void;
  remove(): void;
  /** The letter of every command heard, the newest last. */
  readonly heard: readonly string[];
}

/** A reader as from the factory, with what is given changed. */
export const simulatePortPowered = (
  { firmware = '21088842A01', behaviours = [], timers, die = () => {} }: PortPoweredOptions,
  send: (bytes: Uint8Array) => void,
): SimulatedPortPowered => {
  const inside: PortPoweredInside = {
    firmware,
    options: new Set(),
    tracks: '',
    cardPresent: false,
  };
  const heard: string[] = [];
  const row = [...behaviours, obedient];
  const react = (stimulus: PortPoweredStimulus): void => {
    const emission = reactionOf(row, stimulus, inside);
    if (emission !== undefined) emit(emission, { timers, send, die });
  };
  let isEscaped = false;
  const reader: SimulatedPortPowered = {
    receive(bytes) {
      for (const character of textOf(bytes)) {
        if (character === '\x1B') isEscaped = true;
        else if (isEscaped) {
          isEscaped = false;
          heard.push(character);
          react({ is: 'command', letter: character });
        }
      }
    },
    power: () => react({ is: 'power' }),
    insert: (card, how = {}) => react({ is: 'insert', card, how }),
    remove: () => react({ is: 'remove' }),
    swipe(card, how) {
      reader.insert(card, how);
      reader.remove();
    },
    heard,
  };
  return reader;
};

const obedient: PortPoweredBehaviour = (stimulus, inside) => {
  switch (stimulus.is) {
    case 'power':
      inside.options.clear();
      inside.tracks = '';
      return framed(inside.firmware, inside);
    case 'command':
      return obey(stimulus.letter, inside);
    case 'insert':
      inside.cardPresent = true;
      inside.tracks = tracksOf(stimulus.card, stimulus.how);
      return framed('1', inside);
    case 'remove': {
      inside.cardPresent = false;
      // Buffered, a card stays until it is released; unbuffered, it is sent now and forgotten.
      const tracks = inside.options.has('B') ? '' : inside.tracks;
      if (tracks !== '') inside.tracks = '';
      return framed(`${tracks}0`, inside);
    }
  }
};

const obey = (letter: string, inside: PortPoweredInside): Emission | undefined => {
  const sensor = inside.cardPresent ? '1' : '0';
  if (letter === 'I' || letter === '+') return framed(`${inside.tracks}${sensor}`, inside);
  if (letter === 'R' || letter === '-') {
    inside.tracks = '';
    return undefined;
  }
  if (/[SECPB]/.test(letter)) inside.options.add(letter);
  if (/[secpb]/.test(letter)) inside.options.delete(letter.toUpperCase());
  return undefined;
};

const framed = (text: string, { options }: PortPoweredInside): Emission => {
  const when = (letter: string, character: string) => (options.has(letter) ? character : '');
  const front = when('S', '\x02') + when('P', '\x1B');
  return { pieces: [bytesOf(front + text + when('C', '\r') + when('E', '\x03'))] };
};

// A track is sent without its check character; one that could not be read is an E (p. 15).
const tracksOf = (card: TestCard, { badTracks = [] }: PortPoweredInsertion): string =>
  card.tracks
    .map((track, at) => (badTracks.includes(at + 1) && track !== '' ? `${track[0]}E?` : track))
    .join('');

/** Sends as its capacitor lets it: bursts of 5 bytes, 10 ms between them (Half Card manual p. 13). */
export const inBursts: PortPoweredBehaviour = (_stimulus, _inside, rest) => {
  const emission = rest();
  return (
    emission && {
      ...emission,
      pieces: emission.pieces.flatMap((piece) =>
        Array.from({ length: Math.ceil(piece.length / 5) }, (_, at) =>
          piece.slice(5 * at, 5 * at + 5),
        ),
      ),
      gapMs: 10,
    }
  );
};

/** Hears no command, as with a cable that has no wire for them. */
export const deaf: PortPoweredBehaviour = ({ is }) =>
  is === 'command' ? { pieces: [] } : undefined;
