/** What the local API allows a client: sizes, times and numbers, each with its unit. */
export const apiLimits = {
  bodyBytes: 65_536,
  headerBytes: 16_384,
  /** Connections at a time; one more is dropped. */
  connections: 256,
  /** Milliseconds the headers, and the whole request, may take to come in. */
  headersWithinMs: 2_000,
  requestWithinMs: 10_000,
  /** How often connections are looked through for the slow ones. */
  slownessCheckedEveryMs: 1_000,
  /** Milliseconds an idle connection is kept for the next request. */
  keepAliveMs: 5_000,
  /** Milliseconds nothing may move on a connection; longer than the longest wait. */
  silenceMs: 150_000,
  /** Seconds a client may wait for an outcome with `Prefer: wait`. */
  waitSeconds: 120,
  /** Seconds after which a client is told to try again. */
  retryAfterSeconds: 5,
  /** Transactions of a page, unless asked otherwise and at most. */
  pageUsual: 50,
  pageMost: 200,
  /** Records of the queue that are listed; all are counted. */
  queueRecords: 200,
  /** Milliseconds a reader may take to answer a test. */
  readerTestWithinMs: 10_000,
  /** Milliseconds a search for a baud rate may take; below `silenceMs`. */
  baudSearchWithinMs: 120_000,
} as const;
