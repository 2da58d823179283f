/**
 * A record: the data of one swipe, taken apart (SecureMag pp. 43-48, SREDKey 2 p. 31).
 *
 *   original  type, track status, 3 lengths, masked tracks 1 and 2, track 3, one ciphertext, hashes, KSN
 *   enhanced  type with its high bit, track status, 3 lengths, 2 bytes of flags, masked tracks, ciphertext
 *             of each track, session id, hashes, reader's serial number, KSN
 *
 * Both come in bytes or in hex text, where masked tracks stand as they are; the cursor knows which.
 */
import { readTrack, type TrackSent, type Tracks } from '../tracks.ts';
import { cursorOver, type Cursor } from './cursor.ts';
import type { SwipeData } from './swipe-frame.ts';

/** How a card was encoded (SecureMag p. 43, note 1; SREDKey 2 p. 27). */
export const encodings: Readonly<Record<number, string>> = {
  0x00: 'ISO/ABA',
  0x01: 'AAMVA',
  0x03: 'other',
  0x04: 'raw',
  0x05: 'keyed in',
  0x40: 'keyed in',
};
const raw = 0x04;

/** What a reader encrypted, and what its host needs to decrypt it. */
export interface Ciphertext {
  /** Of each track; empty where there is none. In the original format all are one block. */
  readonly tracks?: readonly Uint8Array[];
  readonly block?: Uint8Array;
  /** Not told in the original format. */
  readonly cipher?: 'tdes' | 'aes';
  readonly keyVariant?: 'data' | 'pin';
  readonly hashes: readonly Uint8Array[];
  readonly encryptedSessionId?: Uint8Array;
  /** Ten bytes; with a fixed key the reader's serial number and two zeros (SecureHead p. 35). */
  readonly ksn?: Uint8Array;
}

/** A swipe as it was sent. */
export interface SwipeRecord {
  readonly format: 'original' | 'enhanced' | 'clear';
  /** Without the bit that tells the format. */
  readonly encoding: number;
  readonly trackStatus: number;
  /** Fields 8 and 9 of the enhanced format: what was sent in clear or masked, what encrypted. */
  readonly flags?: readonly [number, number];
  /** Characters of each track as the card has it. */
  readonly lengths: readonly [number, number, number];
  readonly tracks: Tracks;
  /** Tracks of which the clear or masked text was sent, and those that were encrypted: bits 0 to 2. */
  readonly shownTracks: number;
  readonly encryptedTracks: number;
  readonly ciphertext?: Ciphertext;
  /** The card has a chip: its service code begins with 2 or 6. */
  readonly hasChip?: boolean;
  readonly serialNumber?: string;
}

const ksnBytes = 10;
const hashBytes = 20;
const sessionIdBytes = 8;
const serialNumberBytes = 10;

/** Reads the data of a swipe, or says in a sentence why it cannot. */
export const readRecord = (
  data: SwipeData,
): { ok: true; record: SwipeRecord } | { ok: false; why: string } => {
  const cursor = cursorOver(data);
  const [type, trackStatus, length1, length2, length3] = [1, 2, 3, 4, 5].map(() => cursor.byte());
  const head: Head = {
    encoding: (type ?? 0) & 0x7f,
    trackStatus: trackStatus ?? 0,
    lengths: [length1 ?? 0, length2 ?? 0, length3 ?? 0],
  };
  if (encodings[head.encoding] === undefined) {
    return {
      ok: false,
      why: `Its type ${head.encoding} is no card's; 0, 1, 3, 4 and keyed ones are.`,
    };
  }
  const record = ((type ?? 0) & 0x80) === 0 ? original(head, cursor) : enhanced(head, cursor);
  if (typeof record === 'string') return { ok: false, why: record };
  if (cursor.hasFailed || cursor.left !== 0) {
    return { ok: false, why: 'Its length is not that of the parts it says it has.' };
  }
  return { ok: true, record };
};

type Head = Pick<SwipeRecord, 'encoding' | 'trackStatus' | 'lengths'>;

