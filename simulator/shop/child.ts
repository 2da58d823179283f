/**
 * A child process of a test: its output is kept, its end is a promise, and it never outlives the test run.
 * It leads a process group, so that a signal also reaches what it started itself. A door to
 * node:child_process.
 */
import { spawn, type ChildProcess } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildStart {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Gets every chunk as it comes, whole, also what `output` has forgotten. */
  readonly hear?: (stream: 'stdout' | 'stderr', bytes: Uint8Array) => void;
}

export interface Child {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Both streams in the order they were heard; of a talkative child, the last part. */
  output(): string;
  /** Resolves once the output holds `text`; fails when the child ends before, or at the deadline. */
  says(text: string, withinMs: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

const outputCharactersMax = 8 * 1024 * 1024;
const alive = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of alive) signalGroup(child, 'SIGKILL');
});

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined || !alive.has(child)) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended in the meantime.
  }
};

/** Starts a child; a command that cannot be started ends with code `null` and says why in its output. */
export const startChild = ({ command, args, env, hear }: ChildStart): Child => {
  const child = spawn(command, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
  });
  alive.add(child);
  let output = '';
  const waiting = new Set<() => void>();
  const note = (text: string) => {
    output = (output + text).slice(-outputCharactersMax);
    for (const look of waiting) look();
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (bytes: Buffer) => {
      hear?.(stream, bytes);
      note(bytes.toString('utf8'));
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => {
      note(`${command} did not start: ${error.message}\n`);
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  void ended.then(() => alive.delete(child));
  return {
    pid: child.pid ?? -1,
    ended,
    output: () => output,
    says: (text, withinMs) =>
      within(
        withinMs,
        `${command} did not say "${text}"`,
        () => output,
        (resolve, reject) => {
          const look = () => {
            if (output.includes(text)) resolve();
          };
          waiting.add(look);
          void ended.then(() => reject(`${command} ended before it said "${text}"`));
          look();
          return () => waiting.delete(look);
        },
      ),
    kill: (signal) => signalGroup(child, signal),
  };
};

const within = (
  ms: number,
  complaint: string,
  evidence: () => string,
  start: (resolve: () => void, reject: (why: string) => void) => () => void,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (why: string) => finish(() => reject(new Error(`${why}.\n${evidence()}`)));
    const timer = setTimeout(() => fail(`${complaint} within ${ms} ms`), ms);
    let leave = (): void => undefined;
    const finish = (how: () => void) => {
      clearTimeout(timer);
      leave();
      how();
    };
    leave = start(() => finish(resolve), fail);
  });
