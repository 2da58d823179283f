/**
 * A scanner for card data: looks for planted card numbers and tracks in bytes, files and recorded streams, in
 * every form they tend to leak in. What it reports never shows the secret itself.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { stripeBytes } from './stripe-bits.ts';

/** What was planted: clear card numbers, and whole tracks with or without sentinels. */
export interface Planted {
  readonly pans: readonly string[];
  readonly tracks: readonly string[];
  /** What else of a card is secret: its service code and what follows, some digits of its number in a row. */
  readonly pieces?: readonly string[];
}

export interface Sighting {
  readonly where: string;
  readonly form: string;
  /** The secret, masked. */
  readonly secret: string;
}

export interface CardScanner {
  bytes(content: Uint8Array | string, where: string): Sighting[];
  /** Every file below a directory, journals and write-ahead logs included. */
  tree(directory: string): Sighting[];
}

interface Needle {
  readonly form: string;
  readonly secret: string;
  readonly text: string;
  /** In which view of the bytes it is looked for. */
  readonly view: 'text' | 'joined' | 'nibbles';
}

/** Fewer digits, written shorter than they are, would be found by chance. */
const shortenedDigitsMin = 14;
const unpackedBytesMax = 256 * 1024 * 1024;

/** A scanner for what was planted; refuses to be one that could find nothing. */
export const cardScanner = (planted: Planted): CardScanner => {
  const needles = needlesOf(planted);
  if (needles.length === 0) throw new Error('Plant a card number or a track before you scan.');
  const bytes = (content: Uint8Array | string, where: string): Sighting[] => {
    const buffer = Buffer.from(content);
    const found = sightings(needles, buffer, where);
    const unpacked = unpack(buffer);
    return unpacked === undefined ? found : [...found, ...bytes(unpacked, `${where} (unpacked)`)];
  };
  return {
    bytes,
    tree: (directory) =>
      readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .flatMap((path) => bytes(readFileSync(path), path)),
  };
};

const needlesOf = ({ pans, tracks, pieces = [] }: Planted): Needle[] => {
  const inTracks = tracks.flatMap((track) => /\d{12,19}/.exec(track) ?? []);
  const bare = tracks.map((track) => track.replace(/^[%;]|\?.?$/g, ''));
  return [
    ...new Set([...pans, ...inTracks, ...pieces]),
    ...new Set([...bare, ...bare.map((track) => track.replace('=', 'D'))]),
  ]
    .flatMap(formsOf)
    .concat([...new Set([...pans, ...bare])].flatMap(stripeFormsOf));
};

const maskedSecret = (secret: string): string =>
  `${secret.slice(0, 4)}…${secret.slice(-2)} (${secret.length} characters)`;

const stripeFormsOf = (text: string): Needle[] => {
  const secret = maskedSecret(text);
  return stripeBytes(text).flatMap((hex): Needle[] => [
    { form: 'bits of a stripe', secret, view: 'nibbles', text: hex },
    { form: 'bits of a stripe in hex', secret, view: 'joined', text: hex },
    { form: 'bits of a stripe in hex', secret, view: 'joined', text: hex.toUpperCase() },
  ]);
};

const formsOf = (secret: string): Needle[] => {
  if (secret.length < 8)
    throw new Error('A planted secret of fewer than 8 characters finds chance.');
  const masked = maskedSecret(secret);
  const needle = (form: string, view: Needle['view'], text: string): Needle => ({
    form,
    view,
    text,
    secret: masked,
  });
  const ascii = Buffer.from(secret);
  const wide = Buffer.from(secret, 'utf16le');
  const encoded = encodeURIComponent(secret);
  const isPacked = /^\d+(D\d+)?$/.test(secret);
  return [
    needle('clear text', 'text', secret),
    needle('clear text with separators or in UTF-16', 'joined', joined(secret)),
    ...(encoded === secret ? [] : [needle('URL-encoded', 'text', encoded)]),
    needle('lower-case hex', 'joined', ascii.toString('hex')),
    needle('upper-case hex', 'joined', ascii.toString('hex').toUpperCase()),
    needle('hex of UTF-16', 'joined', wide.toString('hex')),
    needle('a list of decimal bytes', 'joined', [...ascii].join(',')),
    ...[ascii, wide].flatMap(base64Cores).map((core) => needle('base64', 'joined', core)),
    ...(isPacked ? packedFormsOf(secret, needle) : []),
  ];
};

// As in EMV tags 57 and 5A: two digits a byte, the first one perhaps the second half of a byte.
const packedFormsOf = (
  secret: string,
  needle: (form: string, view: Needle['view'], text: string) => Needle,
): Needle[] => {
  const digits = secret.toLowerCase();
  const packed = [digits, digits.slice(1)].map((some) => Buffer.from(some, 'hex'));
  const shorter = [
    needle('packed BCD as a list of decimal bytes', 'joined', [...(packed[0] ?? [])].join(',')),
    ...packed.flatMap(base64Cores).map((core) => needle('base64 of packed BCD', 'joined', core)),
  ];
  return [
    needle('packed BCD', 'nibbles', digits),
    ...(digits === secret ? [] : [needle('packed BCD in hex', 'joined', digits)]),
    ...(digits.length < shortenedDigitsMin ? [] : shorter),
  ];
};

// Base64 of the secret after 0, 1 or 2 unknown bytes, without the characters its neighbours decide. What is
// on cards never yields the two characters in which the alphabets of RFC 4648 §4 and §5 differ.
const base64Cores = (secret: Buffer): string[] =>
  [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), secret]);
    const text = whole.toString('base64').replace(/=+$/, '');
    const complete = Math.floor((whole.length * 8) / 6);
    return text.slice(Math.ceil((before * 8) / 6), complete);
  });

// Between the digits people write blanks and dashes, inspectors blanks and line breaks, UTF-16 zeros.
const joined = (text: string): string => text.replace(/[ \-\0\r\n\t]/g, '');

const sightings = (needles: readonly Needle[], content: Buffer, where: string): Sighting[] => {
  const text = content.toString('latin1');
  const views = { text, joined: joined(text), nibbles: content.toString('hex') };
  const found = new Map<string, Sighting>();
  for (const { form, secret, view, text: sought } of needles) {
    if (views[view].includes(sought)) found.set(`${form} ${secret}`, { where, form, secret });
  }
  return [...found.values()];
};

const unpack = (content: Buffer): Buffer | undefined => {
  if (content[0] !== 0x1f || content[1] !== 0x8b) return undefined;
  try {
    return gunzipSync(content, { maxOutputLength: unpackedBytesMax });
  } catch (error) {
    // What is not looked at could hide something; what only began like gzip was looked at as it is.
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw error;
    return undefined;
  }
};
