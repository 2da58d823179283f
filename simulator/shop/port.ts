/** Free TCP ports for servers that must come back on the same one. A door to node:net. */
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below Linux' ephemeral range (32768 up): there an outgoing connection could take a port while its server
// is down, and the server could not come back.
const lowest = 20_000;
const highest = 32_000;
const triesMax = 50;

/** A port nobody listens on just now. */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port between ${lowest} and ${highest} in ${triesMax} tries.`);
};

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
