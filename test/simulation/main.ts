/**
 * `npm run simulate -- [--seeds N] [--seed S]`: plays the days of many seeds, or of one with its whole
 * story. Ends with how often each event was reached; exit 1 when a day ends wrong, with the seed that
 * repeats it.
 */
import { parseArgs } from 'node:util';
import { playDay } from './day.ts';

const seedsDefault = 50;
const storyLinesMax = 120;

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: { seeds: { type: 'string' }, seed: { type: 'string' } },
  });
  const first = Number(values.seed ?? 1);
  const count = values.seed === undefined ? Number(values.seeds ?? seedsDefault) : 1;
  if (!Number.isInteger(first) || !Number.isInteger(count) || count < 1) {
    process.stderr.write('Give whole numbers: --seeds N plays seeds 1 to N, --seed S plays one.\n');
    return 2;
  }
  const reached = new Map<string, number>();
  let sales = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const day = await playDay(seed);
    for (const [event, times] of day.reached) reached.set(event, (reached.get(event) ?? 0) + times);
    sales += day.sales;
    if (day.findings.length > 0) {
      process.stdout.write(
        `${day.story.slice(-storyLinesMax).join('\n')}\n\nSeed ${seed} ends wrong:\n`,
      );
      process.stdout.write(`${day.findings.map((finding) => `  ${finding}`).join('\n')}\n`);
      process.stdout.write(`Repeat it with: npm run simulate -- --seed ${seed}\n`);
      return 1;
    }
    if (values.seed !== undefined) process.stdout.write(`${day.story.join('\n')}\n`);
  }
  const lines = [...reached].sort(([a], [b]) => (a < b ? -1 : 1));
  process.stdout.write(
    lines.map(([event, times]) => `${String(times).padStart(8)}  ${event}\n`).join(''),
  );
  process.stdout.write(`${count} days, ${sales} sales: every invariant held.\n`);
  return 0;
};

process.exitCode = await main();
