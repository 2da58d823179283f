/** The promises of a line, kept by the socket door against a terminal server of one port. */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { bytesOf, textOf, type LineEvent, type Timers } from '../../drivers/index.ts';
import { openTcpLine, tcpLimits, whyLost, whyNotConnected } from '../../drivers/lines/tcp.ts';
import { until } from '../../simulator/shop/until.ts';
import { containing } from '../rigs/containing.ts';
import { handTimers, realTimers } from '../rigs/hand-timers.ts';
import { linePromises, suiteRecordBytesMax, type LineRig } from '../suites/line.ts';

const host = '127.0.0.1';
const framing = { by: 'delimiter', delimiter: '\r', recordBytesMax: suiteRecordBytesMax } as const;
const tcp = (port: number, given: { timers?: Timers; writeWithinMs?: number } = {}) => {
  const { timers = realTimers, writeWithinMs = 1_000 } = given;
  return openTcpLine({ host, port, framing, connectWithinMs: 5_000, writeWithinMs }, timers);
};

const listening = async (server: Server, port = 0): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(port, host, resolve));
  return (server.address() as AddressInfo).port;
};

/** A terminal server with one serial port: whoever comes second is told so and hung up on. */
const terminalServer = async (): Promise<LineRig> => {
  let holder: Socket | undefined;
  let received = '';
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // The holder's goodbye may be read in this same turn of the loop.
    setImmediate(() => {
      if (holder !== undefined) {
        socket.end('Port already in use\r\n');
        return;
      }
      holder = socket;
      socket.on('data', (bytes) => (received += textOf(bytes)));
      const left = () => {
        if (holder === socket) holder = undefined;
      };
      socket.on('end', left).on('close', left);
    });
  });
  const port = await listening(server);
  const stop = () => {
    holder?.destroy();
    holder = undefined;
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  return {
    open: tcp(port),
    send: (bytes) => holder?.write(bytes),
    arrived: () => Promise.resolve(),
    received: () => received,
    unplug: stop,
    replug: async () => void (await listening(server, port)),
    stop,
  };
};

linePromises('a line over TCP', terminalServer);

const servers: Server[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) {
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  }
});

/** A server that does with a connection what the test says. */
const serving = async (welcome: (socket: Socket) => void): Promise<number> => {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    welcome(socket);
  });
  servers.push(server);
  return listening(server);
};

const heardOn = (open: ReturnType<typeof tcp>) => {
  const events: LineEvent[] = [];
  const line = open((event) => void events.push(event));
  const says = (kind: LineEvent['is']) =>
    until(`the line says "${kind}"`, () => events.some(({ is }) => is === kind));
  return { line, events, says, last: () => events.at(-1) };
};

describe('a line over TCP', () => {
  test('whose server takes no bytes ends at the write’s deadline', async () => {
    const port = await serving((socket) => socket.pause());
    const { line, says, last } = heardOn(tcp(port, { writeWithinMs: 200 }));
    await says('opened');
    // More than the buffers of both ends hold.
    line.send(new Uint8Array(32 << 20));
    await says('ended');
    expect(last()).toMatchObject({ why: 'write_timeout', detail: containing('200 ms') });
  });

  test('whose server does not answer in time is absent', async () => {
    const timers = handTimers();
    const { events, says, last } = heardOn(tcp(await serving(() => {}), { timers }));
    timers.pass(5_000);
    expect(events).toEqual([]);
    await says('ended');
    expect(last()).toMatchObject({ why: 'absent', detail: containing('within 5000 ms') });
  });

  test('with more writes waiting than allowed has failed', async () => {
    const port = await serving(() => {});
    const { line, says, last } = heardOn(tcp(port));
    for (let at = 0; at <= tcpLimits.writesWaitingMax; at += 1) line.send(bytesOf('x'));
    await says('ended');
    expect(last()).toMatchObject({ why: 'failed', detail: containing('16 writes') });
  });

  test('drops what a server says to greet', async () => {
    const port = await serving((socket) => {
      socket.write('ser2net port 1\r\n');
      socket.on('data', () => socket.write('answer\r'));
    });
    const { line, events, says } = heardOn(tcp(port));
    await says('discarded');
    line.send(bytesOf('question'));
    await says('record');
    expect(events).toEqual([
      { is: 'opened' },
      { is: 'discarded', byteCount: 16 },
      { is: 'record', bytes: bytesOf('answer') },
    ]);
  });

  test('to a server that speaks Telnet says how to set it', async () => {
    const port = await serving((socket) => socket.write(Uint8Array.of(0xff, 0xfb, 0x01)));
    const { says, last } = heardOn(tcp(port));
    await says('ended');
    expect(last()).toMatchObject({ why: 'failed', detail: containing('raw mode') });
  });

  test('is reset by its server and says it broke off', async () => {
    const port = await serving(() => {});
    const { says, last } = heardOn(tcp(port));
    await says('opened');
    for (const socket of sockets) socket.resetAndDestroy();
    await says('ended');
    expect(last()).toMatchObject({ why: 'unplugged', detail: containing('ECONNRESET') });
  });

  test('is probed while it is silent, so that a peer that vanished is found out', async () => {
    const port = await serving(() => {});
    const { says } = heardOn(tcp(port));
    await says('opened');
    const timer = keepaliveOfConnectionTo(port);
    expect(timer.is).toBe('keepalive');
    expect(timer.inMs).toBeLessThanOrEqual(tcpLimits.keepaliveAfterMs);
  });

  test.each([
    ['ECONNREFUSED', 'absent', 'refuses'],
    ['EHOSTUNREACH', 'absent', 'network'],
    ['ETIMEDOUT', 'absent', 'does not answer'],
    ['ENOTFOUND', 'absent', 'name'],
    ['EACCES', 'denied', 'firewall'],
    ['EINVAL', 'failed', 'EINVAL'],
  ])('refused with %s is %s, and says what to do', (code, why, advice) => {
    const [found, detail] = whyNotConnected('server:2001', code);
    expect(found).toBe(why);
    expect(detail).toMatch(/^server:2001 /);
    expect(detail).toContain(advice);
  });

  test('lost by its probes is unplugged', () => {
    expect(whyLost('server:2001', 'ETIMEDOUT')).toEqual([
      'unplugged',
      containing('answers no more'),
    ]);
  });
});

/** The kernel's timer of the connection to a port: /proc/net/tcp, columns `rem_address` and `tr tm->when`. */
const keepaliveOfConnectionTo = (port: number): { is: string; inMs: number } => {
  const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const row = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, , address, state]) => address === remote && state === '01');
  const [kind = '', jiffies = ''] = row?.[5]?.split(':') ?? [];
  return { is: kind === '02' ? 'keepalive' : kind, inMs: parseInt(jiffies, 16) * 10 };
};
