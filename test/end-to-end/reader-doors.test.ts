/** Readers at their doors: posts over real ports and sockets, with readers that come and go. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { nodeWorld } from '../../agent/node-world.ts';
import { devicesHere, hangingOf } from '../../agent/reader-doors.ts';
import { postOf, type CardEvent, type Post, type PostNews } from '../../agent/readers/post.ts';
import type { ReaderState } from '../../agent/readers/session.ts';
import type { ReaderSetting } from '../../config/index.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import { simulateIntellistripe } from '../../simulator/readers/magtek-intellistripe.ts';
import { simulatePortPowered } from '../../simulator/readers/magtek-port-powered.ts';
import { plugReader } from '../../simulator/readers/plug.ts';
import type { SimulatedReader } from '../../simulator/readers/simulated-reader.ts';
import { until } from '../../simulator/shop/until.ts';
import { purchase } from '../fixtures/purchase.ts';
import { containing } from '../rigs/containing.ts';
import { realTimers } from '../rigs/hand-timers.ts';

const directory = mkdtempSync(join(tmpdir(), 'holdfast-doors-'));
const { clock } = nodeWorld(directory);
const posts: Post[] = [];
const plugged: { stop(): Promise<unknown> }[] = [];
const heardWithinMs = 20_000;

afterEach(async () => {
  for (const post of posts.splice(0)) post.stop();
  for (const each of plugged.splice(0)) await each.stop();
});
afterAll(() => rmSync(directory, { recursive: true }));

const started = (differently: Partial<ReaderSetting>) => {
  const setting: ReaderSetting = {
    ...{ id: 'counter', protocol: 'magtek-port-powered', path: join(directory, 'reader') },
    ...differently,
  };
  const news: PostNews[] = [];
  const post = postOf({
    ...{ setting, clock, tell: (each) => void (each.is === 'moved' || news.push(each)) },
    ...hangingOf(setting, clock),
  });
  posts.push(post);
  post.start();
  const becomes = (is: ReaderState['is']) =>
    until(`the reader is ${is}`, () => post.state().is === is, heardWithinMs);
  const card = async (swipe: () => void): Promise<CardEvent> => {
    const heard: CardEvent[] = [];
    const claim = post.claim('txn_1', purchase, (event) => {
      // What the customer is told to do on the way is not what is waited for.
      if (event.is !== 'prompt') heard.push(event);
    });
    if (claim === undefined) throw new Error('The reader is not ready.');
    await until('the reader was asked for a card', () => post.state().is === 'busy');
    swipe();
    await until('a card came', () => heard.length > 0, heardWithinMs);
    claim.release();
    const [first] = heard;
    if (first === undefined) throw new Error('There is no card.');
    return first;
  };
  return { post, news, becomes, card };
};

const plug = async (link: string) => {
  const made = await plugReader({
    link,
    reader: (send) => simulatePortPowered({ timers: realTimers }, send),
  });
  plugged.push(made);
  return made;
};

describe('a reader on a port', () => {
  test('is lost while it is not there, ready once it is plugged in, and so again and again', async () => {
    const link = join(directory, 'coming-and-going');
    const { post, news, becomes, card } = started({ path: link });
    await becomes('lost');
    expect(post.state()).toMatchObject({ why: 'absent', detail: containing('by-id') });
    const cable = await plug(link);
    await becomes('ready');
    expect(await card(() => cable.swipe(testCards.visa))).toMatchObject({
      is: 'card',
      read: { card: { maskedPan: '411111******1111' }, securityLevel: 'clear' },
    });
    await cable.unplug();
    await becomes('lost');
    await cable.replug();
    await becomes('ready');
    expect(news.map(({ is }) => is)).toEqual(['lost', 'ready', 'card', 'lost', 'ready']);
    const kinds = post.trace(0).map(({ kind }) => kind);
    for (const kind of ['opened', 'send', 'record', 'card', 'ended']) expect(kinds).toContain(kind);
    expect(JSON.stringify(post.trace(0))).not.toContain(testCards.visa.pan);
  });

  test('that another one has is busy, and the holder is named', async () => {
    const link = join(directory, 'shared');
    await plug(link);
    const first = started({ path: link });
    await first.becomes('ready');
    const second = started({ id: 'other', path: link });
    await second.becomes('lost');
    expect(second.post.state()).toMatchObject({
      why: 'busy',
      detail: containing('by this agent itself (PORT_BUSY)'),
    });
    expect(first.post.state().is).toBe('ready');
  });

  test('that answers at its usual rate is found there', async () => {
    const link = join(directory, 'baud');
    await plug(link);
    const { post, becomes } = started({ path: link, baudRate: 19_200 });
    await becomes('ready');
    const found: unknown[] = [];
    expect(post.findBaud((each) => found.push(each))).toBe(true);
    await until('the search ended', () => found.length > 0, heardWithinMs);
    // A pseudo terminal has no rate: it answers at the first one that is tried.
    expect(found).toEqual([{ ok: true, baudRate: 19_200 }]);
    await becomes('ready');
  });
});

describe('a reader behind a terminal server', () => {
  test('is ready, reads a card, and is back when its server is', async () => {
    let reader: SimulatedReader | undefined;
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      const made = simulateIntellistripe({ timers: realTimers }, (bytes) => socket.write(bytes));
      reader = made;
      socket.on('error', () => {}).on('data', (bytes) => made.receive(new Uint8Array(bytes)));
    });
    const hangUp = () => sockets.forEach((socket) => socket.destroy());
    const listen = (port: number) =>
      new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const close = () => {
      hangUp();
      return new Promise<void>((resolve) => void server.close(() => resolve()));
    };
    plugged.push({ stop: close });
    await listen(0);
    const { port } = server.address() as AddressInfo;
    const { post, becomes, card } = started({
      ...{ protocol: 'magtek-intellistripe-ascii', line: 'tcp', path: `127.0.0.1:${port}` },
    });
    await becomes('ready');
    expect(await card(() => reader?.swipe(testCards.amex))).toMatchObject({
      read: { card: { brand: 'amex' } },
    });
    await close();
    await becomes('lost');
    await until('nobody answers', () => {
      const state = post.state();
      return state.is === 'lost' && state.why === 'absent';
    });
    await listen(port);
    await becomes('ready');
  });
});

describe('a setting', () => {
  test('that cannot be is refused before anything is opened', () => {
    const setting = { id: 'counter', protocol: 'magtek-hid', path: '/dev/ttyUSB0' };
    expect(() => hangingOf(setting, clock)).toThrow(/no place on a hid line/);
  });

  test('of a HID reader that is not there is a reader that is absent', async () => {
    const { post, becomes } = started({ protocol: 'magtek-hid', path: 'usb:0801:0011' });
    await becomes('lost');
    expect(post.state()).toMatchObject({ why: 'absent' });
  });
});

test('what is plugged in here can be listed', () => {
  const { hid, serial } = devicesHere();
  for (const { path } of [...hid, ...serial]) expect(path).toMatch(/^\/dev\//);
});
