/**
 * The real agent as a process of its own: the built command, started, asked over HTTP, ended politely or with
 * SIGKILL, and started again on the same data.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild, type Child, type Ended } from './child.ts';
import { LocalClient } from './local-client.ts';
import { until } from './until.ts';

export interface AgentStart {
  /** The data directory; `config.json` is written beside it as `DATA.json`. */
  readonly data: string;
  /** The configuration, as it goes into the file. */
  readonly config: unknown;
  /** Where that configuration lets the local API listen. */
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What runs as the agent; the built one unless given. */
  readonly entry?: string;
  /** A command and its arguments before node, like `faketime -f +1d` or `strace -f`. */
  readonly under?: readonly string[];
  /** Gets everything it prints and answers. */
  readonly recorder?: Listener;
}

/** Whoever listens to a process: `where` says which stream or call. */
export interface Listener {
  note(where: string, content: string | Uint8Array): void;
}

export const agentLimits = { healthyMs: 20_000, stopMs: 15_000 } as const;

/** The agent ended before it answered anybody; `end` is how. */
export class EndedEarly extends Error {
  readonly end: Ended;

  constructor(end: Ended, output: string) {
    super(`The agent ended: ${JSON.stringify(end)}\n${output}`);
    this.end = end;
  }
}

// Built code lies beside this file's own build; sources (under test) find it in dist.
export const builtCommand = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../dist/agent/cli/main.js' : '../../agent/cli/main.js',
    import.meta.url,
  ),
);

/** Starts an agent and waits until it answers. */
export const startAgent = async (start: AgentStart): Promise<AgentProcess> => {
  const agent = new AgentProcess(start);
  await agent.start();
  return agent;
};

export class AgentProcess {
  readonly url: string;
  readonly client: LocalClient;
  readonly #start: AgentStart;
  #child: Child | undefined;
  #ended: Promise<Ended> = Promise.resolve({ code: null, signal: null });

  constructor(start: AgentStart) {
    const { recorder } = start;
    this.#start = start;
    this.url = `http://127.0.0.1:${start.port}`;
    this.client = new LocalClient({
      url: this.url,
      key: () => this.localKey(),
      ...(recorder && { hear: (where: string, body: string) => recorder.note(where, body) }),
    });
  }

  /**
   * Starts it, when it does not run, and waits until `/v1/health` answers; whatever it answers. `env` is for
   * this run alone.
   */
  async start(env: AgentStart['env'] = {}): Promise<void> {
    if (this.#child !== undefined) throw new Error('This agent runs already; stop it first.');
    const { data, config, entry = builtCommand, under = [], recorder } = this.#start;
    const file = `${data}.json`;
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    const run = [entry, 'run', '--config', file, '--data', data];
    const [command = process.execPath, ...args] = [...under, process.execPath, ...run];
    const hear = (stream: string, bytes: Uint8Array) => recorder?.note(`agent ${stream}`, bytes);
    const child = startChild({ command, args, env: { ...this.#start.env, ...env }, hear });
    this.#child = child;
    this.#ended = child.ended;
    let end: Ended | undefined;
    void child.ended.then((how) => {
      end = how;
      if (this.#child === child) this.#child = undefined;
    });
    const answers = () => end !== undefined || this.#answers();
    try {
      await until('the agent answers /v1/health', answers, agentLimits.healthyMs);
    } catch (error) {
      child.kill('SIGKILL');
      throw new Error(`${String(error)}\n${child.output()}`, { cause: error });
    }
    if (end !== undefined) throw new EndedEarly(end, child.output());
  }

  /** The key for the local API, once the agent has written it. */
  localKey(): string | undefined {
    try {
      return readFileSync(join(this.#start.data, 'identity', 'local.key'), 'utf8').trim();
    } catch {
      return undefined;
    }
  }

  isRunning(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number {
    return this.#running().pid;
  }

  /** How the run under way will have ended, or the last one did. */
  get ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Both streams of the run under way. */
  output(): string {
    return this.#running().output();
  }

  /** Ends it without warning, as a power cut does to a process. */
  async kill9(): Promise<void> {
    const child = this.#running();
    child.kill('SIGKILL');
    await child.ended;
  }

  /** Asks it to end; fails unless it does so in time and with exit code 0. */
  async stop(): Promise<void> {
    const child = this.#running();
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), agentLimits.stopMs);
    const { code, signal } = await child.ended;
    clearTimeout(late);
    if (code === 0) return;
    throw new Error(`The agent ended with ${signal ?? code} instead of 0.\n${child.output()}`);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  #running(): Child {
    if (this.#child === undefined) throw new Error('This agent does not run.');
    return this.#child;
  }

  async #answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/v1/health`)).status < 600;
    } catch {
      return false;
    }
  }
}
