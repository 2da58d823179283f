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

const answering =
  (typed: string, hear: (question: string) => void) =>
  (question: string): Promise<string> => {
    hear(question);
    return Promise.resolve(typed);
  };

/** Starts `holdfast WORDS…`; `typed` is what somebody at the terminal answers, if anybody sits there. */
export const start = (
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  typed?: string,
): Running => {
  let out = '';
  let err = '';
  const interrupted = new Set<() => void>();
  const ran = runProgram(words, {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    environment,
    ...(typed === undefined ? {} : { ask: answering(typed, (question) => void (err += question)) }),
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
export const run = (
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  typed?: string,
): Promise<Ran> => start(words, environment, typed).ran;

/** Runs `holdfast WORDS…` against the agent of a till. */
export const runAt = (till: Till, ...words: readonly string[]): Promise<Ran> =>
  run(words, { HOLDFAST_DATA: till.directory });
