/** The shop's network cable: a TCP relay between the agent and the broker that can be pulled and put back. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Cable {
  /** The broker as the agent reaches it. */
  readonly url: string;
  pull(): void;
  putBack(): void;
  close(): Promise<void>;
}

/** Lays a cable to a broker on this machine. */
export const layCable = async (brokerUrl: string): Promise<Cable> => {
  const { hostname, port } = new URL(brokerUrl);
  const open = new Set<Socket>();
  let pulled = false;
  const server = createServer((near) => {
    if (pulled) {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(end);
      end.pipe(other);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        open.delete(end);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cutAll = () => {
    for (const end of open) end.destroy();
  };
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pull: () => {
      pulled = true;
      cutAll();
    },
    putBack: () => {
      pulled = false;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
};
