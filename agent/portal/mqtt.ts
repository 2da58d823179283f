/**
 * The door to MQTT: one mqtt.js client per session, with everything switched off that queues, resends or
 * reconnects on its own. The logs are the only queues, and the link has the only reconnect loop.
 *
 * MQTT 5 is tried first; a broker that refuses the version is dialled again with 3.1.1 and remembered.
 */
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { BrokerEvent, BrokerSession, Dial, DialSettings, Publication } from './broker.ts';

type Version = 4 | 5;

// CONNACK "unacceptable protocol version": 1 in MQTT 3.1.1 §3.2.2.3, 0x84 in MQTT 5 §3.2.2.2.
const versionRefusals = new Set([1, 0x84]);

// How long a graceful end may take: a dead connection answers neither DISCONNECT nor what is in flight.
const farewellMs = 2_000;

const optionsOf = (settings: DialSettings, version: Version): IClientOptions => ({
  protocolVersion: version,
  clientId: settings.clientId,
  keepalive: settings.keepaliveSeconds,
  connectTimeout: settings.connectWithinMs,
  reconnectPeriod: 0,
  clean: true,
  queueQoSZero: false,
  // Spares 9 MiB: a table of all 65 536 numbers a packet may hold, written out ahead.
  writeCache: false,
  resubscribe: false,
  rejectUnauthorized: true,
  ...(version === 5 ? { properties: { sessionExpiryInterval: 0 } } : {}),
  ...(settings.tls?.ca === undefined ? {} : { ca: settings.tls.ca }),
  ...(settings.tls?.certificate === undefined ? {} : { cert: settings.tls.certificate }),
  ...(settings.tls?.privateKey === undefined ? {} : { key: settings.tls.privateKey }),
  ...(settings.will === undefined
    ? {}
    : {
        will: {
          topic: settings.will.topic,
          payload: Buffer.from(settings.will.payload),
          qos: 1 as const,
          retain: true,
        },
      }),
});

const codeOf = (error: unknown): number | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
};

// OpenSSL's `reason` spares people its file names and numbers; the error of a host with several addresses,
// none of which answered, has a code and no message.
const sentenceOf = (error: unknown): string => {
  const { reason, message, code, name } = error as Partial<Record<string, unknown>>;
  return String(reason ?? (message === '' ? (code ?? name) : message));
};

// A request that follows a fact would lie here until the broker's system has acknowledged the fact, which
// takes up to 40 ms (RFC 896 against RFC 1122 § 4.2.3.2). mqtt.js leaves that as it is.
const sendAtOnce = ({ stream }: MqttClient): void =>
  (stream as { setNoDelay?(isOn: boolean): void }).setNoDelay?.(true);

/** Dials brokers over MQTT; remembers which of them speak only 3.1.1. */
export const mqttDial = (): Dial => {
  const versions = new Map<string, Version>();
  return (settings, hear) => {
    const session = new MqttSession(settings, hear, versions);
    session.dial();
    return session;
  };
};

type Done = (fault: string | undefined) => void;

class MqttSession implements BrokerSession {
  readonly #settings: DialSettings;
  readonly #hear: (event: BrokerEvent) => void;
  readonly #versions: Map<string, Version>;
  readonly #unanswered = new Set<Done>();
  #client: MqttClient | undefined;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #farewell: NodeJS.Timeout | undefined;

  constructor(
    settings: DialSettings,
    hear: (event: BrokerEvent) => void,
    versions: Map<string, Version>,
  ) {
    this.#settings = settings;
    this.#hear = hear;
    this.#versions = versions;
  }

  dial(): void {
    const { url } = this.#settings;
    const version = this.#versions.get(url) ?? 5;
    try {
      this.#listen(connect(url, optionsOf(this.#settings, version)), version);
    } catch (error) {
      // An address or a key that is none; whoever dials hears of it as of any other end.
      queueMicrotask(() => this.#end(sentenceOf(error), undefined));
    }
  }

  #listen(client: MqttClient, version: Version): void {
    const { url } = this.#settings;
    this.#client = client;
    let why = 'the broker closed the connection';
    let code: number | undefined;
    client.on('connect', () => {
      sendAtOnce(client);
      this.#versions.set(url, version);
      if (this.#state === 'open') this.#hear({ is: 'connected', protocolVersion: version });
    });
    client.on('message', (topic, payload, { retain }) => {
      if (this.#state === 'closed') return;
      this.#hear({ is: 'heard', topic, payload, retained: retain });
    });
    client.on('disconnect', ({ reasonCode }) => {
      code = reasonCode;
    });
    client.on('error', (error) => {
      why = sentenceOf(error);
      code = codeOf(error) ?? code;
    });
    client.on('close', () => {
      if (client !== this.#client) return;
      const refusedVersion = code !== undefined && versionRefusals.has(code);
      if (version === 5 && refusedVersion && this.#state === 'open') {
        this.#versions.set(url, 4);
        client.end(true);
        this.dial();
        return;
      }
      if (this.#state === 'closing') this.#end('closed here', undefined);
      else this.#end(why, code);
    });
  }

  subscribe(topics: readonly string[], done: Done): void {
    const client = this.#connected();
    if (client === undefined) {
      done('not connected');
      return;
    }
    const answer = this.#awaits(done);
    client.subscribe([...topics], { qos: 1 }, (error, asked, suback) => {
      const refused = asked?.find((_, index) => Number(suback?.granted[index]) >= 0x80);
      answer(refused === undefined ? error?.message : `${refused.topic} was refused`);
    });
  }

  publish({ topic, payload, qos, retained }: Publication, done?: Done): void {
    const client = this.#connected();
    if (client === undefined) {
      done?.('not connected');
      return;
    }
    const answer = this.#awaits((fault) => done?.(fault));
    client.publish(topic, payload, { qos, retain: retained }, (error) => answer(error?.message));
  }

  ping(): void {
    this.#connected()?.sendPing();
  }

  close(how: 'gracefully' | 'at once'): void {
    if (this.#state === 'closed') return;
    const client = this.#connected();
    if (how === 'gracefully' && this.#state === 'closing') return;
    if (how === 'at once' || client === undefined) {
      this.#end('closed here', undefined);
      return;
    }
    this.#state = 'closing';
    const end = () => this.#end('closed here', undefined);
    this.#farewell = setTimeout(end, farewellMs);
    client.end(false, {}, end);
  }

  // Nothing is asked of mqtt.js while offline: it would keep it in memory without bound.
  #connected(): MqttClient | undefined {
    return this.#state === 'open' && this.#client?.connected === true ? this.#client : undefined;
  }

  // mqtt.js forgets some of its callbacks when a connection breaks; here each is called, and once.
  #awaits(done: Done): Done {
    const answer: Done = (fault) => {
      if (this.#unanswered.delete(answer)) done(fault);
    };
    this.#unanswered.add(answer);
    return answer;
  }

  #end(why: string, code: number | undefined): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#farewell);
    for (const answer of [...this.#unanswered]) answer(why);
    this.#client?.end(true);
    // While a graceful end is under way the line above does nothing, and the socket would stay.
    this.#client?.stream.destroy();
    this.#hear({ is: 'closed', why, ...(code === undefined ? {} : { code }) });
  }
}
