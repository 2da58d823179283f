/**
 * Report descriptors: where a device puts what into its reports, in the device's own words.
 *
 * The items are those of "Device Class Definition for Human Interface Devices" 1.11, chapter 6.2.2. Only what
 * tells places and sizes is read; units and value ranges are not. A descriptor comes from a stranger, so its
 * size and what it may ask for have limits.
 */

export type ReportKind = 'input' | 'output' | 'feature';

/** What something is for, by the numbers of the USB HID usage tables. */
export interface HidUsage {
  readonly page: number;
  readonly usage: number;
}

/** A place in a report. The report id is not counted; 0 stands for a device without such numbers. */
export interface ReportField extends HidUsage {
  readonly kind: ReportKind;
  readonly reportId: number;
  readonly bitOffset: number;
  readonly bitCount: number;
}

/** What a descriptor says. */
export interface ReportMap {
  /** What the device as a whole is for: its top collections. */
  readonly uses: readonly HidUsage[];
  /** Whether its reports begin with a number. */
  readonly numbered: boolean;
  readonly fields: readonly ReportField[];
  /** Bytes of a report, the report id not counted; 0 when the device has none of that kind and number. */
  bytesOf(kind: ReportKind, reportId: number): number;
}

/** Limits of what is read. */
export const descriptorLimits = {
  /** As much as Linux takes (HID_MAX_DESCRIPTOR_SIZE). */
  descriptorBytes: 4_096,
  fields: 4_096,
  /** Of one report. */
  reportBytes: 16_384,
} as const;

export type DescriptorRead =
  { readonly ok: true; readonly map: ReportMap } | { readonly ok: false; readonly why: string };

/** Reads a descriptor, or says in a sentence what is wrong with it. */
export const readDescriptor = (bytes: Uint8Array): DescriptorRead => {
  if (bytes.length > descriptorLimits.descriptorBytes) return refused('it is too long');
  const reading: Reading = {
    global: { page: 0, bitsEach: 0, count: 0, reportId: 0 },
    saved: [],
    local: noLocals(),
    depth: 0,
    uses: [],
    fields: [],
    bits: new Map(),
  };
  for (let at = 0; at < bytes.length;) {
    const item = itemAt(bytes, at);
    if (item === undefined) return refused('its last item is cut short');
    const trouble = takeItem(reading, item);
    if (trouble !== undefined) return refused(trouble);
    at += item.byteCount;
  }
  return reading.depth === 0 ? { ok: true, map: mapOf(reading) } : refused('a collection is open');
};

const refused = (what: string) =>
  ({ ok: false, why: `The report descriptor cannot be read: ${what}.` }) as const;

const mapOf = ({ uses, fields, bits }: Reading): ReportMap => ({
  uses,
  fields,
  numbered: [...bits.keys()].some((key) => !key.endsWith(' 0')),
  bytesOf: (kind, reportId) => Math.ceil((bits.get(`${kind} ${reportId}`) ?? 0) / 8),
});

interface Item {
  readonly type: number;
  readonly tag: number;
  readonly value: number;
  readonly sizeBytes: number;
  readonly byteCount: number;
}

// Page 26: two bits of size, two of type, four of tag. A long item (page 27) says nothing known yet.
const itemAt = (bytes: Uint8Array, at: number): Item | undefined => {
  const prefix = bytes[at] ?? 0;
  const isLong = prefix === 0xfe;
  const sizeBytes = isLong ? (bytes[at + 1] ?? 0) : (prefix & 3) === 3 ? 4 : prefix & 3;
  const byteCount = (isLong ? 3 : 1) + sizeBytes;
  if (at + byteCount > bytes.length) return undefined;
  const data = isLong ? [] : Array.from(bytes.subarray(at + 1, at + byteCount));
  const value = data.reduceRight((sum, byte) => sum * 256 + byte, 0);
  return { type: (prefix >> 2) & 3, tag: isLong ? -1 : prefix >> 4, value, sizeBytes, byteCount };
};

interface Global {
  readonly page: number;
  readonly bitsEach: number;
  readonly count: number;
  readonly reportId: number;
}

