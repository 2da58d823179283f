/**
 * `npm run fuzz -- [--frames N] [--only WORDS] [--seed S]`: any bytes at all, a million frames of them for
 * every protocol. Exit 1 when one does harm, with the line that repeats it.
 *
 * A thread that says nothing for long hangs: it is ended, and its round told of.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { ProtocolName } from '../../drivers/index.ts';
import { protocolsNamed } from './lane.ts';
import { progressOf, type Progress } from './progress.ts';
import type { Share, Told } from './share.ts';

const framesDefault = 1_000_000;
/** Frames of a round: a second at the most, so that what went wrong is soon seen again. */
const framesPerRound = 1_000;
/** A round that takes longer hangs. */
const roundWithinMs = 60_000;

/** The first round that went wrong. */
interface Fault {
  readonly seed: number;
  readonly why: string;
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      frames: { type: 'string', default: `${framesDefault}` },
      only: { type: 'string', default: '' },
      seed: { type: 'string', default: `${Math.floor(Math.random() * 0x7fffffff)}` },
    },
  });
  const [frames, seed] = [Number(values.frames), Number(values.seed)];
  const wanted = protocolsNamed(values.only);
  if (!Number.isInteger(frames) || frames < 1 || !Number.isInteger(seed) || wanted.length === 0) {
    process.stderr.write('Give whole numbers to --frames and --seed, a protocol to --only.\n');
    return 2;
  }
  process.stdout.write(`Seed ${seed}, ${frames} frames for each protocol.\n`);
  for (const protocol of wanted) {
    const progress = progressOf(protocol, frames, process.stdout);
    const fault = await played({ protocol, seed, frames }, progress);
    progress.end();
    if (fault !== undefined) return tellWrong(protocol, fault);
  }
  return 0;
};

interface Plan {
  readonly protocol: ProtocolName;
  readonly seed: number;
  readonly frames: number;
}

const played = async (plan: Plan, progress: Progress): Promise<Fault | undefined> => {
  const { protocol, seed, frames } = plan;
  const rounds = Math.ceil(frames / framesPerRound);
  const step = Math.min(availableParallelism(), rounds);
  const each = Math.min(frames, framesPerRound);
  const faults = await Promise.all(
    Array.from({ length: step }, (_, place) =>
      shared({ protocol, from: seed + place, step, end: seed + rounds, frames: each }, progress),
    ),
  );
  return faults.filter((fault) => fault !== undefined).sort((a, b) => a.seed - b.seed)[0];
};

const shared = (share: Share, progress: Progress): Promise<Fault | undefined> =>
  new Promise((resolve) => {
    const worker = new Worker(new URL('./share.js', import.meta.url), { workerData: share });
    let underWay = share.from;
    const end = (fault?: Fault): void => {
      clearTimeout(watch);
      void worker.terminate().then(() => resolve(fault));
    };
    const watch = setTimeout(
      () => end({ seed: underWay, why: `It hangs: ${roundWithinMs} ms without an end.` }),
      roundWithinMs,
    );
    worker.on('message', (told: Told) => {
      watch.refresh();
      if (told.is === 'wrong') return end(told);
      underWay = told.seed + share.step;
      progress.add(told);
    });
    worker.once('error', (error) => end({ seed: underWay, why: String(error) }));
    worker.once('exit', () => end());
  });

const tellWrong = (protocol: ProtocolName, { seed, why }: Fault): number => {
  process.stdout.write(`\nSeed ${seed} goes wrong:\n  ${why}\n`);
  const again = `--only ${protocol} --seed ${seed} --frames ${framesPerRound}`;
  process.stdout.write(`Repeat it with: npm run fuzz -- ${again}\n`);
  return 1;
};

process.exitCode = await main();
