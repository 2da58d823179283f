/**
 * An IntelliStripe reader that speaks ASCII hex, byte for byte (manuals 99875161; 99875168 for the motor).
 *
 * Nothing of the driver is used here: where the two disagree, one of them has misread the manual.
 */
import { bytesOf, textOf, type Timers } from '../../drivers/index.ts';
import { emit, reactionOf, type Behaviour, type Emission } from './behaviour.ts';
import type { TestCard } from './cards.ts';
import type { SimulatedReader } from './simulated-reader.ts';

/** How a card is read. */
export interface IntellistripeSwipe {
  /** Tracks that come out bad, 1 to 3. */
  readonly badTracks?: readonly number[];
}

/** What happens to the reader; a request in upper-case hex. */
export type IntellistripeStimulus =
  | { readonly is: 'request'; readonly hex: string }
  | { readonly is: 'swipe'; readonly card: TestCard; readonly how: IntellistripeSwipe };

/** What behaviours see of the reader. */
export interface IntellistripeInside {
  readonly model: string;
  readonly software: string;
  readonly motor: boolean;
  /** Values of properties that were set, by application and id. */
  readonly properties: Map<string, string>;
  /** Data of the last read, in hex, until it is cleared. */
  stripe: string;
  /** A card is inside, drawn in by the motor. */
  holdsCard: boolean;
}

export type IntellistripeBehaviour = Behaviour<IntellistripeStimulus, IntellistripeInside>;

export interface IntellistripeOptions {
  readonly model?: string;
  readonly software?: string;
  readonly behaviours?: readonly IntellistripeBehaviour[];
  readonly timers: Timers;
  readonly die?: () => void;
}

/** A simulated reader that tells what it heard. */
export interface SimulatedIntellistripe extends SimulatedReader<IntellistripeSwipe> {
  /** Every request in hex, and `CAN`, the newest last. */
  readonly heard: readonly string[];
  readonly holdsCard: boolean;
}

/** A reader as from the factory but for its protocol, with what is given changed. */
export const simulateIntellistripe = (
  options: IntellistripeOptions,
  send: (bytes: Uint8Array) => void,
): SimulatedIntellistripe => {
  const { model = 'IntelliStripe 65', software = '16051331A05', timers, die = () => {} } = options;
  const inside: IntellistripeInside = {
    ...{ model, software, motor: / 3[12]0$/.test(model) },
    ...{ properties: new Map<string, string>(), stripe: noStripe, holdsCard: false },
  };
  const heard: string[] = [];
  const row = [...(options.behaviours ?? []), obedient];
  const react = (stimulus: IntellistripeStimulus): void => {
    const emission = reactionOf(row, stimulus, inside);
    if (emission !== undefined) emit(emission, { timers, send, die });
  };
  let digits = '';
  const take = (character: string): void => {
    if (character === '\x18') {
      digits = '';
      heard.push('CAN');
    } else if (character === '\r') {
      const hex = digits.toUpperCase();
      digits = '';
      heard.push(hex);
      react({ is: 'request', hex });
    } else if (/[0-9A-Fa-f]/.test(character)) digits += character;
  };
  return {
    receive: (bytes) => [...textOf(bytes)].forEach(take),
    swipe: (card, how = {}) => react({ is: 'swipe', card, how }),
    heard,
    get holdsCard() {
      return inside.holdsCard;
    },
  };
};

const line = (hex: string): Emission => ({ pieces: [bytesOf(`${hex}\r`)] });

const obedient: IntellistripeBehaviour = (stimulus, inside) =>
  stimulus.is === 'request' ? serve(stimulus.hex, inside) : readCard(stimulus, inside);

// Header of a response: type 40, then application and command as in the request (99875161 p. 2).
const serve = (hex: string, inside: IntellistripeInside): Emission => {
  const [application, command] = [hex.slice(2, 4), hex.slice(4, 6)];
  const data = hex.slice(8);
  const respond = (result: string, more = '') => line(`40${application}${command}${result}${more}`);
  switch (`${application}${command}`) {
    case '0000':
      return getDevice(data, inside, respond);
    case '0101':
    case '8201':
      inside.properties.set(`${application}${data.slice(2, 4)}`, data.slice(4));
      return respond('00');
    case '0180':
      inside.stripe = noStripe;
      return respond('00');
    case '0181':
      return respond('00', inside.stripe);
    case '8281': {
      // "Transporting failed": there is nothing to give back (310 p. 33).
      const result = inside.holdsCard ? '00' : '80';
      inside.holdsCard = false;
      return respond(result);
    }
    default:
      return respond(['00', '01', '82'].includes(application) ? '05' : '04');
  }
};

const getDevice = (
  data: string,
  { model, software }: IntellistripeInside,
  respond: (result: string, more?: string) => Emission,
): Emission => {
  if (data === '0200') return respond('00', `0200${ascii(model)}00`);
  return data === '0201' ? respond('00', `0201${ascii(software)}00`) : respond('06');
};

const readCard = (
  { card, how }: Extract<IntellistripeStimulus, { is: 'swipe' }>,
  inside: IntellistripeInside,
): Emission => {
  const { motor, properties } = inside;
  // A motor draws no card in unless it was told to (320 p. 60).
  if (motor && (properties.get('8203') !== '01' || inside.holdsCard)) return { pieces: [] };
  inside.holdsCard = motor;
  inside.stripe = stripeOf(card, how);
  const notifies = properties.get('0100') === '01000000';
  return notifies ? line(`80018100${inside.stripe}`) : { pieces: [] };
};

// Decode status, encode type, three lengths (p. 18); encode type 6: nothing was read since it was cleared.
const noStripe = '0006000000';

const stripeOf = (card: TestCard, { badTracks = [] }: IntellistripeSwipe): string => {
  const tracks = card.tracks.map((track, at) => (badTracks.includes(at + 1) ? '' : track));
  const status = badTracks.reduce((bits, track) => bits | (1 << (track - 1)), 0);
  const head = [status, 0, ...tracks.map((track) => track.length)];
  return head.map(byte).join('') + tracks.map(ascii).join('');
};

const byte = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
const ascii = (text: string): string => Buffer.from(text, 'latin1').toString('hex').toUpperCase();
