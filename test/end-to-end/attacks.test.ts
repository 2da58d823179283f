/**
 * The attack list: what somebody may try who has a stolen code, another device's certificate, the broker's
 * rights, or a way to the local port; one row each, with the refusal it got. What is tried on sign-in, keys
 * and sessions stands in test/unit/local-api/attacks-on-access.test.ts; SECURITY.md lists both.
 */
import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linkLimits, topicOf, type Channel, type Subject } from '../../contract/index.ts';
import { freshPrivateKey, signingRequest } from '../../agent/identity/forge.ts';
import { signerOf } from '../../agent/identity/jws.ts';
import type { TlsFiles } from '../../agent/portal/broker.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import type { AgentProcess } from '../../simulator/shop/agent-process.ts';
import { subjectOf } from '../../simulator/portal/devices.ts';
import { until } from '../../simulator/shop/until.ts';
import { portalName } from '../rigs/mosquitto.ts';
import { ended, portalParty, type PortalParty } from '../rigs/portal-party.ts';
import { askRaw } from '../rigs/raw-http.ts';
import { requestFor } from '../rigs/registry.ts';
import { Sessions, type RememberedSession } from '../rigs/session.ts';

let all: PortalParty;
let agent: AgentProcess;
let data: string;
let subject: Subject;
/** Somebody with all the rights of the portal at the broker, and none of its keys. */
let broker: RememberedSession;
const sessions = new Sessions(mqttDial);
const port = () => Number(new URL(agent.url).port);
const topic = (channel: Channel) => topicOf({ is: 'device', subject, channel });

beforeAll(async () => {
  all = await portalParty();
  const registered = await all.registered();
  data = registered.data;
  subject = subjectOf(registered.device);
  agent = await all.agentOn(data);
  await agent.start();
  await until('it is online', () => all.isOnline(subject), 20_000);
  broker = await sessions.connected({ ...all.party.settings(portalName), clientId: 'intruder' });
  await broker.subscribe(topic('reported'), topic('desired/device'), topic('log/down'));
});

afterAll(async () => {
  sessions.close();
  await agent.stop();
  await all.close();
});

const tlsOf = (directory: string): TlsFiles => {
  const file = (name: string) => readFileSync(join(directory, 'identity', name), 'utf8');
  return { ca: file('ca.crt'), certificate: file('device.crt'), privateKey: file('device.key') };
};

/** Asks in a corner of registration, and what came back. */
const askInCorner = async (corner: string, request: object): Promise<unknown> => {
  const session = await sessions.connected({
    ...{ url: all.party.mosquitto.registrationUrl, clientId: corner },
    ...{ keepaliveSeconds: 30, connectWithinMs: 5_000 },
    tls: { ca: all.party.authority.certificate },
  });
  await session.subscribe(`hf/1/register/${corner}/res`);
  await session.publish(`hf/1/register/${corner}/req`, JSON.stringify(request));
  await until('it is answered', () => session.heard.length > 0, 10_000);
  return JSON.parse(session.heard[0]?.text ?? '');
};

const refusedWith = (code: string) => ({ ok: false, refusal: { code } });