const original = (head: Head, cursor: Cursor): SwipeRecord | string => {
  const { encoding, lengths } = head;
  if (encoding >= raw) return restAside(head, 'original', cursor);
  const texts = lengths.map((length) => cursor.text(length));
  const shownTracks = bitsOf(lengths.map((length) => length > 0));
  const common = {
    ...head,
    format: 'original',
    tracks: tracksOf(head, texts),
    shownTracks,
  } as const;
  if (cursor.left === 0) return { ...common, encryptedTracks: 0 };
  // Tracks 1 and 2 are one block; SREDKey 2 (p. 23) puts an ISO 4909 track 3 into it as well.
  const layout = [0b011, 0b111]
    .flatMap((tracks) => [8, 16].map((blockBytes) => ({ tracks, blockBytes })))
    .map(({ tracks, blockBytes }) => {
      const within = lengths.filter((length, at) => length > 0 && (tracks & (1 << at)) !== 0);
      const clearCount = within.reduce((sum, length) => sum + length, 0);
      return { tracks, hashCount: within.length, byteCount: padded(clearCount, blockBytes) };
    })
    .find((one) => one.byteCount + one.hashCount * hashBytes + ksnBytes === cursor.left);
  if (layout === undefined) return 'Its ciphertext has no length that its tracks would give.';
  const block = cursor.bytes(layout.byteCount);
  const hashes = hashesOf(layout.hashCount, cursor);
  const ksn = cursor.bytes(ksnBytes);
  const encryptedTracks = layout.tracks & shownTracks;
  return { ...common, encryptedTracks, ciphertext: { block, hashes, ksn } };
};

// Field 8 and 9: SecureMag pp. 44-48, with bits 4 to 7 of field 8 as SREDKey 2 (p. 31) and Augusta have them.
const enhanced = (head: Head, cursor: Cursor): SwipeRecord | string => {
  const field8 = cursor.byte();
  const field9 = cursor.byte();
  if (head.encoding >= raw) return restAside(head, 'enhanced', cursor);
  const optional = (head.trackStatus & 0x40) === 0 ? [] : cursor.bytes(cursor.byte());
  // SHA-256, TransArmor and a MAC (SREDKey 2 p. 31) change what follows; no sample shows how.
  if (((optional[0] ?? 0) & 0b100011) !== 0) return 'It has hashes, keys or a MAC of another kind.';
  const shownTracks = field8 & 0b111;
  const encryptedTracks = field9 & 0b111;
  const texts = head.lengths.map((length, at) =>
    isSet(shownTracks, at) ? cursor.text(length) : '',
  );
  const blockBytes = isSet(field8, 4) ? 16 : 8;
  const tracks = head.lengths.map((length, at) =>
    cursor.bytes(isSet(encryptedTracks, at) ? padded(length, blockBytes) : 0),
  );
  const sessionId = isSet(field9, 6) ? { encryptedSessionId: cursor.bytes(sessionIdBytes) } : {};
  const hashes = hashesOf([3, 4, 5].filter((bit) => isSet(field9, bit)).length, cursor);
  const serialNumber = isSet(field8, 7) ? { serialNumber: cursor.ascii(serialNumberBytes) } : {};
  const ksn = isSet(field9, 7) ? { ksn: cursor.bytes(ksnBytes) } : {};
  const cipher = isSet(field8, 4) ? 'aes' : 'tdes';
  const keyVariant = isSet(field8, 6) ? 'pin' : 'data';
  const ciphertext = { tracks, cipher, keyVariant, hashes, ...sessionId, ...ksn } as const;
  return {
    ...head,
    format: 'enhanced',
    flags: [field8, field9],
    tracks: tracksOf(head, texts),
    shownTracks,
    encryptedTracks,
    ...(encryptedTracks === 0 ? {} : { ciphertext }),
    hasChip: isSet(field8, 5),
    ...serialNumber,
  };
};

// Raw tracks and keyed numbers show nothing; what they hold is not looked at.
const restAside = (head: Head, format: 'original' | 'enhanced', cursor: Cursor): SwipeRecord => {
  cursor.bytes(cursor.left);
  return { ...head, format, tracks: noTracks, shownTracks: 0, encryptedTracks: 0 };
};

const absent: TrackSent = { is: 'absent' };
const noTracks: Tracks = [absent, absent, absent];

/** What was read of each track, by the reader's own word (bits 0-2: decoded, 3-5: there was something). */
export const tracksOf = (
  { trackStatus }: Pick<Head, 'trackStatus'>,
  texts: readonly string[],
): Tracks => {
  const track = (at: number): TrackSent => {
    const isBad = isSet(trackStatus, at + 3) && !isSet(trackStatus, at);
    return isBad ? { is: 'bad' } : readTrack(texts[at] ?? '');
  };
  return [track(0), track(1), track(2)];
};

const hashesOf = (count: number, cursor: Cursor): Uint8Array[] =>
  Array.from({ length: count }, () => cursor.bytes(hashBytes));

const isSet = (bits: number, bit: number): boolean => (bits & (1 << bit)) !== 0;

const bitsOf = (flags: readonly boolean[]): number =>
  flags.reduce((bits, flag, at) => bits | (flag ? 1 << at : 0), 0);

const padded = (byteCount: number, blockBytes: number): number =>
  Math.ceil(byteCount / blockBytes) * blockBytes;
