/** What signing in is limited to: numbers and times, each with its unit. */
export const signInLimits = {
  /** Failures of one name in a row until it is locked. */
  failuresUntilLocked: 5,
  /** Milliseconds of the first lock; each that follows is twice as long, up to the longest. */
  firstLockMs: 15 * 60_000,
  longestLockMs: 86_400_000,
  /** Milliseconds after which a name's failures are forgotten. */
  forgottenAfterMs: 86_400_000,
  /** Failures of all names together within the window. */
  failuresOfAll: 30,
  windowMs: 15 * 60_000,
  /** Sign-ins that may wait while another's password is hashed. */
  waiting: 8,
  /** Sessions at a time; of one user, where a new one ends the oldest. */
  sessions: 64,
  sessionsOfOneUser: 8,
  /** Milliseconds in which what anybody could repeat at will is told to the portal once. */
  auditOncePerMs: 60_000,
  /** Of those that are told once, how many are kept apart. */
  auditKinds: 256,
} as const;
