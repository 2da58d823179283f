/**
 * Models: what is known of a reader by its USB numbers alone. One row a model, each with its source.
 *
 * 99875475-10 is MagTek's MagneSafe V5 communication reference manual (November 2012), 99875191 its USB HID
 * SureSwipe manual; "WebHID" is the maker's own JavaScript (github.com/MagTek-PaulDeignan/WebHID_Public).
 */

/** What a reader takes. */
export const capabilities = ['stripe', 'insertion', 'chip', 'contactless', 'pin'] as const;
export type Capability = (typeof capabilities)[number];

/** A model, as it answers on USB. */
export interface ReaderModel {
  readonly maker: string;
  readonly model: string;
  readonly vendorId: number;
  readonly productId: number;
  /** The protocol of the catalogue that drives it, where there is one. */
  readonly protocol?: string;
  readonly takes: readonly Capability[];
  /** What a technician or a driver has to know. */
  readonly quirks: readonly string[];
  /** Why it cannot be opened as it is, and what to do. */
  readonly advice?: string;
  readonly source: string;
}

const magtek = { maker: 'MagTek', vendorId: 0x0801 } as const;
const idtech = { maker: 'ID TECH', vendorId: 0x0acd } as const;

const numbersItsReports = 'Its reports are numbered; commands go with report 1.';
const sendsExtended = 'It answers extended commands (0x49), and notifies in report 2.';
const speaksMms = 'It speaks MMS, in packets of 64 bytes without report numbers.';
const emvModels = 'WebHID, list of devices; 99875475-10 does not know it yet';

