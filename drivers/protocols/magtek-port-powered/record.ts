/**
 * Records: what a message says. `[ESC] tracks sensor`, the sensor alone, or the reader's name after its power
 * came back (Port Powered manual pp. 13-15). What is returned may hold card data; whoever has it masks it.
 */
import { readTrack, type Tracks } from '../../cards/tracks.ts';

/** A message whose shape is right. */
export type PortPoweredRecord =
  | { readonly is: 'signed on'; readonly firmware: string }
  | { readonly is: 'sensor'; readonly cardPresent: boolean }
  | { readonly is: 'stripe'; readonly tracks: Tracks; readonly cardPresent: boolean };

export type Read<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

// Eight digits of a part number, a letter for the revision, two digits below it (Half Card manual p. 13).
const signOn = /^[0-9]{8}[A-Z][0-9]{2}$/;
// Tracks in their order, those without data left out; no data holds an end sentinel.
const stripe = /^(%[^?]*\?)?(;[^?]*\?)?(\+[^?]*\?)?([01])$/;

/** Reads one message; or says what is wrong with it, without quoting any of a card. */
export const readRecord = (message: string): Read<PortPoweredRecord> => {
  const text = message.replace(/^\x1B/, '');
  if (signOn.test(text)) return { ok: true, value: { is: 'signed on', firmware: text } };
  const parts = stripe.exec(text);
  if (parts === null) return { ok: false, why: whyNot(text) };
  const [, track1 = '', track2 = '', track3 = '', sensor] = parts;
  const cardPresent = sensor === '1';
  if (text.length === 1) return { ok: true, value: { is: 'sensor', cardPresent } };
  const tracks = [readTrack(track1), readTrack(track2), readTrack(track3)] as const;
  return { ok: true, value: { is: 'stripe', tracks, cardPresent } };
};

/** Whether a message that cannot be read was a card all the same. */
export const resemblesStripe = (message: string): boolean => /[%;+?]/.test(message);

const whyNot = (text: string): string => {
  const rest = text.replace(/^(%[^?]*\?)?(;[^?]*\?)?(\+[^?]*\?)?/, '');
  const [first = ''] = rest;
  if (first === '') return 'The message ends before the digit of its sensor.';
  if (/[%;+]/.test(first)) return 'A track is cut short, or the tracks are not in their order.';
  if (/[0-9A-Z]/i.test(first)) return 'The message is neither tracks nor the digit of a sensor.';
  const code = first.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
  return `There is an unknown start sentinel ${code}; tracks begin with 25, 3B or 2B.`;
};
