/**
 * Settings from the portal on a till of its own: put on trial and undone, held off while a sale runs, awaited
 * by a new device, kept over restarts and damage, and looked at by a technician. The real agent, registered
 * with a code, over Mosquitto with TLS.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { places } from '../../agent/places.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { until } from '../../simulator/shop/until.ts';
import { groupTill, offlineGroup, subjectIn, type GroupTill } from '../rigs/group-till.ts';
import { portalParty, type PortalParty } from '../rigs/portal-party.ts';

const patienceMs = 60_000;
const timeout = 3 * patienceMs;

/** The shortest time the settings allow. */
const provenWithinSeconds = 5;

let all: PortalParty;
const opened: GroupTill[] = [];

beforeAll(async () => {
  all = await portalParty();
}, patienceMs);

afterEach(async () => {
  for (const till of opened.splice(0)) await till.close();
});

afterAll(() => all.close());

/** A new till in a group of its own. */
const freshTill = async (groupId: string, settings: object, own = {}): Promise<GroupTill> => {
  const till = await groupTill(all, groupId, settings, own);
  opened.push(till);
  return till;
};

/** The same, once it sells with the settings of its group. */
const openTill = async (groupId: string, settings: object): Promise<GroupTill> => {
  const till = await freshTill(groupId, settings);
  await till.start();
  await till.isToPortal('in force');
  await till.till.readerIs('ready');
  return till;
};

/** Something that takes connections and never says a word. */
const mute = async (): Promise<{ port: number; close: () => void }> => {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const socket of open) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
};

/** Settings with another address of the broker; what is sound has all the time it needs to prove itself. */
const brokerAt = (brokerUrl: string) => offlineGroup(60, { link: { brokerUrl } });

/** Where the same broker is under another name. */
const otherAddress = () => all.party.url.replace('localhost', '127.0.0.1');

const numberOf = async (till: GroupTill, transactionId: string): Promise<unknown> =>
  ((await till.till.look(transactionId)) as { configuration?: number }).configuration;

test.each(['nobody listens', 'somebody listens who is no broker'])(
  'an address where %s is undone in its time while sales go on, and is never tried again',
  { timeout },
  async (where) => {
    const till = await openTill(
      where === 'nobody listens' ? 'nobody' : 'mute',
      offlineGroup(provenWithinSeconds),
    );
    const before = await till.standing();
    const silent = where === 'nobody listens' ? undefined : await mute();
    const port = silent?.port ?? (await freePort());

    const bad = till.want(brokerAt(`mqtts://localhost:${port}`));
    await till.standsAt('it is tried', ({ candidate }) => candidate?.state === 'proving');
    // Whoever asks a session that is just ending has no answer; that is said, and another matter.
    await till.offline();
    const during: string[] = [];
    await until(
      'it is undone, and sales go on',
      async () => {
        const { outcome, reason } = await till.till.sell({ value: 12_00 });
        during.push(reason ?? String(outcome));
        return (await till.standing()).refused !== undefined;
      },
      patienceMs,
    );
    expect(during).toContain('approved_offline');
    expect(during.filter((outcome) => !outcome.startsWith('approved'))).toEqual([]);
    await till.online();
    silent?.close();

    expect(await till.isToPortal('refused')).toMatchObject({
      ...{ is: 'refused', versions: before.layers },
      refused: {
        ...{ outcome: 'rolled_back', code: 'not_proven', layers: { group: { version: bad } } },
        why: expect.stringContaining('Within 5 s the portal was not reached') as string,
      },
    });
    const { number, hash } = await till.standing();
    expect([number, hash]).toEqual([before.number, before.hash]);

    await till.agent.stop();
    await till.start();
    await till.inForce(till.want(offlineGroup(60)));
    const good = till.want(brokerAt(otherAddress()));
    expect(await till.inForce(good)).toMatchObject({ number: before.number + 2 });
    // The bad one before, and the good one after the restart.
    expect(till.trials()).toBe(2);
    expect((await till.factsAtPortal()).slice(-3)).toEqual([
      ...['not_proven', `${before.number + 1} confirmed`, `${before.number + 2} confirmed`],
    ]);
  },
);

