/**
 * Codes: what a NEO reader says in numbers. Tables of the NEO 2 guide 80139403-002, and where they are from
 * elsewhere, the name of that document.
 */
import type { BadRead, ReaderPrompt } from '../../reader.ts';

/** Status of an answer (p. 28; 63 the first answer of a long operation, which its result follows). */
export const statuses: Readonly<Record<number, string>> = {
  0x00: 'OK',
  0x01: 'incorrect header tag',
  0x02: 'unknown command',
  0x03: 'unknown sub-command',
  0x04: 'CRC error in frame',
  0x05: 'incorrect parameter',
  0x06: 'parameter not supported',
  0x07: 'malformed data',
  0x08: 'timeout',
  0x0a: 'failed',
  0x0b: 'command not allowed',
  0x0c: 'sub-command not allowed',
  0x0d: 'buffer overflow',
  0x0e: 'user interface event',
  0x23: 'request online authorization',
  0x63: 'request has begun; its result follows',
};

export const status = {
  ok: 0x00,
  badCrc: 0x04,
  timeout: 0x08,
  failed: 0x0a,
  userInterfaceEvent: 0x0e,
  askHost: 0x23,
  begun: 0x63,
} as const;

/** How a step of a contact transaction ended. */
export type Step =
  | 'started'
  | 'asks host'
  | 'approved'
  | 'declined'
  | 'approved offline'
  | 'declined offline'
  | 'use stripe'
  | 'not accepted'
  | 'several cards'
  | 'timed out'
  | 'cancelled'
  | 'card removed'
  | 'failed';

/** Tag DFEE25 (p. 185; TLV tag reference guide 80000503-001, appendix on DFEE25; SDK EMV_RESULT_CODE). */
export const steps: Readonly<Record<number, Step>> = {
  0x0000: 'approved offline',
  0x0001: 'declined offline',
  0x0002: 'approved',
  0x0003: 'declined',
  0x0004: 'asks host',
  0x0005: 'declined',
  0x0006: 'not accepted',
  0x0007: 'use stripe',
  0x0008: 'timed out',
  0x0010: 'started',
  0x0011: 'use stripe',
  0x0012: 'cancelled',
  0x007a: 'several cards',
  0x007d: 'not accepted',
  0x007e: 'not accepted',
  0x3004: 'use stripe',
  0x3005: 'card removed',
  0x3006: 'timed out',
};

/** Why a card in front of the reader gave nothing (tag FFEE1F, first byte; table 8, p. 31). */
export const cardErrors: Readonly<Record<number, BadRead>> = {
  0x02: 'chip_unreadable',
  0x21: 'several_cards',
  0x22: 'not_accepted',
  0x25: 'not_accepted',
  0x26: 'not_accepted',
  0x27: 'not_accepted',
  0x30: 'card_removed',
};

/** Messages of contact transactions, by the numbers of EMV 4.3 book 4, 11.2, and of book A, 9.4. */
export const messages: Readonly<Record<number, ReaderPrompt>> = {
  0x09: 'enter_pin',
  0x0b: 'insert_card',
  0x0e: 'processing',
  0x10: 'remove_card',
  0x11: 'use_chip',
  0x12: 'use_stripe',
  0x13: 'try_again',
  0x15: 'present_card',
  0x16: 'processing',
  0x17: 'remove_card',
  0x19: 'one_card_only',
  0x1b: 'processing',
  0x20: 'see_phone',
  0x21: 'present_card',
};
