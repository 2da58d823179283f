/**
 * What a simulated NEO reader tells of a card: attribution and data objects, encrypted as the real ones do.
 *
 * NEO 2 guide 80139403-002 pp. 185, 213-233; masked values are marked A1, encrypted ones C1 in front of their
 * length (Encrypted Data Output 80000502-001). The key is the DUKPT data key of the published test base key.
 */
import { bytesOf, dataObject, fromHex, joined } from '../../drivers/index.ts';
import type { TestCard } from './cards.ts';
import type { ChipTags } from './chip-card.ts';
import { encrypt, keyFor } from './dukpt.ts';
import { swipeFrame, withCheckCharacter } from './idtech-swipe.ts';

/** How a reader protects what it tells. */
export interface Vivotech2Protection {
  readonly isEncrypted: boolean;
  readonly baseKey: Buffer;
  readonly ksn: string;
}

/** Codes of DFEE25 this reader uses (SDK EMV_RESULT_CODE). */
export const results = {
  approvedOffline: '0000',
  declinedOffline: '0001',
  approved: '0002',
  declined: '0003',
  goOnline: '0004',
  useStripe: '0007',
  timedOut: '0008',
  started: '0010',
  cardAbsent: '3005',
} as const;

/** Tags that are told encrypted, and how their values are masked. */
const accountTags = ['57', '5A'];

/** The data of an answer: attribution, KSN, result and tags. */
export const answerData = (
  tags: ChipTags,
  protection: Vivotech2Protection,
  { result, isContact }: { readonly result?: string; readonly isContact: boolean },
): Uint8Array => {
  const { isEncrypted, ksn } = protection;
  const attribution = (isEncrypted ? 0xc0 : 0x00) | (isContact ? 0x00 : 0x01);
  const parts = [...tags].map(([tag, value]) =>
    accountTags.includes(tag) && isEncrypted ? marked(tag, value, protection) : object(tag, value),
  );
  return joined(
    Uint8Array.of(attribution),
    ...(isEncrypted ? [object('DFEE12', ksn)] : []),
    ...(result === undefined ? [] : [object('DFEE25', result)]),
    ...parts,
    object('DFEE26', `${attribution.toString(16).padStart(2, '0')}00`),
  );
};

/** The data of a swipe: the frame other ID TECH readers send, in DFEE23 (p. 185). */
export const swipeData = (
  card: TestCard,
  protection: Vivotech2Protection,
  isFallback: boolean,
): Uint8Array => {
  const { isEncrypted, baseKey, ksn } = protection;
  const [track1, track2] = card.tracks;
  const frame = swipeFrame(
    {
      tracks: [withCheckCharacter(track1), withCheckCharacter(track2), ''],
      badTracks: [],
      level: isEncrypted ? 'encrypted' : 'clear',
      baseKey,
      ksn,
    },
    { format: 'enhanced', isHex: false, showsExpiry: true, sentSerialNumber: '' },
  );
  return joined(
    Uint8Array.of(isEncrypted ? 0x48 : 0x08),
    dataObject('DFEE23', frame),
    object('9F39', isFallback ? '80' : '90'),
  );
};

const object = (tag: string, value: string): Uint8Array =>
  dataObject(tag, fromHex(value) ?? bytesOf(value));

// Masked: the first and last four digits and the expiry are left. Encrypted: tag, length and value.
const marked = (tag: string, value: string, { baseKey, ksn }: Vivotech2Protection): Uint8Array => {
  const clear = object(tag, value);
  const ciphertext = encrypt(keyFor('data', baseKey, ksn), clear);
  return joined(
    withMark(dataObject(tag, masked(value)), tag, 0xa1),
    withMark(dataObject(tag, ciphertext), tag, 0xc1),
  );
};

const withMark = (written: Uint8Array, tag: string, mark: number): Uint8Array => {
  const tagCount = tag.length / 2;
  return joined(written.subarray(0, tagCount), Uint8Array.of(mark), written.subarray(tagCount));
};

const masked = (value: string): Uint8Array => {
  const [, pan = '', expiry = '', rest = ''] = /^([0-9]+)(D[0-9]{4}|F*)(.*)$/.exec(value) ?? [];
  const hidden = pan.slice(0, 4) + 'C'.repeat(Math.max(0, pan.length - 8)) + pan.slice(-4);
  return fromHex(hidden + expiry + rest.replace(/[0-9]/g, 'C')) ?? new Uint8Array();
};
