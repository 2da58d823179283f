/**
 * What runs inside the guest: tries every promise in turn on readers of its own, and tells each outcome as a
 * line of the console. With a path as its argument it is the stranger who tries to open that.
 */
import { emptyBench } from './inside/bench.ts';
import { outcomeMark, type Outcome } from './inside/outcome.ts';
import { promises } from './inside/promises.ts';
import { tellRefusal } from './inside/stranger.ts';

const tell = (outcome: Outcome) =>
  void process.stdout.write(`\n${outcomeMark}${JSON.stringify(outcome)}\n`);

const tryAll = async (): Promise<void> => {
  const bench = emptyBench();
  for (const [about, each] of Object.entries(promises)) {
    for (const [says, isKept] of Object.entries(each)) {
      const outcome = await isKept(bench)
        .finally(() => bench.putAway())
        .then(
          () => 'kept',
          (error: unknown) =>
            error instanceof Error ? (error.stack ?? error.message) : String(error),
        );
      if (outcome !== 'kept') process.exitCode = 1;
      tell({ promise: `${about} ${says}`, outcome });
    }
  }
};

const [path] = process.argv.slice(2);
await (path === undefined ? tryAll() : tellRefusal(path));
