#!/usr/bin/env node
/** `holdfast`: the package's program. The door to the process: its words, its streams, its signals. */
import { runProgram } from './program.ts';

// `holdfast transactions | head` closes the pipe early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  environment: process.env,
  newKey: () => crypto.randomUUID(),
  onSignal: (signal, then) => {
    process.on(signal, then);
    return () => void process.off(signal, then);
  },
});