/** Every model known. */
export const readerModels: readonly ReaderModel[] = [
  {
    ...magtek,
    model: 'swipe reader with keyboard emulation',
    productId: 0x0001,
    takes: ['stripe'],
    quirks: ['It types what it reads; commands go in feature reports of 24 bytes.'],
    advice:
      'It types like a keyboard. With MagTek’s own tool, set property 0x10 (interface type) to 00 for HID ' +
      'and reset the reader; it then comes back as 0801:0011.',
    source: '99875475-10 pp. 3 and 38; 99875206',
  },
  {
    ...magtek,
    model: 'SureSwipe or Dynamag',
    productId: 0x0002,
    protocol: 'magtek-hid',
    takes: ['stripe'],
    quirks: [
      'It sends clear tracks in reports of 337 bytes, and takes commands of 24.',
      'A MagneSafe V5 reader with property 0x38 set answers as this one.',
    ],
    source: '99875191 pp. 13-15; 99875475-10 p. 57',
  },
  {
    ...magtek,
    model: 'swipe reader with short feature reports',
    productId: 0x0003,
    protocol: 'magtek-hid',
    takes: ['stripe'],
    quirks: [numbersItsReports, 'Its feature reports have 24 bytes.'],
    source: 'WebHID',
  },
  {
    ...magtek,
    model: 'MagneSafe V5 swipe reader (Dynamag, Mini)',
    productId: 0x0011,
    protocol: 'magtek-hid',
    takes: ['stripe'],
    quirks: ['It sends a report for every swipe, also for one it could not read.'],
    source: '99875475-10 p. 3',
  },
  {
    ...magtek,
    model: 'MagneSafe V5 insert reader',
    productId: 0x0013,
    protocol: 'magtek-hid',
    takes: ['stripe', 'insertion'],
    quirks: ['Bit 0 of the card status tells which way the card moved.', numbersItsReports],
    source: '99875475-10 pp. 3 and 12',
  },
  {
    ...magtek,
    model: 'MagneSafe V5 wireless reader on its cable',
    productId: 0x0014,
    protocol: 'magtek-hid',
    takes: ['stripe'],
    quirks: [numbersItsReports, 'It goes to sleep and leaves the bus.'],
    source: '99875475-10 p. 3',
  },
  {
    ...magtek,
    model: 'MagneSafe V5 reader (0019)',
    productId: 0x0019,
    protocol: 'magtek-hid',
    takes: ['stripe'],
    quirks: [numbersItsReports, 'Its maker lists it without a name.'],
    source: 'WebHID',
  },
  {
    ...magtek,
    model: 'mDynamo',
    productId: 0x001a,
    protocol: 'magtek-hid',
    takes: ['stripe', 'chip'],
    quirks: [numbersItsReports, sendsExtended],
    source: emvModels,
  },
  {
    ...magtek,
    model: 'tDynamo',
    productId: 0x001c,
    protocol: 'magtek-hid',
    takes: ['stripe', 'chip', 'contactless'],
    quirks: [numbersItsReports, sendsExtended],
    source: emvModels,
  },
  {
    ...magtek,
    model: 'eDynamo',
    productId: 0x001e,
    protocol: 'magtek-hid',
    takes: ['stripe', 'chip'],
    quirks: [numbersItsReports, sendsExtended],
    source: emvModels,
  },
  {
    ...magtek,
    model: 'iDynamo 6',
    productId: 0x001f,
    protocol: 'magtek-hid',
    takes: ['stripe', 'chip', 'contactless'],
    quirks: [numbersItsReports, sendsExtended],
    source: emvModels,
  },
  {
    ...magtek,
    model: 'iDynamo 5 (Gen III)',
    productId: 0x0020,
    protocol: 'magtek-hid',
    takes: ['stripe'],
    quirks: [numbersItsReports, sendsExtended],
    source: emvModels,
  },
  ...(
    [
      [0x2020, 'DynaFlex', ['stripe', 'chip', 'contactless']],
      [0x2023, 'DynaProx', ['contactless']],
      [0x2024, 'DynaFlex II Go', ['stripe', 'chip', 'contactless']],
    ] as const
  ).map(([productId, model, takes]) => ({
    ...magtek,
    model,
    productId,
    protocol: 'magtek-mms',
    takes,
    quirks: [speaksMms],
    source: 'WebHID, list of devices',
  })),
  {
    ...magtek,
    model: 'a reader in its boot loader',
    productId: 0x5357,
    takes: [],
    quirks: ['It is so between two parts of a firmware update.'],
    advice:
      'Its firmware update did not end. Unplug it, plug it in again, and if it comes back so, finish the ' +
      'update with MagTek’s own tool.',
    source: 'WebHID, list of devices',
  },
  {
    ...idtech,
    model: 'SecureMag or SecureHead',
    productId: 0x2010,
    protocol: 'idtech-msr',
    takes: ['stripe'],
    quirks: ['Its reports have a fixed size; what counts is the length they name.'],
    source: 'SecureMag user manual pp. 15 and 48; SecureHead user manual p. 24',
  },
  {
    ...idtech,
    model: 'SecureMag or SecureHead with another maker’s reports',
    productId: 0x2020,
    takes: ['stripe'],
    quirks: ['Its reports are laid out as another maker’s, which nothing here reads.'],
    advice:
      'It sends another maker’s reports. With ID TECH’s own tool set its interface to USB HID with the ' +
      'ID TECH structure, and plug it in again; it then comes back as 0acd:2010.',
    source: 'SecureHead user manual p. 24: “HID Other Structure”',
  },
  {
    ...idtech,
    model: 'SecureMag or SecureHead with keyboard emulation',
    productId: 0x2030,
    takes: ['stripe'],
    quirks: ['It types what it reads, and acknowledges commands with FD in place of 06.'],
    advice:
      'It types like a keyboard. With ID TECH’s own tool set its interface to USB HID, and plug it in again.',
    source: 'SecureMag user manual pp. 15 and 16',
  },
  ...(
    [
      [0x3820, 'Augusta'],
      [0x3920, 'Augusta S'],
    ] as const
  ).map(([productId, model]) => ({
    ...idtech,
    model,
    productId,
    protocol: 'idtech-msr',
    takes: ['stripe', 'chip'] as const,
    quirks: [
      'Only its stripes are read, not its chips.',
      'Its manual does not show its reports: see with a swipe that they are read.',
    ],
    source: 'Augusta user manual 80145503-001 p. 16',
  })),
  {
    ...idtech,
    model: 'VP3300',
    productId: 0x3530,
    protocol: 'vivotech2',
    takes: ['stripe', 'chip', 'contactless'],
    quirks: ['Reports of 64 bytes carry parts of a frame: 1 is whole, 2 first, 3 middle, 4 last.'],
    source: 'NEO 2 interface developer’s guide pp. 41 and 42',
  },
];

/** Makers by their USB number; for devices whose model is not listed. */
export const readerMakers: Readonly<Record<number, string>> = {
  0x0801: 'MagTek',
  0x0acd: 'ID TECH',
  0x072f: 'ACS',
  0x0b00: 'Ingenico',
  0x11ca: 'Verifone',
};

/** What is known of a device by its USB numbers, or `undefined`. */
export const modelOf = ({
  vendorId,
  productId,
}: Pick<ReaderModel, 'vendorId' | 'productId'>): ReaderModel | undefined =>
  readerModels.find((row) => row.vendorId === vendorId && row.productId === productId);
