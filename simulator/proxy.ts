/**
 * A proxy between one agent and its broker that understands MQTT and misbehaves on request.
 *
 *   agent ══TLS══▶ proxy ══TLS, as the device══▶ broker
 *
 * It ends TLS on either side, because what is encrypted cannot be lost with skill. It loses and repeats
 * PUBLISH packets of QoS 0 and 1, the only ones the link uses, and keeps packet ids whole while it does.
 */
import { connect as dialPlain, type AddressInfo, type Socket } from 'node:net';
import { connect as dialTls, createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import { channelOf } from '../contract/index.ts';
import { issueCertificate, type Authority, type Credentials } from './authority.ts';
import { freely, Lane, type Pace } from './lane.ts';
import { directions, Mischief, type Deed, type Direction, type Which } from './mischief.ts';
import {
  acknowledgementOf,
  frameReader,
  onceMore,
  refusalOf,
  type Conversation,
  type Frame,
} from './packets.ts';

export interface ProxyStart {
  /** `mqtts:` or `mqtt:`. */
  readonly brokerUrl: string;
  /** Signs the proxy's certificate, and signed the agent's and the broker's. */
  readonly authority: Authority;
  /** With what the proxy dials the broker in the device's name. */
  readonly device: Credentials;
  /** Milliseconds since 1970, for the proxy's certificate. */
  readonly now: number;
}

export interface Proxy {
  readonly url: string;
  /** Ends every connection without a word and every new one at once. */
  cut(): void;
  mend(): void;
  /** Connections stay open, and nothing moves. */
  stall(direction: Direction | 'both ways'): void;
  /** Both directions move at most this fast. */
  slow(bytesPerSecond: number): void;
  /** Everything moves freely again. */
  flow(): void;
  /** Loses the next `count`; unless `silently`, who sent one at QoS 1 gets its PUBACK all the same. */
  drop(which: Which, count: number, how?: 'silently'): void;
  /** Delivers each of the next `count` twice. */
  duplicate(which: Which, count: number): void;
  /** Tells the agent that the broker refused each of its next `count` subscriptions. */
  refuseSubscriptions(count: number): void;
  /** Forgets orders to drop, duplicate and refuse. */
  relent(): void;
  /** How many messages met this fate. A duplicated one is not counted as passed. */
  count(deed: Deed, which: Which): number;
  /** Connections let through, and refused, so far. */
  readonly connections: { readonly accepted: number; readonly refused: number };
  close(): Promise<void>;
}

/** Starts a proxy on a free port. */
export const startProxy = async (start: ProxyStart): Promise<Proxy> => {
  const server = createServer(serverTls(start));
  const mischief = new Mischief();
  const open = new Set<Connection>();
  const sockets = new Set<Socket>();
  const connections = { accepted: 0, refused: 0 };
  const paces: Record<Direction, Pace> = { 'to broker': freely, 'to agent': freely };
  let isCut = false;

  const pace = (direction: Direction, change: Partial<Pace>) => {
    paces[direction] = { ...paces[direction], ...change };
    for (const connection of open) connection.pace(direction, paces[direction]);
  };
  const paceBoth = (change: Partial<Pace>) => {
    for (const direction of directions) pace(direction, change);
  };
  const endAll = () => {
    for (const connection of open) connection.end();
    for (const socket of sockets) socket.destroy();
  };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (!isCut) return;
    connections.refused += 1;
    socket.destroy();
  });
  server.on('secureConnection', (agent) => {
    connections.accepted += 1;
    const ended = () => open.delete(connection);
    const connection = new Connection({ agent, broker: dialBroker(start), mischief, paces, ended });
    open.add(connection);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `mqtts://localhost:${(server.address() as AddressInfo).port}`,
    connections,
    cut: () => {
      isCut = true;
      endAll();
    },
    mend: () => {
      isCut = false;
    },
    stall: (direction) =>
      direction === 'both ways' ? paceBoth({ stalled: true }) : pace(direction, { stalled: true }),
    slow: (bytesPerSecond) => paceBoth({ bytesPerSecond }),
    flow: () => paceBoth(freely),
    drop: (which, count, how) =>
      mischief.order(how === 'silently' ? 'drop silently' : 'drop and lie', which, count),
    duplicate: (which, count) => mischief.order('duplicate', which, count),
    refuseSubscriptions: (count) => mischief.refuseSubscriptions(count),
    relent: () => mischief.relent(),
    count: (deed, which) => mischief.count(deed, which),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endAll();
      }),
  };
};

