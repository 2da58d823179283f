/**
 * Handling: what may be done with the value of a tag once a reader has told it. The tag table names one of
 * these for every tag; a tag that is not in the table is `sealed`, since nobody knows what is in it.
 */

/** What each handling allows. Sealed data leaves only in the envelope that the portal alone can open. */
export const handlings = {
  /** Says nothing of one card: terminal data, amounts, names of applications. */
  open: { keep: true, log: true, send: true, seal: true },
  /** Belongs to one card or one cryptogram; of use to the portal and on a receipt, not in a log. */
  quiet: { keep: true, log: false, send: true, seal: true },
  /** A number, a track, a name, a service code, or what nobody knows. */
  sealed: { keep: false, log: false, send: false, seal: true },
  /** A PIN, and what would help to find one: nothing may hold it after the reader. */
  dropped: { keep: false, log: false, send: false, seal: false },
} as const satisfies Record<string, Record<'keep' | 'log' | 'send' | 'seal', boolean>>;

export type Handling = keyof typeof handlings;
