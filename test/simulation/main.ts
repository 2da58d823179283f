/**
 * `npm run simulate -- [--seeds N] [--from S] [--seed S]`: plays the days of many seeds, or of one
 * with its whole story. Ends with how often everything was reached. Exit 1 when a day goes wrong (with the
 * seed that repeats it), or when many days never reached something that exists.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { neverReached, table } from './coverage.ts';
import { playDay } from './day.ts';
import type { Share, Shared } from './share.ts';

const seedsDefault = 50;
const storyLinesMost = 150;
/** Fewer days may honestly miss something rare. */
const seedsForAll = 1_000;

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: `${seedsDefault}` },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
    },
  });
  const [from, count] = [Number(values.seed ?? values.from), Number(values.seeds)];
  if (!Number.isInteger(from) || !Number.isInteger(count) || count < 1) {
    process.stderr.write('Give whole numbers: --seeds N plays N seeds, --seed S plays one.\n');
    return 2;
  }
  return values.seed === undefined ? playMany(from, count) : playOne(from);
};

const playOne = async (seed: number): Promise<number> => {
  const { story, findings } = await playDay(seed);
  process.stdout.write(`${story.join('\n')}\n`);
  if (findings.length > 0) tellWrong(seed, findings);
  return findings.length === 0 ? 0 : 1;
};

const playMany = async (from: number, count: number): Promise<number> => {
  const workers = Math.min(availableParallelism(), count);
  const shares = await Promise.all(
    Array.from({ length: workers }, (_, place) =>
      played({ from: from + place, step: workers, end: from + count }),
    ),
  );
  const [wrong, ...others] = shares.flatMap((share) => share.wrong).sort((a, b) => a.seed - b.seed);
  if (wrong !== undefined) {
    process.stdout.write(`${wrong.story.slice(-storyLinesMost).join('\n')}\n`);
    tellWrong(wrong.seed, wrong.findings);
    for (const { seed, findings } of others) process.stdout.write(`Seed ${seed}: ${findings[0]}\n`);
    return 1;
  }
  const reached = new Map<string, number>();
  for (const share of shares) {
    for (const [what, times] of share.reached) reached.set(what, (reached.get(what) ?? 0) + times);
  }
  const sales = shares.reduce((sum, share) => sum + share.sales, 0);
  process.stdout.write(table(reached));
  process.stdout.write(`${count} days, ${sales} sales: every invariant held after every step.\n`);
  const missed = count < seedsForAll ? [] : neverReached(reached);
  for (const what of missed) process.stdout.write(`Never reached: ${what}\n`);
  return missed.length === 0 ? 0 : 1;
};

const played = (share: Share): Promise<Shared> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(`./share.${extension}`, import.meta.url), {
      workerData: share,
    });
    worker.once('message', resolve);
    worker.once('error', reject);
  });

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

const tellWrong = (seed: number, findings: readonly string[]): void => {
  process.stdout.write(`\nSeed ${seed} goes wrong:\n`);
  process.stdout.write(`${findings.map((finding) => `  ${finding}`).join('\n')}\n`);
  process.stdout.write(`Repeat it with: npm run simulate -- --seed ${seed}\n`);
};

process.exitCode = await main();
