/** The link's sessions with a real Mosquitto over mutual TLS, and what its access list keeps apart. */
import { randomBytes } from 'node:crypto';
import { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { DialSettings } from '../../agent/portal/broker.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { messages, subjectName, topicOf, type Channel } from '../../contract/index.ts';
import { issueCertificate, makeAuthority } from '../../simulator/authority.ts';
import { startBroker, type Broker } from '../../simulator/broker.ts';
import { brokerParty, type BrokerParty } from '../rigs/broker-party.ts';
import { mosquittoLimits, portalName } from '../rigs/mosquitto.ts';
import { Sessions } from '../rigs/session.ts';
import { brokerPromises } from '../suites/broker.ts';

const subject = { clientId: 'cli_1', deviceId: 'dev-1' };
const neighbour = { clientId: 'cli_1', deviceId: 'dev-2' };
let party: BrokerParty;
let embedded: Broker;
let device: DialSettings;
let portal: DialSettings;
const sessions = new Sessions(mqttDial);

beforeAll(async () => {
  party = await brokerParty();
  device = party.settings(subjectName(subject));
  portal = party.settings(portalName);
  const { authority, now } = party;
  const hosts = ['127.0.0.1'];
  const commonName = 'embedded';
  const server = issueCertificate({ authority, commonName, hosts, use: 'server', now, days: 1 });
  embedded = await startBroker({ tls: { ...server, ca: authority.certificate } });
});

afterAll(async () => {
  await embedded.close();
  await party.close();
});

afterEach(() => sessions.close());

const dialled = (settings: DialSettings) => sessions.dialled(settings);
const connect = (settings: DialSettings) => sessions.connected(settings);
const topic = (channel: Channel, whose = subject) =>
  topicOf({ is: 'device', subject: whose, channel });

const deviceRows = Object.values(messages).filter(({ channel }) => !channel.startsWith('register'));
const channelsFrom = (from: 'device' | 'portal') =>
  deviceRows.filter((row) => row.from === from).map(({ channel }) => channel as Channel);

brokerPromises('a session with Mosquitto', mqttDial, () => ({
  speaks: 5,
  subject,
  device,
  portal,
}));

// One dial for all: the broker that refuses MQTT 5 is remembered.
const remembering = mqttDial();
brokerPromises(
  'a session with the embedded broker',
  () => remembering,
  () => ({
    speaks: 4,
    subject,
    device: { ...device, url: embedded.url },
    portal: { ...portal, url: embedded.url },
  }),
);

describe('Mosquitto admits', () => {
  const without = (tls: DialSettings['tls']) =>
    dialled({ ...device, ...(tls && { tls }) }).closed();

  test('nobody to whom its authority is unknown, who says so', async () => {
    const stranger = makeAuthority('Another Authority', party.now);
    const closed = await without({ ...device.tls, ca: stranger.certificate });
    expect(closed.why).toMatch(/self-signed certificate in certificate chain/);
  });

  test('nobody without a certificate', async () => {
    const closed = await without({ ca: party.authority.certificate });
    expect(closed.why).toMatch(/alert certificate required/);
  });

  test('nobody with a certificate of another authority', async () => {
    const authority = makeAuthority('Another Authority', party.now);
    const { now } = party;
    const issued = issueCertificate({
      authority,
      commonName: portalName,
      use: 'client',
      now,
      days: 1,
    });
    const closed = await without({ ...device.tls, ...issued });
    expect(closed.why).toMatch(/alert unknown ca/);
  });

  test('nobody whose certificate has run out, who is told so', async () => {
    const { authority } = party;
    const now = party.now - 3 * 86_400_000;
    const wanted = { authority, use: 'client', now, days: 1 } as const;
    const issued = issueCertificate({ ...wanted, commonName: subjectName(subject) });
    const closed = await without({ ...device.tls, ...issued });
    expect(closed.why).toMatch(/alert certificate expired/);
  });

  test('nobody who calls it by a name its certificate lacks', async () => {
    const url = device.url.replace('localhost', '127.1');
    const closed = await dialled({ ...device, url }).closed();
    expect(closed.why).toMatch(/not in the cert's altnames/);
  });

  test('nobody it refuses in its CONNACK, whose code is passed on', async () => {
    const settings = { ...device, url: party.mosquitto.registrationUrl, clientId: '' };
    const closed = await dialled(settings).closed();
    expect(closed.code).toBeGreaterThanOrEqual(0x80);
    expect(closed.why).toMatch(/^Connection refused: \w+/);
  });
});

test('what is larger than the broker takes ends the session with its reason code', async () => {
  const session = await connect(device);
  const large = 'x'.repeat(mosquittoLimits.packetBytes + 1);
  expect(await session.publish(topic('log/up'), large)).not.toBeUndefined();
  // Packet too large (MQTT 5 §3.14.2.1).
  expect((await session.closed()).code).toBe(0x95);
});

test('what is published leaves at once, whatever the broker has yet to acknowledge', async () => {
  const told = vi.spyOn(Socket.prototype, 'setNoDelay');
  await connect(device);
  expect(told.mock.calls).toEqual([[true]]);
  told.mockRestore();
});

test('a broker that is stopped closes the session, and restarted it takes another', async () => {
  const session = await connect(device);
  await party.mosquitto.restart();
  await session.closed();
  expect(session.events.map(({ is }) => is)).toEqual(['connected', 'closed']);
  await connect(device);
});

describe('the access list', () => {
  test.each(channelsFrom('device'))('lets a device write its own %s', async (channel) => {
    const [from, to] = [await connect(device), await connect(portal)];
    await to.subscribe(topic(channel));
    expect(await from.publish(topic(channel), 'mine')).toBeUndefined();
    await to.hears('mine');
  });

  test.each(channelsFrom('portal'))('keeps a device from writing its own %s', async (channel) => {
    const [from, to] = [await connect(device), await connect(portal)];
    await to.subscribe(topic(channel));
    expect(await from.publish(topic(channel), 'forged')).toMatch(/not authorized/i);
    await to.publish(topic(channel), 'real');
    await to.hears('real');
    expect(to.heard.map(({ text }) => text)).toEqual(['real']);
  });

  test.each(deviceRows.map(({ channel }) => channel as Channel))(
    "keeps a device from writing its neighbour's %s",
    async (channel) => {
      const session = await connect(device);
      expect(await session.publish(topic(channel, neighbour), 'x')).toMatch(/not authorized/i);
    },
  );

  test.each(['#', 'hf/1/#', 'hf/1/+/+/log/down', `hf/1/${subjectName(neighbour)}/#`])(
    'lets a device that subscribes to %s hear nothing but its own',
    async (filter) => {
      const [ears, voice] = [await connect(device), await connect(portal)];
      // This broker grants every subscription and checks each message instead.
      await ears.subscribe(filter, topic('log/down'));
      await voice.publish(topic('log/down', neighbour), 'not for you');
      await voice.publish('hf/1/register/0123456789abcdef0123456789abcdef/res', 'nor this');
      await voice.publish(topic('log/down'), 'for you');
      await ears.hears('for you');
      expect(new Set(ears.heard.map(({ text }) => text))).toEqual(new Set(['for you']));
    },
  );

  test('keeps who registers in its own corner', async () => {
    const clientId = randomBytes(16).toString('hex');
    const other = randomBytes(16).toString('hex');
    const url = party.mosquitto.registrationUrl;
    const tls = { ca: party.authority.certificate };
    const [newcomer, host] = [
      await connect({ ...device, url, clientId, tls }),
      await connect(portal),
    ];
    const corner = (registrationId: string, side: 'req' | 'res') =>
      topicOf({ is: 'registration', registrationId, side });
    await host.subscribe('hf/1/register/+/req');
    await newcomer.subscribe('#', corner(clientId, 'res'));
    expect(await newcomer.publish(corner(other, 'req'), 'x')).toMatch(/not authorized/i);
    expect(await newcomer.publish(topic('log/up'), 'x')).toMatch(/not authorized/i);
    expect(await newcomer.publish(corner(clientId, 'req'), 'a code')).toBeUndefined();
    await host.hears('a code');
    await host.publish(corner(other, 'res'), 'for another');
    await host.publish(corner(clientId, 'res'), 'a certificate');
    await newcomer.hears('a certificate');
    const heard = newcomer.heard.map(({ text }) => text);
    expect(heard).not.toContain('for another');
  });
});
