/** A broker that does as it is told: the link's side of every session it dialled, one call at a time. */
import type { Clock } from '../../agent/world.ts';
import type {
  BrokerEvent,
  BrokerSession,
  Dial,
  DialSettings,
  Publication,
} from '../../agent/portal/broker.ts';

export class ScriptedSession implements BrokerSession {
  readonly settings: DialSettings;
  readonly subscriptions: (readonly string[])[] = [];
  readonly published: Publication[] = [];
  pings = 0;
  /** How the session was closed, if it was. */
  closed: 'gracefully' | 'at once' | 'from outside' | undefined;
  readonly #broker: ScriptedBroker;
  readonly #hear: (event: BrokerEvent) => void;

  constructor(broker: ScriptedBroker, settings: DialSettings, hear: (event: BrokerEvent) => void) {
    this.#broker = broker;
    this.settings = settings;
    this.#hear = hear;
  }

  connect(): void {
    this.#hear({ is: 'connected', protocolVersion: 5 });
  }

  /** The connection breaks. */
  break(why = 'the network failed', code?: number): void {
    if (this.closed !== undefined) return;
    this.closed = 'from outside';
    this.#hear({ is: 'closed', why, ...(code === undefined ? {} : { code }) });
  }

  deliver(topic: string, payload: string | Uint8Array, retained = false): void {
    if (this.closed !== undefined) return;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    this.#hear({ is: 'heard', topic, payload: bytes, retained });
  }

  // Like a broker: the answer first, then what it retained, then the answer to the next request.
  subscribe(topics: readonly string[], done: (fault: string | undefined) => void): void {
    this.subscriptions.push(topics);
    const { clock, retained, refuses } = this.#broker;
    clock.after(1, () => {
      const refused = topics.find((topic) => refuses.has(topic));
      done(refused === undefined ? undefined : `${refused} was refused`);
      for (const topic of topics) {
        const kept = retained.get(topic);
        if (kept !== undefined) this.deliver(topic, kept, true);
      }
    });
  }

  publish(publication: Publication, done?: (fault: string | undefined) => void): void {
    if (this.closed !== undefined || this.#broker.deaf) {
      done?.('not connected');
      return;
    }
    this.published.push(publication);
    if (publication.retained) this.#broker.retained.set(publication.topic, publication.payload);
    this.#broker.clock.after(1, () => done?.(undefined));
  }

  ping(): void {
    this.pings += 1;
  }

  close(how: 'gracefully' | 'at once'): void {
    if (this.closed !== undefined) return;
    this.closed = how;
    const { will } = this.settings;
    if (how === 'at once' && will !== undefined) {
      this.#broker.retained.set(will.topic, will.payload);
    }
    this.#broker.clock.after(1, () => this.#hear({ is: 'closed', why: 'closed here' }));
  }

  /** What was published on one channel, parsed. */
  said(channel: string): unknown[] {
    return this.published
      .filter(({ topic }) => topic.endsWith(`/${channel}`))
      .map(({ payload }) => JSON.parse(payload) as unknown);
  }

  /** The channels published on, in order, below the device's prefix. */
  channels(): string[] {
    return this.published.map(({ topic }) => topic.split('/').slice(4).join('/'));
  }
}

export class ScriptedBroker {
  readonly clock: Clock;
  readonly sessions: ScriptedSession[] = [];
  readonly retained = new Map<string, string>();
  /** Topics nobody may subscribe to. */
  readonly refuses = new Set<string>();
  /** Whether nothing that is published leaves. */
  deaf = false;
  readonly #dialled: (settings: DialSettings) => void;

  constructor(clock: Clock, dialled: (settings: DialSettings) => void = () => undefined) {
    this.clock = clock;
    this.#dialled = dialled;
  }

  readonly dial: Dial = (settings, hear) => {
    this.#dialled(settings);
    const session = new ScriptedSession(this, settings, hear);
    this.sessions.push(session);
    return session;
  };

  last(): ScriptedSession {
    const last = this.sessions.at(-1);
    if (last === undefined) throw new Error('Nobody has dialled.');
    return last;
  }
}
