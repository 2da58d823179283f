/**
 * The uplink: the portal's own connection to the broker, dialled again whenever it ends.
 */
import type { BrokerSession, Dial, Publication, TlsFiles } from '../../agent/portal/broker.ts';
import type { World } from '../../agent/world.ts';
import type { Tell } from './events.ts';

/** What the portal listens to; `+/+` stands for every client and device, `+` for whoever registers. */
const subscriptions = [
  ...['presence', 'log/up', 'log/down/ack', 'live/req', 'reported'].map(
    (channel) => `hf/1/+/+/${channel}`,
  ),
  'hf/1/register/+/req',
];

const clientId = 'portal';
const keepaliveSeconds = 30;
const connectWithinMs = 10_000;
const retryMsFirst = 500;
const retryMsMost = 30_000;

export interface UplinkOptions {
  readonly world: World;
  readonly dial: Dial;
  readonly url: string;
  readonly tls?: TlsFiles;
  readonly tell: Tell;
  /** Called once the subscriptions stand. */
  readonly up: () => void;
  readonly heard: (topic: string, payload: Uint8Array, retained: boolean) => void;
}

export class Uplink {
  readonly #options: UplinkOptions;
  #session: BrokerSession | undefined;
  #retryMs = retryMsFirst;
  #stopped = false;

  constructor(options: UplinkOptions) {
    this.#options = options;
  }

  start(): void {
    const { dial, url, tls } = this.#options;
    const settings = { url, clientId, keepaliveSeconds, connectWithinMs };
    const session = dial({ ...settings, ...(tls === undefined ? {} : { tls }) }, (event) => {
      if (this.#stopped || session !== this.#session) return;
      switch (event.is) {
        case 'connected':
          this.#subscribe(session);
          return;
        case 'heard':
          this.#options.heard(event.topic, event.payload, event.retained);
          return;
        case 'closed':
          this.#again(event.why);
          return;
      }
    });
    this.#session = session;
  }

  /** Sends now or not at all: what was lost is asked for again by the logs. */
  publish(publication: Publication): void {
    this.#session?.publish(publication);
  }

  /** Drops the connection and dials anew, so that every retained presence is heard once more. */
  redial(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#again('dialling anew');
    session.close('at once');
  }

  stop(): void {
    this.#stopped = true;
    this.#session?.close('gracefully');
  }

  #subscribe(session: BrokerSession): void {
    session.subscribe(subscriptions, (fault) => {
      if (this.#stopped || session !== this.#session) return;
      if (fault !== undefined) {
        session.close('at once');
        return;
      }
      this.#retryMs = retryMsFirst;
      this.#options.tell({ is: 'link.up' });
      this.#options.up();
    });
  }

  #again(why: string): void {
    this.#session = undefined;
    const { clock, dice } = this.#options.world;
    const retryMs = Math.round(this.#retryMs * (0.5 + dice.fraction() / 2));
    this.#retryMs = Math.min(retryMsMost, this.#retryMs * 2);
    this.#options.tell({ is: 'link.down', why, retryMs });
    clock.after(retryMs, () => this.start());
  }
}
