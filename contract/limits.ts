/** Limits of the link, each with its unit. */

/** Both sides hold to them. */
export const linkLimits = {
  /** Bytes of a `log/up` or `log/down` payload. */
  frameBytes: 65_536,
  /** Bytes of any other message. */
  messageBytes: 65_536,
  /** Frames sent and not yet acknowledged. */
  framesInFlight: 8,
  /** Entries in one frame. */
  entriesPerFrame: 256,
  /** Attempts a live request may name as still to be reversed. */
  reversalsNamed: 16,
  /** Objects and lists inside each other in one message. */
  nesting: 64,
  /** Bytes of one sealed attachment. */
  sealedBytes: 8_192,
} as const;
