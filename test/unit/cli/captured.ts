/** The program with a terminal that remembers: what it printed, where, and how it ended. */
import { runProgram } from '../../../agent/cli/program.ts';
import type { Till } from '../local-api/till.ts';

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** What was printed on stdout, as the one JSON document it has to be. */
  document(): Readonly<Record<string, unknown>>;
}

export interface Running {
  readonly ran: Promise<Ran>;
  /** Ctrl-C. */
  interrupt(): void;
  out(): string;
  err(): string;
}

let keys = 0;

/** Starts `holdfast WORDS…`. */
export const start = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): Running => {
  let out = '';
  let err = '';
  const interrupted = new Set<() => void>();
  const ran = runProgram(words, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    environment,
    newKey: () => `cli-${(keys += 1)}`,
    onSignal: (signal, then) => {
      if (signal === 'SIGINT') interrupted.add(then);
      return () => void interrupted.delete(then);
    },
  }).then((exit) => ({
    exit,
    out,
    err,
    document: () => JSON.parse(out) as Record<string, unknown>,
  }));
  return {
    ran,
    interrupt: () => {
      for (const then of interrupted) then();
    },
    out: () => out,
    err: () => err,
  };
};

/** Runs `holdfast WORDS…` to its end. */
export const run = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  start(words, environment).ran;

/** Runs `holdfast WORDS…` against the agent of a till. */
export const runAt = (till: Till, ...words: readonly string[]): Promise<Ran> =>
  run(words, { HOLDFAST_DATA: till.directory });