describe('registration', () => {
  test('a stolen code: whoever comes second, with another key, is refused code_used', async () => {
    const code = all.code();
    expect((await ended(all.registering(all.freshData(), code))).exit).toBe(0);
    const thief = requestFor(code, freshPrivateKey());
    expect(await askInCorner('a'.repeat(32), thief)).toMatchObject(refusedWith('code_used'));
  });

  test('a replayed request: once the device has joined, its own request is refused code_used', async () => {
    const code = all.code();
    const request = requestFor(code);
    expect(await askInCorner('b'.repeat(32), request)).toMatchObject({ ok: true });
    const { deviceId } = (await askInCorner('c'.repeat(32), request)) as { deviceId: string };
    all.portal.registry.joined({ clientId: 'acme', deviceId });
    expect(await askInCorner('d'.repeat(32), request)).toMatchObject(refusedWith('code_used'));
  });

  test('codes that are guessed: after thirty a minute everybody is refused too_many_tries', async () => {
    const other = await portalParty();
    const { registrar } = other.portal.registry;
    const request = requestFor('00000-00000');
    const answers = Array.from({ length: 31 }, () => registrar.answer(request));
    expect(answers[29]).toMatchObject(refusedWith('code_unknown'));
    expect(answers[30]).toMatchObject(refusedWith('too_many_tries'));
    await other.close();
  });

  test('a certificate for somebody else’s key: a request it did not sign is refused', async () => {
    const [own, other] = [freshPrivateKey(), freshPrivateKey()];
    const spoilt = signingRequest('x', own).replace(/[A-Za-z0-9+/]{4}(?==*\r?\n-----END)/, 'AAAA');
    const request = { ...requestFor(all.code(), other), csr: spoilt };
    expect(await askInCorner('e'.repeat(32), request)).toMatchObject(
      refusedWith('request_unsound'),
    );
  });
});

describe('another device’s certificate', () => {
  test('reads and writes nothing of this one: the broker passes nothing on', async () => {
    const other = await all.registered();
    all.portal.registry.desired.put(subject, 'device', { status: 'Active' });
    const session = await sessions.connected({
      ...all.party.settings(portalName),
      ...{ clientId: other.device, tls: tlsOf(other.data) },
    });
    const ownPresence = `hf/1/${other.device}/presence`;
    await session.subscribe(topic('desired/device'), topic('log/down'), ownPresence);
    const birth = { session: 1_000, bootId: 'thief', agentVersion: '0' };
    await session.publish(topic('presence'), JSON.stringify({ state: 'offline', ...birth }));
    await session.publish(ownPresence, JSON.stringify({ state: 'online', ...birth }));
    // What is its own comes through, and nothing that was sent before it.
    await until('it hears itself', () => session.heard.length > 0, 10_000);
    await until('the portal does', () => all.isOnline(other.device), 10_000);
    expect(session.heard.map((heard) => heard.topic)).toEqual([ownPresence]);
    expect(all.isOnline(subject)).toBe(true);
  });

  test('under the name of this one is refused by the agent before it connects', async () => {
    const stolen = await all.registered();
    const other = await all.registered();
    const { writeFileSync } = await import('node:fs');
    const { certificate = '' } = tlsOf(other.data);
    writeFileSync(join(stolen.data, 'identity', 'device.crt'), certificate, { mode: 0o600 });
    const wrong = await all.agentOn(stolen.data);
    await expect(wrong.start()).rejects.toThrow(/is made out to acme/);
  });
});

