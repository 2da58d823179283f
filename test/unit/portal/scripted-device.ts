/**
 * A scripted device: says exactly what a test tells it to, over a real connection, and remembers what it
 * heard.
 *
 * It keeps a log as the contract has it, but no promise of its own: a test may tamper with everything.
 */
import {
  addresseeOf,
  chainHash,
  chainStart,
  subjectName,
  topicOf,
  type Ack,
  type Channel,
  type Desired,
  type Entry,
  type Frame,
  type LiveResponse,
  type Subject,
} from '../../../contract/index.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { openerOf, unverified } from '../../../agent/identity/jws.ts';
import type { BrokerSession } from '../../../agent/portal/broker.ts';
import { mqttDial } from '../../../agent/portal/mqtt.ts';
import type { PortalKeys } from '../../../simulator/portal/keys.ts';
import { until } from '../../../simulator/shop/until.ts';

const heardChannels = [
  'log/up/ack',
  'log/down',
  'live/res',
  'desired/trust',
  'desired/client',
  'desired/group',
  'desired/device',
  'desired/access',
] as const;
type HeardChannel = (typeof heardChannels)[number];

/** A message as it came: opened, or why it does not open. */
export interface Heard {
  readonly channel: HeardChannel;
  readonly bytes: number;
  /** As it came. */
  readonly text: string;
  readonly content?: unknown;
  readonly fault?: string;
}

/** A fact, also one that the contract does not know, with the sealed bytes that belong to it. */
export interface Attached {
  readonly fact: { readonly type: string; readonly body: unknown };
  readonly sealed?: Uint8Array;
}

export class ScriptedDevice {
  readonly subject: Subject;
  readonly name: string;
  /** The log of the present epoch. */
  log: Entry[] = [];
  epoch = 1;
  session = 0;
  /** Whether its birth names the head of its log, or leaves that to its first frame. */
  namesHead = true;
  readonly heard: Heard[] = [];
  /** The words it heard, each once however often it came. */
  readonly words: Entry[] = [];
  readonly #url: string;
  readonly #open: ReturnType<typeof openerOf>;
  #line: BrokerSession | undefined;

  constructor(options: { url: string; subject: Subject; keys: PortalKeys }) {
    this.subject = options.subject;
    this.name = subjectName(options.subject);
    this.#url = options.url;
    this.#open = openerOf([options.keys.signing]);
  }

  /** Connects, with the next session unless told which, and waits for the portal's first acknowledgement. */
  async begin(session: number = this.session + 1): Promise<Ack> {
    await this.connect(session);
    const before = this.acks().length;
    await this.publish('presence', this.presence('online'), true);
    await until('the portal acknowledged the session', () => this.acks().length > before);
    return this.lastAck();
  }

  async connect(session: number): Promise<void> {
    this.session = session;
    const settings = {
      ...{ url: this.#url, clientId: this.name, keepaliveSeconds: 30, connectWithinMs: 5_000 },
      will: { topic: this.topic('presence'), payload: JSON.stringify(this.presence('offline')) },
    };
    await new Promise<void>((resolve, reject) => {
      const line = mqttDial()(settings, (event) => {
        if (event.is === 'connected') {
          const topics = heardChannels.map((channel) => this.topic(channel));
          line.subscribe(topics, (fault) =>
            fault === undefined ? resolve() : reject(new Error(fault)),
          );
        } else if (event.is === 'heard') {
          this.#hear(event.topic, event.payload);
        }
      });
      this.#line = line;
    });
  }

  presence(state: 'online' | 'offline'): object {
    const log = { epoch: this.epoch, head: this.log.length };
    const birth = state === 'online' && this.namesHead ? { log } : {};
    return { state, session: this.session, bootId: 'boot-1', agentVersion: '0.0.0', ...birth };
  }

  /** Publishes anything: a value as JSON, a text as it is. */
  async publish(channel: Channel, content: unknown, retained = false): Promise<void> {
    const payload = typeof content === 'string' ? content : JSON.stringify(content);
    const publication = { topic: this.topic(channel), payload, qos: 1 as const, retained };
    await new Promise<void>((resolve, reject) => {
      this.#line?.publish(publication, (fault) =>
        fault === undefined ? resolve() : reject(new Error(fault)),
      );
    });
  }

