/** Closing time: whatever ends the demo from outside. Who hears it closes the shop in order. */

const orphan = 'the end of the program that started it';
const lookEveryMs = 250;

/** Resolves with what was heard: a signal, or that nobody is there any more. */
export const closingTime = (): Promise<string> =>
  new Promise((resolve) => {
    // Every time, not once: npm passes a Ctrl-C on that came here by itself, and the second must not kill.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve(signal));
    }
    // A closed window or pipe takes no more lines.
    process.stdout.on('error', () => resolve('a closed output'));
    process.stderr.on('error', () => undefined);
    // `holdfast demo` keeps a channel to this program; it ends with the one who holds it.
    process.on('disconnect', () => resolve(orphan));
    process.channel?.unref();
    if (process.env['npm_lifecycle_event'] === 'demo') whenOrphaned(() => resolve(orphan));
  });

// npm ends at a hangup, or is killed, without a word to what it started.
const whenOrphaned = (then: () => void): void => {
  const parent = process.ppid;
  const look = () => {
    if (process.ppid !== parent) then();
  };
  setInterval(look, lookEveryMs).unref();
};