describe('desired documents and words', () => {
  /** Why the device says it refused the last document. */
  const refusalSaid = (): string | undefined => {
    const last = broker.heard.findLast((heard) => heard.topic === topic('reported'));
    const { documents = [] } = JSON.parse(last?.text ?? '{}') as {
      documents?: { kind: string; refused?: string }[];
    };
    return documents.find(({ kind }) => kind === 'device')?.refused;
  };
  const wish = (version: number) => ({
    ...{ kind: 'device', subject, version, issuedAt: 1, body: { status: 'Disabled' } },
  });
  const forged = (content: object, channel: Channel) =>
    signerOf('signing-unknown', new Uint8Array(32).fill(7))(content, {
      ...{ typ: channel, sub: `${subject.clientId}/${subject.deviceId}` },
    });
  const takesPayments = async () => {
    const { body } = await agent.client.get('/v1/health');
    return !(body as { reasons: string[] }).reasons.includes('device_disabled');
  };
  const sayRetained = (payload: string) =>
    broker.publish(topic('desired/device'), payload, { retained: true });

  test('a forged document is refused, reported with the reason, and changes nothing', async () => {
    await sayRetained(forged(wish(9_999_999_999), 'desired/device'));
    await until('it is reported', () => refusalSaid()?.includes('does not trust') === true, 10_000);
    expect(await takesPayments()).toBe(true);
  });

  test('an older document that is played again is refused, and reported as older', async () => {
    const { desired } = all.portal.registry;
    const own = () => broker.heard.filter((heard) => heard.topic === topic('desired/device'));
    const before = own().length;
    desired.put(subject, 'device', { status: 'Disabled' });
    await until('it is published', () => own().length > before, 10_000);
    const recorded = own().at(-1)?.text ?? '';
    await until('it holds', async () => !(await takesPayments()), 10_000);
    desired.put(subject, 'device', { status: 'Active' });
    await until('it holds no more', takesPayments, 10_000);
    await sayRetained(recorded);
    await until('it is reported', () => refusalSaid()?.includes('is older than') === true, 10_000);
    expect(await takesPayments()).toBe(true);
    desired.put(subject, 'device', { status: 'Active' });
  });

  test.each([
    ['a forged word', () => forged({}, 'log/down'), 'does not trust'],
    ['an oversized word', () => 'x'.repeat(3 * linkLimits.frameBytes), 'oversized'],
    ['a word that is nested without end', () => '['.repeat(60_000), 'three parts'],
  ])('%s is refused and told, and the session goes on', async (_what, payload, why) => {
    const seen = agent.output().length;
    await broker.publish(topic('log/down'), payload());
    await until('it is told', () => agent.output().slice(seen).includes(why), 10_000);
    expect(all.isOnline(subject)).toBe(true);
  });

  test('a word that is played again is taken in once', async () => {
    const order = {
      ...{ kind: 'batch.close', params: {}, ttlMs: 60_000 },
      issuedBy: { userId: 'op', role: 'admin' },
    };
    all.portal.command(subject, order);
    const frames = () => broker.heard.filter((heard) => heard.topic === topic('log/down'));
    await until('it was sent', () => frames().length > 0, 10_000);
    const finished = () => all.events.filter(({ is }) => is === 'command.finished').length;
    await until('it is finished', () => finished() > 0, 10_000);
    const before = finished();
    await broker.publish(topic('log/down'), frames().at(-1)?.text ?? '');
    // Another command behind it shows that the repeated one has been gone over.
    all.portal.command(subject, order);
    await until('the next is finished', () => finished() > before, 10_000);
    expect(finished()).toBe(before + 1);
  });
});

describe('the local API', () => {
  test('DNS rebinding: a page under a name of its own is refused host_not_allowed', async () => {
    const headers = { Host: `rebound.example:${port()}`, 'x-api-key': agent.localKey() ?? '' };
    const answer = await askRaw(port(), { method: 'GET', path: '/v1/status', headers });
    expect([answer.status, answer.code]).toEqual([400, 'host_not_allowed']);
  });

  test('deep JSON is refused as malformed, and nothing falls over', async () => {
    const headers = {
      ...{ Host: `127.0.0.1:${port()}`, 'x-api-key': agent.localKey() ?? '' },
      ...{ 'Content-Type': 'application/json', 'Idempotency-Key': 'deep' },
    };
    const deep = `{"type":"sale","userDefinedFields":${'{"a":'.repeat(8_000)}1${'}'.repeat(8_000)}}`;
    expect((await askRaw(port(), { headers, body: deep })).status).toBe(400);
    expect((await agent.client.get('/v1/health')).status).toBe(200);
  });

  test('slow-loris: a hundred requests that never end are closed, and others are answered', async () => {
    const slow = Array.from({ length: 100 }, () => {
      const socket = connect(port(), '127.0.0.1', () => {
        socket.write('GET /v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ');
      });
      let isClosed = false;
      socket.on('error', () => undefined);
      socket.resume();
      socket.once('close', () => {
        isClosed = true;
      });
      return { socket, isClosed: () => isClosed };
    });
    await until('all are connected', () => slow.every(({ socket }) => !socket.connecting), 10_000);
    expect((await agent.client.get('/v1/health')).status).toBe(200);
    await until('they are closed', () => slow.every(({ isClosed }) => isClosed()), 20_000);
    expect((await agent.client.get('/v1/status')).status).toBe(200);
  });
});