  /** Writes facts into the log, and sends nothing yet. */
  write(...facts: readonly Attached[]): Entry[] {
    const entries = facts.map(({ fact, sealed }) => {
      const seq = this.log.length + 1;
      const { type, body } = fact;
      const head = {
        seq,
        id: `fact-${seq}`,
        type,
        at: 1_000 + seq,
        clock: 'trusted' as const,
        body,
      };
      const hash = chainHash(this.hashAt(seq - 1), head, sha256);
      const attached =
        sealed === undefined ? {} : { sealed: Buffer.from(sealed).toString('base64') };
      const entry: Entry = { ...head, hash, ...attached };
      this.log.push(entry);
      return entry;
    });
    return entries;
  }

  /** A frame of the log, to be sent or to be tampered with. */
  frame(from = 1, through: number = this.log.length): Frame {
    return {
      ...{ session: this.session, epoch: this.epoch, head: this.log.length, from },
      prev: this.hashAt(from - 1),
      entries: this.log.slice(from - 1, through),
    };
  }

  /** Writes facts, sends them, and waits until they are acknowledged. */
  async tell(...facts: readonly Attached[]): Promise<void> {
    const [first] = this.write(...facts);
    await this.publish('log/up', this.frame(first?.seq ?? 1));
    await this.isAcknowledged();
  }

  async isAcknowledged(through: number = this.log.length): Promise<void> {
    await until(`fact ${through} is acknowledged`, () => {
      const ack = this.lastAck();
      return ack.epoch === this.epoch && ack.through === through;
    });
  }

  hashAt(seq: number): string {
    return this.log[seq - 1]?.hash ?? chainStart(this.subject, this.epoch, sha256);
  }

  /** Says which words it has: everything heard, unless told otherwise. */
  async acknowledgeWords(standing?: {
    epoch: number;
    through: number;
    hash: string;
  }): Promise<void> {
    await this.publish('log/down/ack', { session: this.session, ...(standing ?? this.wordHead()) });
  }

  wordHead(): { epoch: number; through: number; hash: string } {
    const frame = this.frames().at(-1);
    const last = frame?.entries.at(-1);
    const epoch = frame?.epoch ?? 1;
    if (last !== undefined) return { epoch, through: last.seq, hash: last.hash };
    return { epoch, through: 0, hash: chainStart(this.subject, epoch, sha256) };
  }

  acks(): Ack[] {
    return this.of('log/up/ack') as Ack[];
  }

  lastAck(): Ack {
    const ack = this.acks().at(-1);
    if (ack === undefined) throw new Error('No acknowledgement was heard.');
    return ack;
  }

  frames(): Frame[] {
    return this.of('log/down') as Frame[];
  }

  responses(): LiveResponse[] {
    return this.of('live/res') as LiveResponse[];
  }

  of(channel: HeardChannel): unknown[] {
    return this.heard.flatMap((one) =>
      one.channel === channel && one.fault === undefined ? [one.content] : [],
    );
  }

  faults(): Heard[] {
    return this.heard.filter(({ fault }) => fault !== undefined);
  }

  /** The first word of a type, once it has come. */
  async word(type: string, about: string): Promise<Entry> {
    const find = () =>
      this.words.find(
        (word) => word.type === type && JSON.stringify(word.body).includes(`"${about}"`),
      );
    await until(`the word ${type} about ${about}`, () => find() !== undefined);
    const found = find();
    if (found === undefined) throw new Error(`The word ${type} is gone.`);
    return found;
  }

  /** Dies: the broker publishes the will. */
  die(): void {
    this.#line?.close('at once');
  }

  topic(channel: Channel): string {
    return topicOf({ is: 'device', subject: this.subject, channel });
  }

  #hear(topic: string, payload: Uint8Array): void {
    const channel = heardChannels.find((known) => topic === this.topic(known));
    if (channel === undefined) return;
    const text = Buffer.from(payload).toString();
    const opened = this.#open(text, { typ: channel, sub: this.#addresseeOn(channel, text) });
    const came = { channel, bytes: payload.length, text };
    if (!opened.ok) {
      this.heard.push({ ...came, fault: opened.why });
      return;
    }
    this.heard.push({ ...came, content: opened.payload });
    if (channel !== 'log/down') return;
    const { entries } = opened.payload as Frame;
    this.words.push(...entries.filter(({ id }) => !this.words.some((word) => word.id === id)));
  }

  /** Who has to be addressed: this device, its client, or whatever group of its client is spoken of. */
  #addresseeOn(channel: HeardChannel, text: string): string {
    const { clientId } = this.subject;
    if (channel === 'desired/client') return clientId;
    if (channel !== 'desired/group') return this.name;
    const { subject } = (unverified(text) ?? {}) as Partial<Desired>;
    return addresseeOf({ clientId, groupId: subject?.groupId ?? 'any' });
  }
}
