/**
 * Events of Linux's user space HID drivers, to bytes and from them (include/uapi/linux/uhid.h): a number of
 * four bytes, then a packed structure in the machine's byte order, which is little-endian wherever Node runs
 * on Linux.
 */

/** What a device is called, and where it says it hangs. */
export interface UhidIdentity {
  readonly vendorId: number;
  readonly productId: number;
  readonly name: string;
  /** Its serial number, where it has one. */
  readonly serialNumber?: string;
  /** Its place on a bus, as its maker's driver would name it. */
  readonly place?: string;
}

/** What a device tells the kernel. A report begins with its number only where reports are numbered. */
export type UhidTold =
  | { readonly is: 'create'; readonly identity: UhidIdentity; readonly descriptor: Uint8Array }
  | { readonly is: 'destroy' }
  | { readonly is: 'input'; readonly report: Uint8Array }
  /** What is read back: its number first, or 0. */
  | { readonly is: 'got'; readonly id: number; readonly report: Uint8Array }
  | { readonly is: 'refused'; readonly id: number }
  | { readonly is: 'set'; readonly id: number };

/** What the kernel asks of a device. A report begins with its number, or with 0. */
export type UhidHeard =
  | { readonly is: 'output'; readonly report: Uint8Array }
  | { readonly is: 'set'; readonly id: number; readonly report: Uint8Array }
  | { readonly is: 'get'; readonly id: number; readonly reportId: number };

/** Bytes of the largest event. */
export const uhidEventBytes = 4_380;

/** `enum uhid_event_type`. */
const types = {
  destroy: 1,
  output: 6,
  getReport: 9,
  getReportReply: 10,
  create2: 11,
  input2: 12,
  setReport: 13,
  setReportReply: 14,
} as const;

const usbBus = 0x03;
/** Any error; the kernel makes `EIO` of each. */
const refusal = 5;
/** `struct uhid_create2_req`: where its fields begin, counted from the type. */
const create = { name: 4, place: 132, serialNumber: 196, numbers: 260, descriptor: 280 } as const;
const textBytes = { name: 128, place: 64, serialNumber: 64 } as const;

/** The event as the kernel takes it. */
export const eventOf = (told: UhidTold): Uint8Array => {
  switch (told.is) {
    case 'create':
      return createOf(told.identity, told.descriptor);
    case 'destroy':
      return eventWith(types.destroy, []);
    case 'input':
      return eventWith(types.input2, [...u16(told.report.length), ...told.report]);
    case 'got': {
      const { id, report } = told;
      const reply = [...u32(id), ...u16(0), ...u16(report.length), ...report];
      return eventWith(types.getReportReply, reply);
    }
    case 'refused':
      return eventWith(types.getReportReply, [...u32(told.id), ...u16(refusal), ...u16(0)]);
    case 'set':
      return eventWith(types.setReportReply, [...u32(told.id), ...u16(0)]);
  }
};

/** What an event asks; `undefined` for what a reader need not know, such as who has it open. */
export const heardIn = (event: Uint8Array): UhidHeard | undefined => {
  const view = new DataView(event.buffer, event.byteOffset, event.byteLength);
  switch (view.getUint32(0, true)) {
    case types.output:
      return { is: 'output', report: event.slice(4, 4 + view.getUint16(4_100, true)) };
    case types.getReport:
      return { is: 'get', id: view.getUint32(4, true), reportId: view.getUint8(8) };
    case types.setReport: {
      const report = event.slice(12, 12 + view.getUint16(10, true));
      return { is: 'set', id: view.getUint32(4, true), report };
    }
    default:
      return undefined;
  }
};

const createOf = (identity: UhidIdentity, descriptor: Uint8Array): Uint8Array => {
  const event = new Uint8Array(create.descriptor + descriptor.length);
  event.set(u32(types.create2));
  const write = (field: keyof typeof textBytes, text: string) =>
    event.set(Buffer.from(text, 'utf8').subarray(0, textBytes[field] - 1), create[field]);
  write('name', identity.name);
  write('place', identity.place ?? '');
  write('serialNumber', identity.serialNumber ?? '');
  const { vendorId, productId } = identity;
  const version = 0;
  const country = 0;
  const numbers = [vendorId, productId, version, country].flatMap(u32);
  event.set([...u16(descriptor.length), ...u16(usbBus), ...numbers], create.numbers);
  event.set(descriptor, create.descriptor);
  return event;
};

const eventWith = (type: number, body: readonly number[]): Uint8Array =>
  Uint8Array.from([...u32(type), ...body]);
const u16 = (value: number): number[] => [value & 0xff, value >> 8];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