interface Local {
  usages: HidUsage[];
  first: HidUsage | undefined;
}
const noLocals = (): Local => ({ usages: [], first: undefined });

interface Reading {
  global: Global;
  readonly saved: Global[];
  local: Local;
  depth: number;
  readonly uses: HidUsage[];
  readonly fields: ReportField[];
  /** Bits so far of each kind and number of report. */
  readonly bits: Map<string, number>;
}

const itemTypes = { main: 0, global: 1, local: 2 } as const;

// What is wrong, where something is.
const takeItem = (reading: Reading, item: Item): string | undefined => {
  switch (item.type) {
    case itemTypes.main:
      return takeMain(reading, item);
    case itemTypes.global:
      return takeGlobal(reading, item);
    case itemTypes.local:
      takeLocal(reading, item);
      return undefined;
    default:
      return undefined;
  }
};

const kinds: Readonly<Record<number, ReportKind>> = { 8: 'input', 9: 'output', 11: 'feature' };

const takeMain = (reading: Reading, { tag, value }: Item): string | undefined => {
  const { local } = reading;
  const kind = kinds[tag];
  reading.local = noLocals();
  if (kind !== undefined) return takeReport(reading, local, { kind, flags: value });
  if (tag === 10) {
    const [use] = local.usages;
    if (reading.depth === 0 && use !== undefined) reading.uses.push(use);
    reading.depth += 1;
  }
  if (tag === 12) reading.depth -= 1;
  return reading.depth < 0 ? 'a collection ends that did not begin' : undefined;
};

const takeReport = (
  { global, fields, bits }: Reading,
  { usages }: Local,
  { kind, flags }: { readonly kind: ReportKind; readonly flags: number },
): string | undefined => {
  const { bitsEach, count, reportId } = global;
  const key = `${kind} ${reportId}`;
  const start = bits.get(key) ?? 0;
  if (start + bitsEach * count > descriptorLimits.reportBytes * 8) return 'a report is too long';
  bits.set(key, start + bitsEach * count);
  // Constants fill gaps; the values of an array say which usage, not where.
  const isPlace = (flags & 0b01) === 0 && (flags & 0b10) !== 0;
  const named = isPlace ? usages.slice(0, count) : [];
  if (fields.length + named.length > descriptorLimits.fields) return 'it has too many fields';
  for (const [at, { page, usage }] of named.entries()) {
    // The last usage holds for all that is left (page 31): so one usage may name a field of many bytes.
    const spans = at === usages.length - 1 ? count - at : 1;
    const bitOffset = start + bitsEach * at;
    fields.push({ kind, reportId, page, usage, bitOffset, bitCount: bitsEach * spans });
  }
  return undefined;
};

const takeGlobal = (reading: Reading, { tag, value }: Item): string | undefined => {
  const { global, saved } = reading;
  switch (tag) {
    case 0:
      reading.global = { ...global, page: value };
      return undefined;
    case 7:
      reading.global = { ...global, bitsEach: value };
      return undefined;
    case 8:
      reading.global = { ...global, reportId: value };
      return value === 0 || value > 255 ? 'a report has no number it may have' : undefined;
    case 9:
      reading.global = { ...global, count: value };
      return undefined;
    case 10:
      saved.push(global);
      return undefined;
    case 11:
      reading.global = saved.pop() ?? global;
      return undefined;
    default:
      return undefined;
  }
};

const takeLocal = ({ global, local }: Reading, { tag, value, sizeBytes }: Item): void => {
  // Of four bytes the upper half is the page (page 40).
  const page = sizeBytes === 4 ? Math.floor(value / 0x1_0000) : global.page;
  const named = { page, usage: value % 0x1_0000 };
  if (tag === 0) local.usages.push(named);
  if (tag === 1) local.first = named;
  if (tag !== 2 || local.first === undefined) return;
  const { page: firstPage, usage: first } = local.first;
  const room = descriptorLimits.fields - local.usages.length;
  for (let at = 0; at < room && first + at <= named.usage; at += 1) {
    local.usages.push({ page: firstPage, usage: first + at });
  }
  local.first = undefined;
};
