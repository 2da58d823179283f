/**
 * The door to the system's clock, which Node can read and not set: `date` sets it, of coreutils or of
 * busybox. That takes the capability CAP_SYS_TIME.
 */
import { execFile } from 'node:child_process';

/** How long `date` may take, ms: the start of the agent waits for it. */
const withinMs = 2_000;

/** Sets the wall clock to a time, in whole seconds; `false` when the system refused. Never rejects. */
export const setSystemClock = (toMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const seconds = Math.ceil(toMs / 1_000);
    execFile('date', ['-u', '-s', `@${seconds}`], { timeout: withinMs }, (error) => {
      resolve(error === null);
    });
  });
