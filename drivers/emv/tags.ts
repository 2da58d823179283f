/**
 * Tags: every data element this agent has a name for, its form, and how its value is handled.
 *
 * Names and forms are those of EMV 4.3 book 3, annex A, and of the contactless specifications (books C-2 and
 * C-3). A value that has not the form of its tag is handled as if nobody knew the tag: who knows what it is.
 */
import { textOf } from '../frames/latin1.ts';
import type { Handling } from './handling.ts';

/**
 * Forms of EMV 4.3 book 3, 4.3: `n` digits two a byte, padded with zeros on the left; `cn` digits padded
 * with F on the right; `b` bits and bytes; `an`, `ans` text; `template` a container.
 */
export type TagForm = 'n' | 'cn' | 'b' | 'an' | 'ans' | 'template';

/** One row: what it is, its form, its length in bytes (least and most), how it is handled. */
export interface TagRow {
  readonly says: string;
  readonly form: TagForm;
  readonly bytes: readonly [number, number];
  readonly handling: Handling;
}

const row =
  (handling: Handling) =>
  (says: string, form: TagForm, least: number, most = least): TagRow => ({
    says,
    form,
    bytes: [least, most],
    handling,
  });
const open = row('open');
const quiet = row('quiet');
const sealed = row('sealed');
const dropped = row('dropped');

const applications: Readonly<Record<string, TagRow>> = {
  '4F': open('Application identifier on the card', 'b', 5, 16),
  '50': open('Application label', 'ans', 1, 16),
  '84': open('Dedicated file name', 'b', 5, 16),
  '87': open('Application priority indicator', 'b', 1),
  '9F06': open('Application identifier of the terminal', 'b', 5, 16),
  '9F08': open('Application version number of the card', 'b', 2),
  '9F09': open('Application version number of the terminal', 'b', 2),
  '9F11': open('Issuer code table index', 'n', 1),
  '9F12': open('Application preferred name', 'ans', 1, 16),
  '5F2D': open('Language preference', 'an', 2, 8),
  '82': open('Application interchange profile', 'b', 2),
  '9F07': open('Application usage control', 'b', 2),
  '8E': open('Cardholder verification method list', 'b', 10, 32),
  '8F': open('Certification authority public key index', 'b', 1),
  '94': open('Application file locator', 'b', 4, 64),
  '9F0D': open('Issuer action code, default', 'b', 5),
  '9F0E': open('Issuer action code, denial', 'b', 5),
  '9F0F': open('Issuer action code, online', 'b', 5),
};

const transactions: Readonly<Record<string, TagRow>> = {
  '5F2A': open('Transaction currency code', 'n', 2),
  '5F36': open('Transaction currency exponent', 'n', 1),
  '81': open('Amount, authorised, binary', 'b', 4),
  '8A': open('Authorisation response code', 'an', 2),
  '95': open('Terminal verification results', 'b', 5),
  '9A': open('Transaction date', 'n', 3),
  '9B': open('Transaction status information', 'b', 2),
  '9C': open('Transaction type', 'n', 1),
  '9F01': open('Acquirer identifier', 'n', 6),
  '9F02': open('Amount, authorised', 'n', 6),
  '9F03': open('Amount, other', 'n', 6),
  '9F04': open('Amount, other, binary', 'b', 4),
  '9F15': open('Merchant category code', 'n', 2),
  '9F16': open('Merchant identifier', 'ans', 15),
  '9F1A': open('Terminal country code', 'n', 2),
  '9F1B': open('Terminal floor limit', 'b', 4),
  '9F1C': open('Terminal identification', 'an', 8),
  '9F1D': open('Terminal risk management data', 'b', 1, 8),
  '9F1E': open('Serial number of the reader', 'an', 8),
  '9F21': open('Transaction time', 'n', 3),
  '9F33': open('Terminal capabilities', 'b', 3),
  '9F34': open('Cardholder verification method results', 'b', 3),
  '9F35': open('Terminal type', 'n', 1),
  '9F37': open('Unpredictable number', 'b', 4),
  '9F39': open('Point of service entry mode', 'n', 1),
  '9F40': open('Additional terminal capabilities', 'b', 5),
  '9F41': open('Transaction sequence counter', 'n', 2, 4),
  '9F4E': open('Merchant name and location', 'ans', 1, 99),
  '9F53': open('Transaction category code', 'b', 1),
  '9F66': open('Terminal transaction qualifiers', 'b', 4),
};

