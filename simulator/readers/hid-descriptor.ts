/** The report descriptor of a reader that has bytes in its reports and no fields (HID 1.11, 6.2.2). */

/** Its reports: bytes behind the number, and the numbers, where they have any. */
export interface PlainReports {
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly reportIds?: readonly number[];
}

/** A collection of the maker's own (page FF00, usage 1), with these reports. */
export const plainDescriptor = ({
  inputBytes,
  outputBytes,
  reportIds,
}: PlainReports): Uint8Array => {
  const numbers = reportIds?.map((id) => [0x85, id]) ?? [[]];
  const reports = numbers.flatMap((number) => [
    ...number,
    ...field(0x02, inputBytes, 0x81),
    ...field(0x03, outputBytes, 0x91),
  ]);
  const begin = [0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01];
  // Values from 0 to 255, of 8 bits.
  const bytes = [0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08];
  return Uint8Array.from([...begin, ...bytes, ...reports, 0xc0]);
};

// Usage, count of bytes, and what kind of report they are in.
const field = (usage: number, byteCount: number, kind: number): number[] =>
  byteCount === 0 ? [] : [0x09, usage, 0x96, byteCount & 0xff, byteCount >> 8, kind, 0x02];
