/**
 * Commands: what the host may ask for, how long an answer may take, and how a request is written.
 *
 * The tables are those of the programmer's manual. Firmware commands are written and read here; nobody sends
 * them yet.
 */
import { decimalsOf, type Amount } from '../../../contract/index.ts';
import { currencyValue } from '../../emv/currency.ts';
import { findObject, readObjects } from '../../emv/tlv.ts';
import { dataObject } from '../../emv/write.ts';
import { bytesOf } from '../../frames/latin1.ts';
import type { IssuerAnswer, Purchase } from '../../reader.ts';
import { withoutId, writeRequest } from './message.ts';
import { properties, type PropertyName } from './properties.ts';
import type { MmsSettings } from './settings.ts';

/** Every command this driver knows; a device answers each at once and goes on in notifications. */
export const commands = {
  start: { id: 0x1001, says: 'Start transaction (table 68)', withinMs: 3_000 },
  resume: {
    id: 0x1004,
    says: 'Resume transaction with the host’s answer (table 74)',
    withinMs: 3_000,
  },
  cancel: { id: 0x1008, says: 'Cancel transaction (table 78)', withinMs: 3_000 },
  select: { id: 0x1802, says: 'Report cardholder selection (table 118)', withinMs: 3_000 },
  display: { id: 0x1803, says: 'Display message (table 122)', withinMs: 3_000 },
  reset: { id: 0x1f01, says: 'Reset device (table 152)', withinMs: 3_000 },
  property: { id: 0xd101, says: 'Get property', withinMs: 2_000 },
  loadFirmware: { id: 0xd801, says: 'Load firmware file (table 197)', withinMs: 60_000 },
  commitFirmware: { id: 0xd901, says: 'Commit firmware from file (table 222)', withinMs: 60_000 },
} as const satisfies Record<string, CommandRow>;

interface CommandRow {
  readonly id: number;
  readonly says: string;
  readonly withinMs: number;
}

export type CommandName = keyof typeof commands;

/** Which part of a device a firmware image is for (table 197). */
export const images = { bootLoader: 0, application: 1, wireless: 2, bluetooth: 3 } as const;

/** A firmware image to load, or to commit once it is loaded; `sha256` is of the whole file. */
export interface FirmwareImage {
  readonly image: keyof typeof images;
  readonly sha256: Uint8Array;
}

/** A request, with what it takes. */
export type Request =
  | { readonly ask: 'start'; readonly purchase: Purchase }
  | { readonly ask: 'resume'; readonly answer: IssuerAnswer; readonly serial: Uint8Array }
  | { readonly ask: 'cancel' }
  | { readonly ask: 'select'; readonly item: number }
  | { readonly ask: 'display'; readonly text: number; readonly seconds: number }
  | { readonly ask: 'reset' }
  | { readonly ask: 'property'; readonly property: PropertyName }
  | { readonly ask: 'loadFirmware'; readonly firmware: FirmwareImage; readonly file: Uint8Array }
  | { readonly ask: 'commitFirmware'; readonly firmware: FirmwareImage };

/** Writes a request; `reference` comes back in its response. Throws for a currency no chip knows. */
export const write = (request: Request, reference: number, settings: MmsSettings): Uint8Array =>
  writeRequest(commands[request.ask].id, reference, ...parametersOf(request, settings));

const parametersOf = (request: Request, settings: MmsSettings): Uint8Array[] => {
  switch (request.ask) {
    case 'start':
      return startParameters(request.purchase, settings);
    case 'resume':
      return resumeParameters(request.answer, request.serial, settings);
    case 'cancel':
    case 'reset':
      return [];
    case 'select':
      return [byte('81', 0), byte('82', request.item)];
    case 'display':
      return [byte('81', request.seconds), byte('82', request.text)];
    case 'property':
      return [properties[request.property].request];
    case 'loadFirmware':
      return [
        byte('81', 0x03),
        imageOf(request.firmware),
        dataObject('86', request.firmware.sha256),
        dataObject('87', request.file),
      ];
    case 'commitFirmware':
      return [
        byte('81', 0x03),
        byte('82', 0x00),
        imageOf(request.firmware),
        dataObject('86', request.firmware.sha256),
      ];
  }
};

