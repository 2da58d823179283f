/**
 * The agent of the bench: the real program as a shop starts it, with readers on pseudo terminals and a
 * customer at each of them.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { nodeWorld } from '../../agent/node-world.ts';
import { agentLogOf, type AgentEvent } from '../../simulator/demo/agent-log.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import {
  simulateMagtekSerialLine,
  type SimulatedMagtek,
} from '../../simulator/readers/magtek-serial-line.ts';
import { plugReader, type PluggedReader } from '../../simulator/readers/plug.ts';
import { AgentProcess } from '../../simulator/shop/agent-process.ts';
import { placeIdentity, type PlacedIdentity } from '../../simulator/shop/identity.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { until } from '../../simulator/shop/until.ts';

export interface AgentPlan {
  /** Everything is written below it; the agent's data in `data`. */
  readonly directory: string;
  readonly identity: PlacedIdentity;
  readonly readers: number;
  readonly brokerUrl?: string;
  /** What stands between a reader and its cable; nothing unless given. */
  readonly before?: (send: Send) => Send;
}

type Send = (bytes: Uint8Array) => void;

const readyWithinMs = 60_000;
const answerWithinSeconds = 10;

// By its own name, so that the flags in its first line are in force: `$1` is the node it is given otherwise.
const byName = ['sh', '-c', 'shift; exec "$@"', 'holdfast'];

export class BenchAgent {
  readonly #readers: readonly PluggedReader<SimulatedMagtek>[];
  readonly #agent: AgentProcess;
  readonly #prompted = new Set<string>();

  static async set(plan: AgentPlan): Promise<BenchAgent> {
    const { directory, identity, readers, before = (send) => send } = plan;
    const data = join(directory, 'data');
    mkdirSync(data, { recursive: true, mode: 0o700 });
    placeIdentity(data, identity);
    const timers = nodeWorld(directory).clock;
    const plugged = [];
    for (let place = 0; place < readers; place += 1) {
      const link = join(directory, `reader-${place}`);
      const reader = (send: Send) => simulateMagtekSerialLine({ timers }, before(send));
      plugged.push(await plugReader({ link, reader }));
    }
    return new BenchAgent(plan, plugged, await freePort());
  }

  constructor(plan: AgentPlan, readers: readonly PluggedReader<SimulatedMagtek>[], port: number) {
    this.#readers = readers;
    this.#agent = new AgentProcess({
      ...{ port, under: byName, data: join(plan.directory, 'data') },
      config: settings(plan, port),
      recorder: agentLogOf((event) => this.#hear(event)),
    });
  }

  get pid(): number {
    return this.#agent.pid;
  }

  /** Starts it; gives the milliseconds until it would take a sale. */
  async start(): Promise<number> {
    const began = performance.now();
    await this.#agent.start();
    const healthy = async () => (await fetch(`${this.#agent.url}/v1/health`)).ok && this.#isWell();
    await until('the agent is ready to sell', healthy, readyWithinMs);
    return performance.now() - began;
  }

  /** Waits until the portal is reached and every reader is ready. */
  async online(): Promise<void> {
    const look = async () => {
      const { body } = await this.#agent.client.get('/v1/status');
      const { link, readers } = body as Status;
      return link.state === 'online' && readers.every(({ state }) => state === 'ready');
    };
    await until('the agent is online and its readers are ready', look, readyWithinMs);
  }

  /** Sells at all readers side by side; gives how many sales were approved. */
  async sell(count: number): Promise<number> {
    let left = count;
    let approved = 0;
    const lane = async (reader: PluggedReader<SimulatedMagtek>, place: number) => {
      while (left > 0) {
        left -= 1;
        if ((await this.#sellAt(reader, place)) === 'approved') approved += 1;
      }
    };
    await Promise.all(this.#readers.map(lane));
    return approved;
  }

  stop(): Promise<void> {
    return this.#agent.stop();
  }

  async unplug(): Promise<void> {
    for (const reader of this.#readers) await reader.stop();
  }

  async #isWell(): Promise<boolean> {
    const { body } = await this.#agent.client.get('/v1/health');
    return (body as { status: string }).status === 'ok';
  }

  async #sellAt(reader: PluggedReader<SimulatedMagtek>, place: number): Promise<string> {
    const begun = await this.#agent.client.sale(100, { more: { reader: readerId(place) } });
    const { transactionId } = begun.body as { transactionId?: string };
    if (transactionId === undefined) throw new Error(`A sale was refused: ${begun.text}`);
    await until('the reader asks for a card', () => this.#prompted.delete(transactionId));
    reader.swipe(testCards.visa);
    const answer = await fetch(`${this.#agent.url}/v1/transactions/${transactionId}`, {
      headers: {
        'x-api-key': this.#agent.localKey() ?? '',
        prefer: `wait=${answerWithinSeconds}`,
      },
    });
    return ((await answer.json()) as { outcome: string }).outcome;
  }

  #hear({ event, transactionId }: AgentEvent): void {
    if (event === 'payment.prompt' && transactionId !== undefined)
      this.#prompted.add(transactionId);
  }
}

interface Status {
  readonly link: { readonly state: string };
  readonly readers: readonly { readonly state: string }[];
}

const readerId = (place: number): string => `reader-${place}`;

const settings = ({ directory, readers, brokerUrl = '' }: AgentPlan, port: number) => ({
  api: { port },
  link: { brokerUrl, firstConnectWithinMs: 0, reconnectFromMs: 200 },
  readers: Array.from({ length: readers }, (_, place) => ({
    ...{ id: readerId(place), protocol: 'magtek-serial-line' },
    path: join(directory, `reader-${place}`),
  })),
});
