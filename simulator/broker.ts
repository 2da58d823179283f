/** The door to aedes: an MQTT 3.1.1 broker inside this process, for the demo, the bench and the tests. */
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes } from 'aedes';

/** Longer names than a device or the portal ever has. */
const clientIdCharacters = 128;

export interface BrokerTls {
  readonly certificate: string;
  readonly privateKey: string;
  /** When given, clients have to show a certificate of this authority. */
  readonly ca?: string;
}

export interface BrokerOptions {
  /** 0 or none: one that is free. */
  readonly port?: number;
  /** Loopback unless given. */
  readonly host?: string;
  readonly tls?: BrokerTls;
}

export interface Broker {
  readonly url: string;
  /** Cuts every connection, as a network does; clients may come again. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts a broker. Everybody may say everything: use it on loopback, or with TLS and an authority. */
export const startBroker = async (options: BrokerOptions = {}): Promise<Broker> => {
  const { port = 0, host = '127.0.0.1', tls } = options;
  const aedes = await Aedes.createBroker({ maxClientsIdLength: clientIdCharacters });
  const sockets = new Set<Socket>();
  const server = serverFor(tls, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  const listeningOn = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${tls === undefined ? 'mqtt' : 'mqtts'}://${host}:${listeningOn}`,
    cut,
    close: () =>
      new Promise((resolve) => {
        aedes.close(() => {
          cut();
          server.close(() => resolve());
        });
      }),
  };
};

const serverFor = (tls: BrokerTls | undefined, handle: (socket: Socket) => void): Server => {
  if (tls === undefined) return createServer(handle);
  const { certificate: cert, privateKey: key, ca } = tls;
  const mutual = ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
  return createTlsServer({ cert, key, ...mutual }, handle);
};