const byte = (tag: string, value: number): Uint8Array => dataObject(tag, Uint8Array.of(value));

const imageOf = ({ image }: FirmwareImage): Uint8Array =>
  dataObject('85', Uint8Array.of(0, images[image]));

const startParameters = ({ kind, amount }: Purchase, settings: MmsSettings): Uint8Array[] => [
  byte('82', settings.transactionSeconds),
  dataObject(
    'A3',
    byte('81', settings.stripe ? 1 : 0),
    byte('82', settings.contact ? 1 : 0),
    byte('83', settings.contactless ? 1 : 0),
  ),
  // Byte 2: bit 1 is the only format there is, bit 0 lets the card go before its issuer was asked.
  dataObject('84', Uint8Array.of(0x00, settings.quickChip ? 0x03 : 0x02)),
  dataObject(
    '86',
    byte('9C', kind === 'refund' ? 0x20 : 0x00),
    dataObject('9F02', decimals(amount.value)),
    dataObject('9F03', decimals(0)),
    ...currencyParameters(amount),
  ),
];

const currencyParameters = ({ currency }: Amount): Uint8Array[] => {
  const number = currencyValue(currency);
  if (number === undefined) throw new RangeError(`${currency} is no currency a chip knows.`);
  return [dataObject('5F2A', number), byte('5F36', decimalsOf(currency) ?? 2)];
};

/** Twelve digits, two a byte. */
const decimals = (value: number): Uint8Array => {
  const digits = String(value).padStart(12, '0');
  return Uint8Array.from({ length: 6 }, (_, at) => parseInt(digits.slice(2 * at, 2 * at + 2), 16));
};

// Table 26, within table 74. Tag 82 is in the manual's one example and in none of its tables.
const resumeParameters = (
  { result, responseCode, issuerData }: IssuerAnswer,
  serial: Uint8Array,
  { answerSeconds }: MmsSettings,
): Uint8Array[] => {
  // Z3: no issuer was reached, and the terminal declines (EMV 4.3 book 4, A6).
  const code = result === 'unable' ? 'Z3' : responseCode;
  const answer = dataObject('70', dataObject('8A', bytesOf(code)), ...forTheChip(issuerData));
  const arpc = dataObject('FF74', dataObject('DFDF25', serial), dataObject('FA', answer));
  return [byte('81', 0x00), byte('82', answerSeconds), dataObject('84', arpc)];
};

// What else an issuer may send along is not for the card, and malformed data is for nobody.
const forTheChip = (issuerData: Uint8Array | undefined): Uint8Array[] => {
  const read = readObjects(issuerData ?? new Uint8Array());
  if (!read.ok) return [];
  return ['91', '71', '72'].flatMap((wanted) =>
    read.objects
      .filter(({ tag, value }) => tag === wanted && value.length <= scriptBytesMax)
      .map(({ tag, value }) => dataObject(tag, value)),
  );
};

/** Of a script with its tag and length the device takes 128 bytes (table 26). */
const scriptBytesMax = 126;

/** Takes the payload of a firmware command apart, or `undefined` when it is none. */
export const readFirmware = (
  payload: Uint8Array,
): { readonly firmware: FirmwareImage; readonly fileBytes: number } | undefined => {
  const [high = 0, low = 0] = payload;
  const read = readObjects(withoutId(payload, (high << 8) | low));
  const objects = read.ok ? read.objects : [];
  const type = findObject(objects, '85')?.value[1];
  const sha256 = findObject(objects, '86')?.value;
  const image = (Object.keys(images) as (keyof typeof images)[]).find(
    (name) => images[name] === type,
  );
  if (image === undefined || sha256?.length !== 32) return undefined;
  return { firmware: { image, sha256 }, fileBytes: findObject(objects, '87')?.value.length ?? 0 };
};
