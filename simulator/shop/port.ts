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
    if ((await faultOfPort(port)) === undefined) return port;
  }
  throw new Error(`No free port between ${lowest} and ${highest} in ${triesMax} tries.`);
};

/** Why nobody can listen on a port of loopback just now, like EADDRINUSE; `undefined` when one can. */
export const faultOfPort = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'unusable'));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });
