/** Reports: how much one holds, and how what is shorter is filled up. */

/** Sizes of a device's reports in bytes, the report id not counted. */
export interface ReportSizes {
  /** Whether its reports begin with a number. */
  readonly numbered: boolean;
  /** The largest input report; larger ones are discarded. */
  readonly inputBytesMax: number;
  /** Of an output report; 0 where there is none, or any length will do. */
  readonly outputBytes: number;
  /** Of a feature report; 0 where there is none. */
  readonly featureBytes: number;
}

/** A report of this size: zeros follow what it says. Throws when it says more. */
export const filledUp = (bytes: Uint8Array, reportBytes: number): Uint8Array => {
  if (reportBytes === 0) return bytes;
  if (bytes.length > reportBytes) {
    throw new RangeError(`A report of ${reportBytes} bytes does not hold ${bytes.length}.`);
  }
  const report = new Uint8Array(reportBytes);
  report.set(bytes);
  return report;
};
