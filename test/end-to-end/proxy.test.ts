/** The proxy does what its switches say, and the sessions behind it keep their promises on a bad line. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DialSettings } from '../../agent/portal/broker.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { subjectName, topicOf, type Channel } from '../../contract/index.ts';
import { issueCertificate, makeAuthority } from '../../simulator/authority.ts';
import { startBroker } from '../../simulator/broker.ts';
import { startProxy, type Proxy } from '../../simulator/proxy.ts';
import { brokerParty, type BrokerParty } from '../rigs/broker-party.ts';
import { portalName } from '../rigs/mosquitto.ts';
import { Sessions, type RememberedSession } from '../rigs/session.ts';

const subject = { clientId: 'cli_1', deviceId: 'dev-1' };
const topic = (channel: Channel) => topicOf({ is: 'device', subject, channel });
const sessions = new Sessions(mqttDial);
let party: BrokerParty;
let proxy: Proxy;
let behindProxy: DialSettings;
let portal: RememberedSession;

beforeAll(async () => {
  party = await brokerParty();
  const { authority, now } = party;
  const device = party.credentials(subjectName(subject));
  proxy = await startProxy({ brokerUrl: party.mosquitto.url, authority, device, now });
  behindProxy = party.settings(subjectName(subject), proxy.url);
});

afterAll(async () => {
  await proxy.close();
  await party.close();
});

beforeEach(async () => {
  portal = await connect(party.settings(portalName));
});

afterEach(() => {
  proxy.mend();
  proxy.flow();
  proxy.relent();
  sessions.close();
});

const dialled = (settings: DialSettings) => sessions.dialled(settings);
const connect = (settings: DialSettings) => sessions.connected(settings);
const device = (more: Partial<DialSettings> = {}) => connect({ ...behindProxy, ...more });
const texts = ({ heard }: RememberedSession) => heard.map(({ text }) => text);

describe('left alone, the proxy', () => {
  test('passes everything on in the name of the device', async () => {
    const session = await device();
    await session.subscribe(topic('log/down'));
    await portal.subscribe(topic('log/up'));
    const large = 'frame '.repeat(50_000);
    expect(await session.publish(topic('log/up'), large)).toBeUndefined();
    expect(await portal.publish(topic('log/down'), large)).toBeUndefined();
    await portal.hears(large);
    await session.hears(large);
    const forged = await session.publish(topic('desired/device'), 'not a device’s to say');
    expect(forged).toMatch(/not authorized/i);
  });

  test('lets a graceful end stay graceful', async () => {
    await portal.subscribe(topic('presence'), topic('log/up'));
    const leaving = await device({ will: { topic: topic('presence'), payload: 'gone' } });
    await leaving.closeGracefully();
    await (await device()).publish(topic('log/up'), 'next');
    await portal.hears('next');
    expect(texts(portal)).toEqual(['next']);
  });

  test('admits only certificates of its authority', async () => {
    const authority = makeAuthority('Another Authority', party.now);
    const { now } = party;
    const issued = issueCertificate({ authority, commonName: 'x', use: 'client', now, days: 1 });
    const tls = { ca: party.authority.certificate, ...issued };
    expect((await dialled({ ...behindProxy, tls }).closed()).why).not.toBe('');
  });
});

describe('cut', () => {
  test('ends the session, publishes the will, refuses the next, until it is mended', async () => {
    await portal.subscribe(topic('presence'));
    const session = await device({ will: { topic: topic('presence'), payload: 'gone' } });
    proxy.cut();
    await session.closed();
    await portal.hears('gone');
    const { accepted, refused } = proxy.connections;
    await dialled(behindProxy).closed();
    expect(proxy.connections.refused).toBe(refused + 1);
    proxy.mend();
    await device();
    expect(proxy.connections.accepted).toBe(accepted + 1);
    await portal.publish(topic('presence'), '', { retained: true });
  });
});

describe('stalled', () => {
  test('to the broker, nothing arrives, and everything does once it flows', async () => {
    await portal.subscribe(topic('log/up'), topic('log/down'));
    const session = await device();
    proxy.stall('to broker');
    const done = session.publish(topic('log/up'), 'held');
    await portal.publish(topic('log/down'), 'a round trip of its own');
    await portal.hears('a round trip of its own');
    expect(texts(portal)).not.toContain('held');
    proxy.flow();
    expect(await done).toBeUndefined();
    await portal.hears('held');
  });

  test('to the agent, a message is there and its sender does not know', async () => {
    await portal.subscribe(topic('log/up'));
    const session = await device();
    proxy.stall('to agent');
    let isDone = false;
    const done = session.publish(topic('log/up'), 'there').finally(() => (isDone = true));
    await portal.hears('there');
    expect(isDone).toBe(false);
    proxy.flow();
    expect(await done).toBeUndefined();
  });

  test('both ways, it is the keepalive that notices', async () => {
    const session = await device({ keepaliveSeconds: 1 });
    proxy.stall('both ways');
    const pending = session.publish(topic('log/up'), 'into the void');
    expect(await session.closed()).toEqual({ is: 'closed', why: 'Keepalive timeout' });
    expect(await pending).not.toBeUndefined();
  });

  test('both ways, a graceful end still ends, and the broker learns of it later', async () => {
    await portal.subscribe(topic('presence'), topic('log/down'));
    const session = await device({ will: { topic: topic('presence'), payload: 'gone' } });
    proxy.stall('both ways');
    const pending = session.publish(topic('log/up'), 'into the void');
    await session.closeGracefully();
    expect(await pending).toBe('closed here');
    await portal.publish(topic('log/down'), 'a round trip of its own');
    await portal.hears('a round trip of its own');
    expect(texts(portal)).not.toContain('gone');
    proxy.flow();
    await portal.hears('gone');
    await portal.publish(topic('presence'), '', { retained: true });
  });

  test('one way and then the other, it is stalled both ways, slowed or not', async () => {
    await portal.subscribe(topic('log/up'), topic('log/down'));
    const session = await device();
    proxy.stall('to broker');
    proxy.stall('to agent');
    proxy.slow(1_000_000);
    const done = session.publish(topic('log/up'), 'held');
    await portal.publish(topic('log/down'), 'a round trip of its own');
    await portal.hears('a round trip of its own');
    expect(texts(portal)).not.toContain('held');
    proxy.flow();
    expect(await done).toBeUndefined();
  });

  test('both ways, a graceful end can be hurried', async () => {
    const session = await device();
    proxy.stall('both ways');
    void session.publish(topic('log/up'), 'into the void');
    session.session.close('gracefully');
    session.session.close('at once');
    expect(session.events.map(({ is }) => is)).toEqual(['connected', 'closed']);
  });

  test('from the start, a dial gives up in its time', async () => {
    proxy.stall('both ways');
    const started = performance.now();
    const session = dialled({ ...behindProxy, connectWithinMs: 300 });
    expect((await session.closed()).why).toBe('connack timeout');
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

test('slowed, it takes the time it takes, and nothing is lost', async () => {
  await portal.subscribe(topic('log/up'));
  const session = await device();
  proxy.slow(40_000);
  const started = performance.now();
  const frame = 'x'.repeat(20_000);
  expect(await session.publish(topic('log/up'), frame)).toBeUndefined();
  expect(performance.now() - started).toBeGreaterThan(400);
  await portal.hears(frame);
});

describe('dropping', () => {
  test('the next three acknowledgements to the agent, the fourth arrives', async () => {
    const which = { direction: 'to agent', channel: 'log/up/ack' } as const;
    const before = proxy.count('dropped', which);
    const session = await device();
    await session.subscribe(topic('log/up/ack'), topic('log/down'));
    proxy.drop(which, 3);
    for (const text of ['1', '2', '3', '4']) await portal.publish(topic('log/up/ack'), text);
    await session.hears('4');
    expect(texts(session)).toEqual(['4']);
    expect(proxy.count('dropped', which) - before).toBe(3);
    await portal.publish(topic('log/down'), 'the connection is whole');
    await session.hears('the connection is whole');
  });

  test('more to the agent than the broker keeps in flight blocks nothing', async () => {
    const session = await device();
    await session.subscribe(topic('log/down'));
    proxy.drop({ direction: 'to agent', channel: 'log/down' }, 200);
    for (let count = 0; count < 200; count += 1) await portal.publish(topic('log/down'), 'lost');
    await portal.publish(topic('log/down'), 'found');
    await session.hears('found');
    expect(texts(session)).toEqual(['found']);
  });

  test('a frame to the broker, the agent believes that it arrived', async () => {
    const session = await device();
    await portal.subscribe(topic('log/up'));
    proxy.drop({ direction: 'to broker', channel: 'log/up' }, 1);
    expect(await session.publish(topic('log/up'), 'lost')).toBeUndefined();
    expect(await session.publish(topic('log/up'), 'kept')).toBeUndefined();
    await portal.hears('kept');
    expect(texts(portal)).toEqual(['kept']);
  });

  test('a frame silently, the agent learns of it when the session ends', async () => {
    const session = await device();
    await portal.subscribe(topic('log/up'));
    proxy.drop({ direction: 'to broker', channel: 'log/up' }, 1, 'silently');
    let fault: string | undefined = 'nothing yet';
    const lost = session.publish(topic('log/up'), 'lost').then((said) => (fault = said));
    expect(await session.publish(topic('log/up'), 'kept')).toBeUndefined();
    expect(fault).toBe('nothing yet');
    proxy.cut();
    await session.closed();
    await lost;
    expect(fault).toBeTruthy();
    expect(fault).not.toBe('nothing yet');
  });

  test('a live request, which nobody acknowledges anyway', async () => {
    const session = await device();
    await portal.subscribe(topic('live/req'));
    proxy.drop({ direction: 'to broker', channel: 'live/req' }, 1);
    expect(await session.publish(topic('live/req'), 'lost', { qos: 0 })).toBeUndefined();
    await session.publish(topic('live/req'), 'kept', { qos: 0 });
    await portal.hears('kept');
    expect(texts(portal)).toEqual(['kept']);
  });
});

describe('duplicating', () => {
  test('every frame to the broker, each arrives twice and is done once', async () => {
    const which = { direction: 'to broker', channel: 'log/up' } as const;
    const session = await device();
    await portal.subscribe(topic('log/up'), topic('reported'));
    proxy.duplicate(which, Infinity);
    const before = proxy.count('duplicated', which);
    for (const text of ['a', 'b', 'c']) {
      expect(await session.publish(topic('log/up'), text)).toBeUndefined();
    }
    await session.publish(topic('reported'), 'all is well');
    await portal.hears('all is well');
    expect(texts(portal)).toEqual(['a', 'a', 'b', 'b', 'c', 'c', 'all is well']);
    expect(proxy.count('duplicated', which) - before).toBe(3);
    expect(party.mosquitto.log()).not.toContain('unknown packet identifier');
  });

  test.each([0, 1] as const)('a QoS %d message to the agent, it hears it twice', async (qos) => {
    const channel = qos === 0 ? 'live/res' : 'log/down';
    const session = await device();
    await session.subscribe(topic(channel));
    proxy.duplicate({ direction: 'to agent', channel }, 1);
    await portal.publish(topic(channel), 'twice', { qos });
    await portal.publish(topic(channel), 'once', { qos });
    await session.hears('once');
    expect(texts(session)).toEqual(['twice', 'twice', 'once']);
  });
});

test('a subscription that is refused is reported by name', async () => {
  const session = await device();
  proxy.refuseSubscriptions(1);
  const fault = await session.subscribe(topic('log/down'), topic('live/res'));
  expect(fault).toBe(`${topic('log/down')} was refused`);
  expect(await session.subscribe(topic('log/down'))).toBeUndefined();
});

test('in MQTT 3.1.1 it does the same', async () => {
  const embedded = await startBroker();
  const { authority, now } = party;
  const device = party.credentials(subjectName(subject));
  const between = await startProxy({ brokerUrl: embedded.url, authority, device, now });
  const session = dialled({ ...behindProxy, url: between.url });
  const { tls: _, ...plain } = behindProxy;
  const watcher = await connect({ ...plain, url: embedded.url, clientId: 'watcher' });
  expect(await session.connected()).toBe(4);
  between.refuseSubscriptions(1);
  expect(await session.subscribe(topic('log/down'))).toBe(`${topic('log/down')} was refused`);
  expect(await session.subscribe(topic('log/down'))).toBeUndefined();
  await watcher.subscribe(topic('log/up'));
  between.drop({ direction: 'to broker', channel: 'log/up' }, 1);
  between.duplicate({ direction: 'to broker', channel: 'log/up' }, 1);
  for (const text of ['lost', 'doubled', 'single']) {
    expect(await session.publish(topic('log/up'), text)).toBeUndefined();
  }
  await watcher.hears('single');
  expect(texts(watcher)).toEqual(['doubled', 'doubled', 'single']);
  between.drop({ direction: 'to agent', channel: 'log/down' }, 1);
  for (const text of ['lost', 'heard']) await watcher.publish(topic('log/down'), text);
  await session.hears('heard');
  expect(texts(session)).toEqual(['heard']);
  await between.close();
  await embedded.close();
});

test('orders that were taken back are forgotten', async () => {
  const session = await device();
  await portal.subscribe(topic('log/up'));
  proxy.drop({ direction: 'to broker', channel: 'log/up' }, 5);
  proxy.relent();
  await session.publish(topic('log/up'), 'kept after all');
  await portal.hears('kept after all');
});
