/** The release that is running: its version, and the time before which no clock can be right. */
export const release = {
  version: '0.1.0',
  /** Milliseconds since 1970; a wall clock below this was never set. 2026-11-22. */
  builtAt: 1_795_305_600_000,
} as const;
