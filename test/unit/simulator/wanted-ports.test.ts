/** Wanted ports: those that can be had, and one sentence about those that cannot. */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../../simulator/shop/port.ts';
import { refusalOfPorts } from '../../../simulator/shop/wanted-ports.ts';

let server: Server;
let taken: number;
beforeAll(async () => {
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  taken = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

const wanted = (port: number, option = '--port') => ({ port, what: 'the till', option });

test('ports that are free, and any that is, are not refused', async () => {
  expect(await refusalOfPorts([wanted(0), wanted(await freePort())])).toBeUndefined();
});

test('each that is taken is named, with the option for another', async () => {
  const free = wanted(await freePort(), '--broker-port');
  expect(await refusalOfPorts([free, wanted(taken)])).toBe(
    `Port ${taken} of the till is taken; stop what listens there, or choose another with --port N.`,
  );
  const both = await refusalOfPorts([wanted(taken), wanted(taken, '--admin-port')]);
  expect(both).toMatch(/choose another with --port N and --admin-port N\.$/);
});
