/**
 * Layout: where an input report has what. One row a field, by its HID usage on page 0xFF00.
 *
 * The manual asks to find fields by usage, because the layout may grow (99875475-10 pp. 4-7). Where the
 * system gives no descriptor, the length tells: 887 and 856 bytes of MagneSafe V5 (p. 9; the older one ends
 * before the encryption counter), 337 of SureSwipe (99875191 p. 15). The SureSwipe has the same usages for
 * its clear tracks that the V5 has for its encrypted ones.
 */
import type { ReportMap } from '../../hid/descriptor.ts';

/** The usage page of MagTek's readers, and the usage of the reader as a whole (p. 4). */
export const magtekPage = 0xff00;
export const magtekReader = 0x01;
/** The usage of the command message, in feature reports (p. 4). */
export const commandUsage = 0x20;

interface FieldRow {
  readonly usage: number;
  /** Offset and bytes in a report of 887 bytes (p. 9). */
  readonly v5: readonly [number, number];
  /** The same in a report of 337 bytes (99875191 p. 15). */
  readonly sureSwipe?: readonly [number, number];
}

const fieldRows = {
  track1Status: { usage: 0x20, v5: [0, 1], sureSwipe: [0, 1] },
  track2Status: { usage: 0x21, v5: [1, 1], sureSwipe: [1, 1] },
  track3Status: { usage: 0x22, v5: [2, 1], sureSwipe: [2, 1] },
  track1Length: { usage: 0x28, v5: [3, 1], sureSwipe: [3, 1] },
  track2Length: { usage: 0x29, v5: [4, 1], sureSwipe: [4, 1] },
  track3Length: { usage: 0x2a, v5: [5, 1], sureSwipe: [5, 1] },
  encodeType: { usage: 0x38, v5: [6, 1], sureSwipe: [6, 1] },
  track1: { usage: 0x30, v5: [7, 112], sureSwipe: [7, 110] },
  track2: { usage: 0x31, v5: [119, 112], sureSwipe: [117, 110] },
  track3: { usage: 0x32, v5: [231, 112], sureSwipe: [227, 110] },
  cardStatus: { usage: 0x39, v5: [343, 1] },
  magnePrintStatus: { usage: 0x23, v5: [344, 4] },
  magnePrintLength: { usage: 0x2b, v5: [348, 1] },
  magnePrint: { usage: 0x33, v5: [349, 128] },
  deviceSerial: { usage: 0x40, v5: [477, 16] },
  encryptionStatus: { usage: 0x42, v5: [493, 2] },
  ksn: { usage: 0x46, v5: [495, 10] },
  masked1Length: { usage: 0x47, v5: [505, 1] },
  masked2Length: { usage: 0x48, v5: [506, 1] },
  masked3Length: { usage: 0x49, v5: [507, 1] },
  masked1: { usage: 0x4a, v5: [508, 112] },
  masked2: { usage: 0x4b, v5: [620, 112] },
  masked3: { usage: 0x4c, v5: [732, 112] },
  encryptedSessionId: { usage: 0x50, v5: [844, 8] },
  track1Absolute: { usage: 0x51, v5: [852, 1] },
  track2Absolute: { usage: 0x52, v5: [853, 1] },
  track3Absolute: { usage: 0x53, v5: [854, 1] },
  magnePrintAbsolute: { usage: 0x54, v5: [855, 1] },
  encryptionCounter: { usage: 0x55, v5: [856, 3] },
  magneSafeVersion: { usage: 0x56, v5: [859, 8] },
  hashedTrack2: { usage: 0x57, v5: [867, 20] },
} as const satisfies Record<string, FieldRow>;

export type FieldName = keyof typeof fieldRows;

/** A field's place in a report, in bytes. */
export interface Place {
  readonly offset: number;
  readonly byteCount: number;
}

/** Where a report has its fields; one that it does not have is absent. */
export interface Layout {
  readonly form: 'v5' | 'sureswipe';
  readonly reportId: number;
  /** Bytes a report needs to have all of them; what follows is ignored. */
  readonly byteCount: number;
  readonly places: Readonly<Partial<Record<FieldName, Place>>>;
}

const fieldNames = Object.keys(fieldRows) as FieldName[];

/** Every report has these; without them it is not one of a swipe. */
const needed: readonly FieldName[] = [
  ...(['track1Status', 'track2Status', 'track3Status'] as const),
  ...(['track1Length', 'track2Length', 'track3Length'] as const),
  ...(['track1', 'track2', 'track3', 'encodeType'] as const),
];

/** What a V5 report has besides, and a SureSwipe has not. */
const neededOfV5: readonly FieldName[] = [
  ...(['encryptionStatus', 'ksn'] as const),
  ...(['masked1Length', 'masked2Length', 'masked3Length'] as const),
  ...(['masked1', 'masked2', 'masked3'] as const),
];

/** The layout a device's descriptor declares, or `undefined` when it declares no swipes. */
export const layoutIn = (map: ReportMap): Layout | undefined => {
  const inputs = map.fields.filter(({ kind, page }) => kind === 'input' && page === magtekPage);
  const reportId = inputs.find(({ usage }) => usage === fieldRows.track1Status.usage)?.reportId;
  if (reportId === undefined) return undefined;
  const places: Partial<Record<FieldName, Place>> = {};
  for (const name of fieldNames) {
    const field = inputs.find(
      (one) => one.reportId === reportId && one.usage === fieldRows[name].usage,
    );
    if (field === undefined || field.bitOffset % 8 !== 0 || field.bitCount % 8 !== 0) continue;
    places[name] = { offset: field.bitOffset / 8, byteCount: field.bitCount / 8 };
  }
  return layoutOf(places, reportId);
};

const layoutOf = (places: Layout['places'], reportId: number): Layout | undefined => {
  const has = (name: FieldName) => places[name] !== undefined;
  if (!needed.every(has)) return undefined;
  const form = neededOfV5.every(has) ? 'v5' : 'sureswipe';
  // Half a V5 report is none: its tracks would be taken for clear ones.
  if (form === 'sureswipe' && neededOfV5.some(has)) return undefined;
  const ends = Object.values(places).map(({ offset, byteCount }) => offset + byteCount);
  return { form, reportId, byteCount: Math.max(...ends), places };
};

const fixedLayout = (column: 'v5' | 'sureSwipe', byteCount: number): Layout => {
  const places: Partial<Record<FieldName, Place>> = {};
  for (const name of fieldNames) {
    const row: FieldRow = fieldRows[name];
    const [offset, count] = row[column] ?? [byteCount, 1];
    if (offset + count <= byteCount) places[name] = { offset, byteCount: count };
  }
  return { form: column === 'v5' ? 'v5' : 'sureswipe', reportId: 0, byteCount, places };
};

/** Bytes of the reports whose layout is known without a descriptor. */
export const knownReportBytes = { sureSwipe: 337, v5Older: 856, v5: 887 } as const;

const sureSwipeLayout = fixedLayout('sureSwipe', knownReportBytes.sureSwipe);
const v5OlderLayout = fixedLayout('v5', knownReportBytes.v5Older);
const v5Layout = fixedLayout('v5', knownReportBytes.v5);

/** The layout of a report by its length, or `undefined` when no reader of this kind sends such a one. */
export const layoutByLength = (byteCount: number): Layout | undefined => {
  if (byteCount === knownReportBytes.sureSwipe) return sureSwipeLayout;
  if (byteCount === knownReportBytes.v5Older) return v5OlderLayout;
  // What is longer has grown at its end.
  return byteCount >= knownReportBytes.v5 ? v5Layout : undefined;
};
