/**
 * Flushes a sale, counted from outside: strace counts fsync and fdatasync of a process that opens a ledger,
 * sells, and closes it, checkpoints included.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureTools } from '../../simulator/tools.ts';
import { commandOf, roleDone, startRole } from './roles.ts';
import { rounded } from './rounds.ts';

const sales = 1_000;

export interface Flushes {
  readonly offline: number;
  readonly online: number;
}

/** Flushes of an offline and an online sale; without strace nothing but a word about it. */
export const measureFlushes = async (
  directory: string,
  brokerUrl: string,
): Promise<Flushes | null> => {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  try {
    ensureTools(['strace'], say);
    return await countedFlushes(directory, brokerUrl);
  } catch (error) {
    // All else is still worth knowing.
    say(`Flushes were not counted. ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
};

const countedFlushes = async (directory: string, brokerUrl: string): Promise<Flushes> => ({
  offline: await flushesOf(join(directory, 'flushes-offline'), []),
  online: await flushesOf(join(directory, 'flushes-online'), [brokerUrl]),
});

const flushesOf = async (path: string, words: readonly string[]): Promise<number> => {
  const report = `${path}.strace`;
  const watch = [
    'strace',
    '-f',
    '-c',
    '--seccomp-bpf',
    '-e',
    'trace=fsync,fdatasync',
    '-o',
    report,
  ];
  await roleDone(startRole(commandOf('seller', `${path}.sqlite`, String(sales), ...words), watch));
  return rounded(flushesIn(readFileSync(report, 'utf8')) / sales, 2);
};

// Columns: % time, seconds, µs a call, calls, errors (often left out), the name of the call.
const row = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(?:fsync|fdatasync)$/gm;

const flushesIn = (report: string): number =>
  [...report.matchAll(row)].reduce((sum, [, calls]) => sum + Number(calls), 0);
