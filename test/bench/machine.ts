/** The machine the bench runs on: what stands beside every figure, and the tools it has. */
import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Load over the last minute before the first figure was taken; below 1.5 the machine is quiet. */
  readonly load: number;
}

export const thisMachine = (): Machine => ({
  processor: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryMiB: Math.round(totalmem() / 1_048_576),
  kernel: release(),
  node: process.version,
  load: loadavg()[0] ?? NaN,
});

export const hasTool = (tool: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${tool} || test -x /usr/sbin/${tool}`]).status === 0;
