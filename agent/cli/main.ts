#!/usr/bin/env -S MALLOC_ARENA_MAX=1 node --max-semi-space-size=1 --optimize-for-size --no-opt
/**
 * `holdfast`: the package's program. The door to the process: its words, its streams, its signals.
 *
 * The first line keeps the agent small on small devices, by a quarter (docs/performance.md): a young heap of
 * a megabyte, space before speed (a sale waits for the disk and the host, not for the compiler), and one pool
 * for malloc instead of one a thread.
 */
import { createInterface } from 'node:readline';
import { runProgram } from './program.ts';

// `holdfast transactions | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// On stderr: stdout is for what programs read. Ctrl-C and the end of the input are an answer, too.
const ask = (question: string): Promise<string> =>
  new Promise((resolve) => {
    const line = createInterface({ input: process.stdin, output: process.stderr });
    line.on('close', () => resolve(''));
    line.question(question, (answer) => {
      resolve(answer);
      line.close();
    });
  });

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  environment: process.env,
  ...(process.stdin.isTTY ? { ask } : {}),
  newKey: () => crypto.randomUUID(),
  onSignal: (signal, then) => {
    process.on(signal, then);
    return () => void process.off(signal, then);
  },
});
