/**
 * Notices: what a device says without being asked, from the four detail bytes of a notification.
 *
 * 0101 tells how a transaction goes on (table 297), 0105 how it ended (table 311), 1001 what became of the
 * device (table 320), 1803 what a device without a display would show (table 334).
 */
import { findObject, readObjects } from '../../emv/tlv.ts';
import { textOf } from '../../frames/latin1.ts';
import type { ReaderPrompt } from '../../reader.ts';
import { withoutId, type MmsMessage } from './message.ts';
import { promptIn } from './prompts.ts';

/** By what a card came in; the first detail byte of 0101 and 0105. */
export const technologies = {
  0x00: 'none',
  0x07: 'typed',
  0x08: 'stripe',
  0x10: 'contact',
  0x20: 'contactless',
  0x30: 'barcode',
} as const satisfies Record<number, string>;

export type Technology = (typeof technologies)[keyof typeof technologies];

/** How a transaction ended. */
export type Outcome =
  | 'approved'
  | 'declined'
  | 'approved by the card'
  | 'declined by the card'
  | 'deferred'
  | 'timed out'
  | 'cancelled by the host'
  | 'cancelled by the customer'
  | 'read error'
  | 'fallback'
  | 'another interface'
  | 'again'
  | 'not accepted'
  | 'failed';

/** What happens to a card while a device waits for one. */
export type CardEvent = 'swiped' | 'inserted' | 'removed' | 'detected' | 'several';

export type Notice =
  | { readonly is: 'card event'; readonly event: CardEvent }
  /** ARQC data or batch data: the bytes between the two-byte length and the MAC, and both of those. */
  | {
      readonly is: 'data';
      readonly of: 'request' | 'batch';
      readonly technology: Technology;
      readonly bytes: Uint8Array;
    }
  | { readonly is: 'complete'; readonly technology: Technology; readonly outcome: Outcome }
  | { readonly is: 'prompt'; readonly prompt: ReaderPrompt }
  /** A card has several applications, and somebody has to choose. */
  | { readonly is: 'selection' }
  | { readonly is: 'device'; readonly event: DeviceEvent }
  | { readonly is: 'other' };

export type DeviceEvent = 'reset' | 'reset soon' | 'battery low' | 'power down' | 'other';

/** What a notification says; `other` when it is of no use to a driver. */
export const readNotice = ({ id, detail, payload }: MmsMessage): Notice => {
  if (detail === undefined) return { is: 'other' };
  switch (id) {
    case 0x0101:
      return progressOf(detail, payload);
    case 0x0105:
      return { is: 'complete', technology: technologyOf(detail), outcome: outcomeOf(detail) };
    case 0x1001:
      return { is: 'device', event: deviceEventOf(detail) };
    case 0x1803:
      return hostActionOf(detail, payload);
    default:
      return { is: 'other' };
  }
};

const technologyOf = ([first = 0]: Uint8Array): Technology =>
  (technologies as Record<number, Technology>)[first] ?? 'none';

const cardEvents: Readonly<Record<number, CardEvent>> = {
  0x01: 'swiped',
  0x02: 'inserted',
  0x03: 'removed',
  0x04: 'detected',
  0x05: 'several',
};

const progressOf = (detail: Uint8Array, payload: Uint8Array | undefined): Notice => {
  const [, reason, what = 0] = detail;
  const event = cardEvents[what];
  if (reason === 0x01 && event !== undefined) return { is: 'card event', event };
  const of = what === 0x02 ? 'request' : what === 0x03 ? 'batch' : undefined;
  if (reason !== 0x08 || of === undefined || payload === undefined) return { is: 'other' };
  const read = readObjects(withoutId(payload, 0x0101));
  const bytes = read.ok ? read.objects.find(({ tag }) => tag === '84')?.value : undefined;
  // What cannot be taken apart is handed on all the same: a card was read, and it has to be said so.
  return { is: 'data', of, technology: technologyOf(detail), bytes: bytes ?? new Uint8Array() };
};

/** Third byte of 0105 after a kernel's outcome (second byte 02). */
const kernelOutcomes: Readonly<Record<number, Outcome>> = {
  0x01: 'another interface',
  0x02: 'approved by the card',
  0x03: 'declined by the card',
  0x05: 'not accepted',
  0x06: 'approved',
  0x07: 'deferred',
  0x09: 'not accepted',
  0x0a: 'cancelled by the customer',
  0x0b: 'not accepted',
  0x0c: 'again',
  0x0d: 'again',
  0x80: 'declined',
};

/** Third byte of 0105 after a transaction was broken off (second byte 03). */
const endings: Readonly<Record<number, Outcome>> = {
  0x01: 'cancelled by the host',
  0x02: 'cancelled by the customer',
  0x05: 'read error',
};

const outcomeOf = (detail: Uint8Array): Outcome => {
  const [technology, reason, what = 0, extra] = detail;
  switch (reason) {
    case 0x01:
      return 'timed out';
    case 0x02:
      // Of a chip that failed, the fourth byte says that its stripe may do: 02 technical, 03 no application.
      if (technology === 0x10 && (extra === 0x02 || extra === 0x03)) return 'fallback';
      return kernelOutcomes[what] ?? 'failed';
    case 0x03:
      return endings[what] ?? 'failed';
    case 0x04:
      return what === 0x07 ? 'declined' : 'failed';
    default:
      return 'failed';
  }
};

const deviceEventOf = ([category, reason, what]: Uint8Array): DeviceEvent => {
  if (category !== 0x00) return 'other';
  if (reason === 0x00 || reason === 0x03) return 'reset';
  if (reason === 0x01) return 'reset soon';
  if (reason !== 0x02) return 'other';
  return what === 0x01 ? 'power down' : what === 0x00 ? 'battery low' : 'other';
};

// Display (02): a message to show, or a choice to make.
const hostActionOf = (detail: Uint8Array, payload: Uint8Array | undefined): Notice => {
  const [module, reason] = detail;
  if (module !== 0x02) return { is: 'other' };
  if (reason === 0x02) return { is: 'selection' };
  if (reason !== 0x01 || payload === undefined) return { is: 'other' };
  const read = readObjects(withoutId(payload, 0x1803));
  const text = read.ok ? findObject(read.objects, '83')?.value : undefined;
  const prompt = text === undefined ? undefined : promptIn(textOf(text));
  return prompt === undefined ? { is: 'other' } : { is: 'prompt', prompt };
};