test('a lower limit counts for the next sale, never for one under way', { timeout }, async () => {
  const till = await openTill('limits', offlineGroup(60));
  const before = await till.standing();
  const first = await till.till.begin(40_00);
  const lower = till.want({
    ...offlineGroup(60),
    offline: { ...offlineGroup(60).offline, amountLimit: { default: '30.00' } },
  });
  expect(
    await till.standsAt('it waits', ({ candidate }) => candidate?.waitsFor !== undefined),
  ).toMatchObject({
    candidate: { state: 'waiting', waitsFor: 'idle', layers: { group: { version: lower } } },
  });
  expect(await till.waitsToPortal('idle')).toMatchObject({
    is: 'waiting',
    versions: before.layers,
  });

  await all.party.mosquitto.stop();
  await till.offline();
  expect((await till.standing()).number).toBe(before.number);
  await till.till.swipe(first.transactionId);
  expect(await till.till.answer(first.transactionId)).toMatchObject({
    outcome: 'approved_offline',
  });

  await till.standsAt('it counts', ({ number }) => number === before.number + 1);
  const second = await till.till.sell({ value: 40_00 });
  expect(second).toMatchObject({ outcome: 'declined', reason: 'offline_amount_exceeded' });
  const third = await till.till.sell({ value: 29_00 });
  expect(third).toMatchObject({ outcome: 'approved_offline' });
  expect([
    await numberOf(till, first.transactionId),
    await numberOf(till, second.transactionId),
    await numberOf(till, third.transactionId),
  ]).toEqual([before.number, before.number + 1, before.number + 1]);

  await all.party.restart();
  await till.online();
  await till.inForce(lower);
});

test(
  'a new device sells nothing before it has the settings of its group',
  { timeout },
  async () => {
    const till = await freshTill('brand-new', {
      ...offlineGroup(60),
      receipt: { header: ['Kiosk'] },
    });
    await all.party.mosquitto.stop();
    await till.agent.start();
    await till.till.readerIs('ready');
    expect(await till.agent.client.sale(5_00)).toMatchObject({
      ...{ status: 503, body: { code: 'configuration_awaited' } },
    });
    expect(await till.agent.client.get('/v1/health')).toMatchObject({
      body: { reasons: ['configuration_awaited'] },
    });

    await all.party.restart();
    await till.online();
    await till.isToPortal('in force');
    const sold = await till.till.sell({ value: 5_00 });
    expect(sold).toMatchObject({ outcome: 'approved' });
    expect(await numberOf(till, sold.transactionId)).toBe((await till.standing()).number);
    expect(await till.agent.client.get('/v1/health')).toMatchObject({ body: { status: 'ok' } });
    expect((await till.command('config', 'why', 'receipt.header')).said).toMatch(/from +group/);
  },
);

test(
  'a new device whose group asks for what cannot be sells once that is mended',
  { timeout },
  async () => {
    const till = await freshTill('unborn', { link: { brokerUrl: '' } });
    await till.start();
    expect(await till.isToPortal('refused')).toMatchObject({
      ...{ versions: {}, refused: { outcome: 'rejected', code: 'broker_missing' } },
    });
    await till.till.readerIs('ready');
    expect(await till.agent.client.sale(5_00)).toMatchObject({
      body: { code: 'configuration_awaited' },
    });
    await till.inForce(till.want(offlineGroup(60)));
    expect(await till.till.sell({ value: 5_00 })).toMatchObject({ outcome: 'approved' });
  },
);

test(
  'readers of the group are used once they work, and those before where they do not',
  { timeout },
  async () => {
    const own = { readers: undefined };
    const till = await freshTill('readers', offlineGroup(provenWithinSeconds), own);
    await till.start();
    const named = (id: string, path: string) => ({
      ...offlineGroup(provenWithinSeconds),
      readers: [{ id, protocol: 'magtek-serial-line', path }],
    });
    await till.inForce(till.want(named('first', till.reader.link)));
    await till.till.readerIs('ready');

    const renamed = till.want(named('second', till.reader.link));
    const before = await till.inForce(renamed);
    expect(await till.till.sell({ value: 6_00 })).toMatchObject({
      ...{ outcome: 'approved', deviceAndPeripherals: { peripheralId: ['second'] } },
    });

    till.want(named('third', `${till.reader.link}.gone`));
    expect(await till.isToPortal('refused')).toMatchObject({
      versions: before.layers,
      refused: {
        ...{ outcome: 'rolled_back', code: 'not_proven' },
        why: expect.stringContaining('no reader was ready') as string,
      },
    });
    await till.till.readerIs('ready');
    expect(await till.till.sell({ value: 6_00 })).toMatchObject({
      ...{ outcome: 'approved', deviceAndPeripherals: { peripheralId: ['second'] } },
    });
  },
);

test(
  'nothing is applied again after a restart of the broker or of the agent',
  { timeout },
  async () => {
    const till = await openTill('steady', offlineGroup(60));
    const version = till.want(brokerAt(otherAddress()));
    const [before, facts] = [await till.inForce(version), await till.factsAtPortal()];
    const history = await till.history();

    const births = all.count('device.online', till.device);
    await all.party.restart();
    await until('it is back', () => all.count('device.online', till.device) > births, patienceMs);
    await till.online();
    await till.agent.stop();
    // What is said again with a birth is heard before the acknowledgement that makes it online.
    await till.start();
    await till.till.readerIs('ready');
    const sold = await till.till.sell({ value: 7_00 });
    expect(sold).toMatchObject({ outcome: 'approved' });

    expect(await till.factsAtPortal()).toEqual(facts);
    expect(await till.history()).toEqual(history);
    const { number, hash, layers } = await till.standing();
    expect({ number, hash, layers }).toEqual({
      ...{ number: before.number, hash: before.hash, layers: before.layers },
    });
    expect(till.trials()).toBe(1);
  },
);