const serverTls = ({ authority, now }: ProxyStart): TlsOptions => {
  const { certificate, privateKey } = issueCertificate({
    authority,
    commonName: 'localhost',
    hosts: ['localhost', '127.0.0.1', '::1'],
    use: 'server',
    now,
    days: 30,
  });
  return {
    cert: certificate,
    key: privateKey,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  };
};

const dialBroker = ({ brokerUrl, authority, device }: ProxyStart): Socket => {
  const { protocol, hostname: host, port } = new URL(brokerUrl);
  const address = { host, port: Number(port) };
  if (protocol === 'mqtt:') return dialPlain(address);
  return dialTls({
    ...address,
    servername: host,
    ca: authority.certificate,
    cert: device.certificate,
    key: device.privateKey,
  });
};

interface Between {
  readonly agent: TLSSocket;
  readonly broker: Socket;
  readonly mischief: Mischief;
  readonly paces: Readonly<Record<Direction, Pace>>;
  /** Called once both sides are closed; until then what is on its way still may arrive. */
  readonly ended: () => void;
}

/** One agent's connection and its twin to the broker. */
class Connection {
  readonly #agent: Socket;
  readonly #broker: Socket;
  readonly #lanes: Record<Direction, Lane>;

  constructor({ agent, broker, mischief, paces, ended }: Between) {
    this.#agent = agent;
    this.#broker = broker;
    for (const socket of [agent, broker]) {
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        if (agent.destroyed && broker.destroyed) ended();
      });
    }
    this.#lanes = {
      'to broker': new Lane({ from: agent, to: broker, pace: paces['to broker'] }),
      'to agent': new Lane({ from: broker, to: agent, pace: paces['to agent'] }),
    };
    const conversation: Conversation = {};
    const surplus = { 'to broker': new Surplus(), 'to agent': new Surplus() };
    this.#read(agent, 'to broker', { conversation, mischief, surplus });
    this.#read(broker, 'to agent', { conversation, mischief, surplus });
  }

  pace(direction: Direction, pace: Pace): void {
    this.#lanes[direction].set(pace);
  }

  end(): void {
    this.#agent.destroy();
    this.#broker.destroy();
  }

  #read(from: Socket, direction: Direction, { conversation, mischief, surplus }: Reading): void {
    const back = direction === 'to broker' ? 'to agent' : 'to broker';
    const [lane, laneBack] = [this.#lanes[direction], this.#lanes[back]];
    const read = frameReader(conversation, ({ packet, bytes }) => {
      if (packet.cmd === 'puback' && surplus[direction].swallows(packet.messageId)) return;
      const channel = channelMet(packet);
      const verdict = channel === undefined ? 'pass' : mischief.judge({ direction, channel });
      const { messageId } = packet;
      if (verdict === 'drop and lie' && messageId !== undefined) {
        laneBack.put(acknowledgementOf(messageId));
      }
      const isRefused = packet.cmd === 'suback' && mischief.refusesSubscription();
      if (isRefused) lane.put(refusalOf(packet, conversation));
      else if (verdict === 'pass' || verdict === 'duplicate') lane.put(bytes);
      if (verdict === 'duplicate') {
        lane.put(messageId === undefined ? bytes : onceMore(bytes));
        surplus[back].expect(messageId);
      }
    });
    from.on('data', (bytes: Buffer) => {
      try {
        read(bytes);
      } catch {
        this.end();
      }
    });
  }
}

interface Reading {
  readonly conversation: Conversation;
  readonly mischief: Mischief;
  readonly surplus: Readonly<Record<Direction, Surplus>>;
}

const channelMet = (packet: Frame['packet']) => {
  if (packet.cmd !== 'publish' || packet.qos === 2) return undefined;
  const place = channelOf(packet.topic);
  return place?.is === 'device' ? place.channel : undefined;
};

/** PUBACKs that answer a duplicate: the sender, who knows of one message, must see one. */
class Surplus {
  readonly #expected = new Map<number, number>();

  expect(messageId: number | undefined): void {
    if (messageId === undefined) return;
    this.#expected.set(messageId, (this.#expected.get(messageId) ?? 0) + 1);
  }

  // The first is swallowed and the last passes, so that the sender hears of it when both have arrived.
  swallows(messageId: number | undefined): boolean {
    if (messageId === undefined) return false;
    const left = this.#expected.get(messageId) ?? 0;
    if (left === 0) return false;
    if (left === 1) this.#expected.delete(messageId);
    else this.#expected.set(messageId, left - 1);
    return true;
  }
}
