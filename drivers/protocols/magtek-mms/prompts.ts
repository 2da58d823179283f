/** Prompts: what the texts of a device ask of a customer (manual, table 17). */
import type { ReaderPrompt } from '../../reader.ts';

/** By the text; APPROVED and DECLINED are not for a reader to say. */
const prompts: Readonly<Record<string, ReaderPrompt>> = {
  'INSERT CARD': 'insert_card',
  'PLEASE INSERT CARD': 'insert_card',
  'PRESENT CARD': 'present_card',
  'INSERT OR SWIPE CARD': 'present_card',
  'TAP OR SWIPE CARD': 'present_card',
  'TAP OR INSERT CARD': 'present_card',
  'TAP, INSERT OR SWIPE CARD': 'present_card',
  'TAP CARD': 'present_card',
  'PRESENT CARD AGAIN': 'try_again',
  'TRY AGAIN': 'try_again',
  'TRY ANOTHER INTERFACE': 'insert_card',
  'USE CHIP READER': 'use_chip',
  'USE MAGSTRIPE': 'use_stripe',
  'USE CHIP READER OR MAGSTRIPE': 'present_card',
  'PRESENT ONE CARD ONLY': 'one_card_only',
  'SEE PHONE': 'see_phone',
  'ENTER PIN': 'enter_pin',
  'PLEASE WAIT': 'processing',
  PROCESSING: 'processing',
  'AUTHORIZING PLEASE WAIT': 'processing',
  'REMOVE CARD': 'remove_card',
  'CARD READ OK - REMOVE CARD': 'remove_card',
  'ERROR REMOVE CARD': 'remove_card',
};

/** What a text asks for, or `undefined` when it asks for nothing. Lines end in 00 or a line feed. */
export const promptIn = (text: string): ReaderPrompt | undefined => {
  const lines = text.toUpperCase().replaceAll(/[\0\n]+/g, ' ');
  return prompts[lines.replaceAll(/, OR /g, ' OR ').trim()];
};