test(
  'a damaged file is passed over, said, and put right from the portal’s word',
  { timeout },
  async () => {
    const till = await openTill('damaged', offlineGroup(60));
    const second = till.want(offlineGroup(60, { receipt: { header: ['Second'] } }));
    const before = await till.inForce(second);
    await till.agent.stop();
    const whole = till.file('configurationInForce') ?? '';
    writeFileSync(
      join(till.data, places.configurationInForce),
      whole.slice(0, Math.floor(whole.length / 2)),
    );

    await till.start();
    expect(await till.agent.client.get('/v1/health')).toMatchObject({
      body: { reasons: expect.arrayContaining(['configuration_fallback']) as string[] },
    });
    const isSaid = () => till.log.some(({ event }) => event === 'configuration.fallen_back');
    await until('its log says so', isSaid, patienceMs);
    const after = await till.inForce(second);
    expect([after.hash, after.layers]).toEqual([before.hash, before.layers]);
    expect(till.file('configurationInForce')).toBe(whole);
    expect((await till.factsAtPortal()).slice(-2)).toEqual([
      ...[`${before.number + 1} fallen_back`, `${before.number + 2} confirmed`],
    ]);

    await till.agent.stop();
    await till.start();
    await till.till.readerIs('ready');
    expect(await till.agent.client.get('/v1/health')).toMatchObject({ body: { status: 'ok' } });

    // A file that is gone is as bad as a torn one.
    await till.agent.stop();
    rmSync(join(till.data, places.configurationInForce));
    await till.start();
    expect(await till.agent.client.get('/v1/health')).toMatchObject({
      body: { reasons: expect.arrayContaining(['configuration_fallback']) as string[] },
    });
    expect(await till.inForce(second)).toMatchObject({ hash: before.hash, layers: before.layers });
    expect(till.file('configurationInForce')).toBe(whole);
  },
);

test('a technician sees what a change would do, and holds it back', { timeout }, async () => {
  const till = await openTill('technician', offlineGroup(60));
  const before = await till.standing();
  const wanted = offlineGroup(60, { tip: { limitPercent: 20 } });
  const file = join(`${till.data}.wanted.json`);
  writeFileSync(file, JSON.stringify(wanted));

  const shown = await till.command('config', 'preview', file);
  expect(shown.exit, shown.said).toBe(0);
  expect(shown.said).toMatch(/tip\.limitPercent +100 +20 +live/);
  writeFileSync(file, JSON.stringify({ ...wanted, storage: { reserveMiB: 1_048_576 } }));
  const without = await till.command('config', 'preview', file);
  // The till's own file says otherwise, so the group's reserve would come to nothing.
  expect(without.said).toMatch(/storage\.reserveMiB \(the file says otherwise\)/);
  writeFileSync(file, JSON.stringify({ link: { brokerUrl: '' } }));
  expect(await till.command('config', 'preview', file)).toMatchObject({
    exit: 1,
    said: expect.stringContaining('It would be refused (broker_missing)') as string,
  });
  expect((await till.standing()).number).toBe(before.number);

  const held = await till.command('config', 'hold', '--minutes', '30', '--reason', 'lunch');
  expect(held).toMatchObject({
    exit: 0,
    said: expect.stringContaining('held back for 30 min') as string,
  });
  const version = till.want(wanted);
  expect(await till.waitsToPortal('hold')).toMatchObject({
    ...{ is: 'waiting', why: expect.stringContaining('lunch') as string },
  });
  // A hold is no secret of the process.
  await till.agent.stop();
  await till.start();
  expect(await till.standsAt('it waits', ({ candidate }) => candidate !== undefined)).toMatchObject(
    {
      ...{ number: before.number, hold: { why: 'lunch' } },
      candidate: { state: 'waiting', waitsFor: 'hold' },
    },
  );
  expect((await till.command('config', 'release')).exit).toBe(0);
  await till.inForce(version);

  const why = await till.command('config', 'why', 'tip.limitPercent');
  expect(why.said).toMatch(/value +20 %/);
  expect(why.said).toMatch(/from +group/);
  const history = await till.command('config', 'history');
  expect(history.said).toContain(`group technician ${version}`);
  expect(history.said).toContain('changed: tip.limitPercent');
  const { groups } = all.portal.registry;
  expect(groups.groupIdOf(subjectIn(till))).toBe('technician');
});
