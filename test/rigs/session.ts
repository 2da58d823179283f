/** A broker session with a memory, for tests: what it heard, and what became of what was asked of it. */
import type { BrokerEvent, BrokerSession, Dial, DialSettings } from '../../agent/portal/broker.ts';
import { until, untilMs } from '../../simulator/shop/until.ts';

export interface Heard {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly text: string;
  readonly retained: boolean;
}

export interface Publishing {
  readonly qos?: 0 | 1;
  readonly retained?: boolean;
}

type Fault = string | undefined;
type Closed = Extract<BrokerEvent, { readonly is: 'closed' }>;

/** Everything heard is in `events`, in order. What is asked resolves to the fault, or `undefined`. */
export class RememberedSession {
  readonly events: BrokerEvent[] = [];
  readonly session: BrokerSession;

  constructor(dial: Dial, settings: DialSettings) {
    this.session = dial(settings, (event) => {
      this.events.push(event);
    });
  }

  get heard(): Heard[] {
    return this.events.flatMap((event) =>
      event.is === 'heard' ? [{ ...event, text: Buffer.from(event.payload).toString() }] : [],
    );
  }

  /** The protocol version it is connected with; fails when it closed instead. */
  async connected(withinMs: number = untilMs): Promise<4 | 5> {
    await this.has('connected', withinMs);
    const first = this.events[0];
    if (first?.is !== 'connected') throw new Error(`Not connected: ${JSON.stringify(first)}.`);
    return first.protocolVersion;
  }

  async closed(withinMs: number = untilMs): Promise<Closed> {
    await this.has('closed', withinMs);
    const last = this.events.find((event): event is Closed => event.is === 'closed');
    if (last === undefined) throw new Error('The session is still open.');
    return last;
  }

  async hears(text: string, withinMs: number = untilMs): Promise<Heard> {
    const find = () => this.heard.find((heard) => heard.text === text);
    await until(`"${text}" was heard`, () => find() !== undefined, withinMs);
    const found = find();
    if (found === undefined) throw new Error(`"${text}" was heard and is gone.`);
    return found;
  }

  subscribe(...topics: readonly string[]): Promise<Fault> {
    return new Promise((resolve) => this.session.subscribe(topics, resolve));
  }

  publish(topic: string, payload: string, how: Publishing = {}): Promise<Fault> {
    const { qos = 1, retained = false } = how;
    return new Promise((resolve) => {
      this.session.publish({ topic, payload, qos, retained }, resolve);
    });
  }

  async closeGracefully(): Promise<void> {
    this.session.close('gracefully');
    await this.closed();
  }

  // A closed session never says "connected" again, so waiting for that ends at either.
  private has(is: 'connected' | 'closed', withinMs: number): Promise<void> {
    const enough = ({ is: was }: BrokerEvent) => was === is || was === 'closed';
    return until(`the session is ${is}`, () => this.events.some(enough), withinMs);
  }
}

/** The sessions of one test; `close` ends all that are open. */
export class Sessions {
  readonly #dial: () => Dial;
  readonly #open: RememberedSession[] = [];

  constructor(dial: () => Dial) {
    this.#dial = dial;
  }

  dialled(settings: DialSettings): RememberedSession {
    const session = new RememberedSession(this.#dial(), settings);
    this.#open.push(session);
    return session;
  }

  async connected(settings: DialSettings): Promise<RememberedSession> {
    const session = this.dialled(settings);
    await session.connected();
    return session;
  }

  close(): void {
    for (const { session } of this.#open.splice(0)) session.close('at once');
  }
}