const cardData: Readonly<Record<string, TagRow>> = {
  '5F24': quiet('Application expiration date', 'n', 3),
  '5F25': quiet('Application effective date', 'n', 3),
  '5F28': quiet('Issuer country code', 'n', 2),
  '5F34': quiet('Application PAN sequence number', 'n', 1),
  '71': quiet('Issuer script template 1', 'template', 0, 127),
  '72': quiet('Issuer script template 2', 'template', 0, 127),
  '89': quiet('Authorisation code', 'an', 6),
  '91': quiet('Issuer authentication data', 'b', 8, 16),
  '9F10': quiet('Issuer application data', 'b', 1, 32),
  '9F13': quiet('Last online application transaction counter', 'b', 2),
  '9F17': quiet('PIN try counter', 'b', 1),
  '9F19': quiet('Token requestor identifier', 'n', 6),
  '9F24': quiet('Payment account reference', 'an', 29),
  '9F26': quiet('Application cryptogram', 'b', 8),
  '9F27': quiet('Cryptogram information data', 'b', 1),
  '9F36': quiet('Application transaction counter', 'b', 2),
  '9F45': quiet('Data authentication code', 'b', 2),
  '9F4C': quiet('Dynamic number of the card', 'b', 2, 8),
  '9F5B': quiet('Issuer script results', 'b', 5, 50),
  '9F6C': quiet('Card transaction qualifiers', 'b', 2),
  '9F6E': quiet('Form factor, or data of a third party', 'b', 4, 32),
};

const accountData: Readonly<Record<string, TagRow>> = {
  '56': sealed('Track 1 data', 'ans', 1, 76),
  '57': sealed('Track 2 equivalent data', 'b', 1, 19),
  '5A': sealed('Application primary account number', 'cn', 1, 10),
  '5F20': sealed('Cardholder name', 'ans', 2, 26),
  '5F30': sealed('Service code', 'n', 2),
  '5F50': sealed('Issuer address on the net', 'ans', 1, 127),
  '5F53': sealed('International bank account number', 'b', 1, 34),
  '9F0B': sealed('Cardholder name, extended', 'ans', 27, 45),
  '9F1F': sealed('Track 1 discretionary data', 'ans', 1, 54),
  '9F20': sealed('Track 2 discretionary data', 'cn', 1, 16),
  '9F5D': sealed('Available offline spending amount', 'n', 6),
  '9F61': sealed('Cardholder identification', 'an', 1, 40),
  '9F6B': sealed('Track 2 data', 'b', 1, 19),
  '9F7C': sealed('Customer exclusive data, or merchant custom data', 'b', 1, 32),
  '99': dropped('Transaction PIN data', 'b', 1, 127),
  DF71: dropped('PIN block format (MagTek)', 'b', 1),
  DFDF41: dropped('PIN key serial number (MagTek)', 'b', 1, 16),
};

const containers: Readonly<Record<string, TagRow>> = {
  '61': sealed('Application template', 'template', 0, 252),
  '6F': sealed('File control information template', 'template', 0, 252),
  '70': sealed('Record template', 'template', 0, 0xffff),
  '77': sealed('Response message template, format 2', 'template', 0, 0xffff),
  '80': sealed('Response message template, format 1', 'b', 0, 255),
  A5: sealed('File control information, proprietary', 'template', 0, 252),
  BF0C: sealed('File control information, of the issuer', 'template', 0, 222),
  '88': open('Short file identifier', 'b', 1),
  '9F38': open('Processing options data object list', 'b', 0, 252),
  '8C': open('Card risk management data object list 1', 'b', 0, 252),
  '8D': open('Card risk management data object list 2', 'b', 0, 252),
};

/** Every tag with its row. */
export const tags: Readonly<Record<string, TagRow>> = {
  ...applications,
  ...transactions,
  ...cardData,
  ...accountData,
  ...containers,
};

/** How a value is handled: as its row says, when it has the row's form; `sealed` when nobody knows. */
export const handlingOf = (tag: string, value: Uint8Array): Handling => {
  const known = tags[tag];
  if (known === undefined) return 'sealed';
  if (known.handling === 'dropped' || known.handling === 'sealed') return known.handling;
  return hasForm(known, value) ? known.handling : 'sealed';
};

/** Whether a value has the form and the length its tag asks for. */
export const hasForm = ({ form, bytes: [least, most] }: TagRow, value: Uint8Array): boolean => {
  if (value.length < least || value.length > most) return false;
  switch (form) {
    case 'n':
      return value.every((byte) => isDigit(byte >> 4) && isDigit(byte & 0x0f));
    case 'cn':
      return /^[0-9]*F*$/.test(digitsOf(value));
    case 'an':
    case 'ans':
      // A text that holds digits enough for a card number is none that its row speaks of.
      return (
        value.every((byte) => byte >= 0x20 && byte !== 0x7f) &&
        !/[0-9]{13}/.test(textOf(value).replaceAll(/[\s./_-]/g, ''))
      );
    case 'b':
    case 'template':
      return true;
  }
};

const isDigit = (nibble: number): boolean => nibble <= 9;

const digitsOf = (value: Uint8Array): string =>
  Array.from(value, (byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
