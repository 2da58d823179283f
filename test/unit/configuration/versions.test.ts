/** Versions of the settings: whole or not at all, never within a transaction, undone when unproven. */
import { describe, expect, test } from 'vitest';
import { judgedWithinMs } from '../../../agent/configuration/judging.ts';
import { orderOf } from '../../fixtures/payments.ts';
import { approve, enter, happen } from '../../rigs/open-ledger.ts';
import { ConfiguredDevice, documents, homeBroker } from './device.ts';

const { client, group, device } = documents;
const inTills = device(3, 'tills');
const broker = (port: number) => ({ link: { brokerUrl: `mqtts://portal.example:${port}` } });

describe('a version', () => {
  test('is in force as a whole, with a number, a fact and its origin', async () => {
    const till = new ConfiguredDevice();
    expect(till.inForce()).toBe('1: {}');
    await till.hear(client(2, { offline: { enabled: true } }));
    await till.hear(inTills, group('tills', 7, { offline: { totalLimit: { USD: '50.00' } } }));
    expect(till.settings).toMatchObject({
      'offline.enabled': true,
      'offline.totalLimit': { default: '1000.00', USD: '50.00' },
    });
    expect(till.inForce()).toBe(
      '3: {"client":2,"group":{"groupId":"tills","version":7},"device":3}',
    );
    expect(
      till.facts().map(({ body }) => [body['number'], body['because'], body['changed']]),
    ).toEqual([
      [1, 'started', []],
      [2, 'confirmed', ['offline.enabled']],
      [3, 'confirmed', ['offline.totalLimit']],
    ]);
    expect(till.configuration.report().sections).toEqual([{ section: 'offline', is: 'in force' }]);
  });

  test('of which one value is out of range is refused by its path, and leaves no trace', async () => {
    const till = new ConfiguredDevice();
    await till.hear(inTills, group('tills', 7, { offline: { enabled: true, countLimit: -1 } }));
    expect(till.settings['offline.enabled']).toBe(false);
    expect(till.configuration.report()).toMatchObject({
      number: 1,
      refused: { outcome: 'rejected', code: 'malformed', path: 'offline.countLimit' },
    });
    // The device is in a group whose settings it cannot have: all of it waits for better ones.
    expect(till.configuration.report().candidate).toMatchObject({ waitsFor: 'group' });
    await till.hear(group('tills', 8, { offline: { enabled: true, countLimit: 1 } }));
    expect(till.settings).toMatchObject({ 'offline.enabled': true, 'offline.countLimit': 1 });
    expect(till.configuration.report().refused).toBeUndefined();
  });

  test('that is refused for one document does not keep the others from taking effect', async () => {
    const till = new ConfiguredDevice();
    await till.hear(
      client(2, { api: { port: 1 } }),
      device(3, undefined, { timeZone: 'Europe/Berlin' }),
    );
    expect(till.settings.timeZone).toBe('Europe/Berlin');
    expect(till.inForce()).toBe('2: {"device":3}');
    expect(till.facts().map(({ type }) => type)).toContain('configuration.refused');
  });

  test('that contradicts what lies on the device is refused', async () => {
    const till = new ConfiguredDevice({ file: { link: { reconnectFromMs: 60_000 } } });
    await till.hear(client(2, { link: { reconnectUpToMs: 1_000 } }));
    expect(till.configuration.report().refused).toMatchObject({
      ...{ code: 'contradictory', path: 'link.reconnectFromMs', outcome: 'rejected' },
    });
  });

  test('is in force without the settings this agent does not know, and names them', async () => {
    const till = new ConfiguredDevice();
    await till.hear(client(2, { offline: { enabled: true, sparkle: 3 } }));
    expect(till.settings['offline.enabled']).toBe(true);
    expect(till.configuration.report().ignored).toEqual(['offline.sparkle']);
  });

  test('is not applied again when the same documents come again, or the agent starts again', async () => {
    const till = new ConfiguredDevice();
    await till.hear(client(2, { offline: { enabled: true } }));
    const before = till.facts();
    await till.hear(client(2, { offline: { enabled: true } }));
    await till.restart();
    await till.restart();
    expect(till.facts()).toEqual(before);
    expect(till.settings['offline.enabled']).toBe(true);
  });

  test('of another group takes the place of the one before, whose settings are dropped', async () => {
    const till = new ConfiguredDevice();
    await till.hear(inTills, group('tills', 7, { offline: { countLimit: 5 } }));
    await till.hear(device(4, 'kiosks'));
    expect(till.configuration.report().candidate).toMatchObject({ waitsFor: 'group' });
    expect(till.settings['offline.countLimit']).toBe(5);
    await till.hear(group('kiosks', 1, { receipt: { footer: ['Bye'] } }));
    expect(till.settings).toMatchObject({ 'offline.countLimit': 100, 'receipt.footer': ['Bye'] });
  });

  test('keeps a registered device from selling until its group’s settings have come', async () => {
    const till = new ConfiguredDevice({ isRegistered: true });
    expect(till.ledger.meta.get('configurationAwaited')).toBe(1);
    await till.hear(inTills);
    expect(till.ledger.meta.get('configurationAwaited')).toBe(1);
    await till.hear(group('tills', 7, {}));
    expect(till.ledger.meta.get('configurationAwaited')).toBe(0);
  });
});

describe('a veto', () => {
  test('refuses the version with the part’s own reason', async () => {
    const till = new ConfiguredDevice();
    till.world.setFree(10 * 1_048_576);
    await till.hear(client(2, { storage: { reserveMiB: 500 } }));
    expect(till.settings['storage.reserveMiB']).toBe(64);
    expect(till.configuration.report().refused).toMatchObject({
      ...{ outcome: 'rejected', code: 'reserve_not_there', path: 'storage.reserveMiB' },
    });
  });

  test.each([
    ['a reader of no protocol', { readers: [{ id: 'a', protocol: 'semaphore', path: '/dev/x' }] }],
    ['no broker at all', { link: { brokerUrl: '' } }],
  ])('is given to %s', async (_what, settings) => {
    const till = new ConfiguredDevice();
    await till.hear(client(2, settings));
    expect(till.configuration.report().refused).toMatchObject({ outcome: 'rejected' });
    expect(till.begun).toEqual([]);
  });

  test('that does not come in time is a no', async () => {
    const silent = { part: 'drawer', judge: () => new Promise<undefined>(() => undefined) };
    const till = new ConfiguredDevice({ judges: [silent] });
    await till.hear(client(2, { offline: { enabled: true } }));
    expect(till.configuration.report().candidate).toMatchObject({ state: 'judging' });
    await till.pass(judgedWithinMs);
    expect(till.configuration.report().refused).toMatchObject({ code: 'veto_timed_out' });
  });

  test('of a part that fails is a no', async () => {
    const broken = { part: 'drawer', judge: () => Promise.reject(new Error('It is stuck.')) };
    const till = new ConfiguredDevice({ judges: [broken] });
    await till.hear(client(2, { offline: { enabled: true } }));
    expect(till.configuration.report().refused).toMatchObject({ code: 'veto_failed' });
  });
});

describe('waiting', () => {
  test('a transaction under way is decided by what was in force when it began', async () => {
    const till = new ConfiguredDevice();
    enter(till.ledger, orderOf(1));
    await till.hear(client(2, { offline: { enabled: true } }));
    expect(till.configuration.report().candidate).toMatchObject({
      ...{ state: 'waiting', waitsFor: 'idle', why: 'A transaction is under way.' },
    });
    expect(till.settings['offline.enabled']).toBe(false);
    happen(till.ledger, orderOf(1).transactionId, { is: 'given up', reason: 'cancelled_by_pos' });
    till.configuration.lookSoon();
    await till.settle();
    expect(till.settings['offline.enabled']).toBe(true);
    approve(till.ledger, orderOf(2), 2);
    const numberOf = (order: number) =>
      till.ledger.transactions.find(orderOf(order).transactionId)?.order.configuration;
    expect([numberOf(1), numberOf(2)]).toEqual([1, 2]);
  });

  test('a newer version takes the place of one that waits', async () => {
    const till = new ConfiguredDevice();
    enter(till.ledger, orderOf(1));
    await till.hear(client(2, { offline: { countLimit: 2 } }));
    await till.hear(client(3, { offline: { countLimit: 3 } }));
    happen(till.ledger, orderOf(1).transactionId, { is: 'given up', reason: 'cancelled_by_pos' });
    await till.pass(60_000);
    expect(till.settings['offline.countLimit']).toBe(3);
    expect(till.inForce()).toBe('2: {"client":3}');
  });

  test('the window is waited for, and the earliest time is told', async () => {
    const till = new ConfiguredDevice({
      file: { timeZone: 'Europe/Berlin', configuration: { window: '22:00-05:00' } },
    });
    // 08:00 UTC on 1 December is 09:00 in Berlin.
    await till.hear(client(2, { offline: { enabled: true } }));
    expect(till.configuration.report().candidate).toMatchObject({
      ...{ waitsFor: 'window', earliestAt: Date.UTC(2026, 11, 1, 21) },
    });
    await till.pass(13 * 3_600_000 + 60_000);
    expect(till.settings['offline.enabled']).toBe(true);
  });

  test('a hold is waited for, survives a restart, and ends by itself', async () => {
    const till = new ConfiguredDevice();
    const { putHold } = await import('../../../agent/configuration/hold.ts');
    putHold(till.ledger, 30, 'evening rush');
    await till.hear(client(2, { offline: { enabled: true } }));
    expect(till.configuration.report().candidate).toMatchObject({
      ...{ waitsFor: 'hold', earliestAt: till.world.clock.wallMs() + 30 * 60_000 },
      why: 'Somebody at the device holds it back (evening rush).',
    });
    await till.restart();
    expect(till.settings['offline.enabled']).toBe(false);
    await till.pass(31 * 60_000);
    expect(till.settings['offline.enabled']).toBe(true);
  });

  test('a change of the link waits for the line', async () => {
    let online = false;
    const till = new ConfiguredDevice({ online: () => online });
    await till.hear(client(2, broker(8883)));
    expect(till.configuration.report().candidate).toMatchObject({ waitsFor: 'line' });
    online = true;
    await till.pass(60_000);
    expect(till.begun).toEqual(['link']);
  });
});

describe('a version that changes the link', () => {
  test('is on trial there only, and in force everywhere once the portal was reached', async () => {
    const till = new ConfiguredDevice();
    await till.hear(client(2, { ...broker(9), offline: { enabled: true } }));
    const { settings, onTrial } = till.configured.inForce;
    expect([till.begun, till.configuration.report().candidate?.state]).toEqual([
      ['link'],
      'proving',
    ]);
    expect(onTrial['link.brokerUrl']).toBe('mqtts://portal.example:9');
    expect([settings['link.brokerUrl'], settings['offline.enabled']]).toEqual([homeBroker, false]);
    till.configuration.joined();
    expect(settings).toMatchObject({
      ...{ 'link.brokerUrl': 'mqtts://portal.example:9', 'offline.enabled': true },
    });
    expect(till.shelf.files.has('configurationTrial')).toBe(false);
  });

  test('undoes itself when it is not proven in time; only a higher one is tried again', async () => {
    const till = new ConfiguredDevice();
    await till.hear(client(2, broker(9)));
    await till.pass(120_000);
    expect(till.begun).toEqual(['link', 'link']);
    expect(till.configured.inForce.onTrial['link.brokerUrl']).toBe(homeBroker);
    expect(till.configuration.report().refused).toMatchObject({
      ...{ layers: { client: 2 }, outcome: 'rolled_back', code: 'not_proven' },
      why: expect.stringMatching(/Within 120 s the portal was not reached/) as string,
    });
    await till.restart();
    await till.hear(client(2, broker(9)));
    await till.pass(600_000);
    expect(till.begun).toEqual(['link', 'link']);
    await till.hear(client(3, broker(8883)));
    till.configuration.joined();
    expect(till.settings['link.brokerUrl']).toBe('mqtts://portal.example:8883');
  });

  test('is not in force within a transaction, though it was proven', async () => {
    const till = new ConfiguredDevice();
    await till.hear(client(2, { ...broker(9), offline: { enabled: true } }));
    enter(till.ledger, orderOf(1));
    till.configuration.joined();
    expect(till.settings['offline.enabled']).toBe(false);
    // Proven is proven: its time cannot run out any more.
    await till.pass(300_000);
    happen(till.ledger, orderOf(1).transactionId, { is: 'given up', reason: 'cancelled_by_pos' });
    till.configuration.lookSoon();
    await till.settle();
    expect(till.settings['offline.enabled']).toBe(true);
    expect(till.begun).toEqual(['link']);
  });

  test('goes on being proven after a restart, and is given up after the second', async () => {
    const till = new ConfiguredDevice();
    await till.hear(client(2, broker(9)));
    for (const _start of [1, 2]) {
      await till.restart();
      expect(till.configuration.report().candidate?.state).toBe('proving');
      expect(till.configured.inForce.onTrial['link.brokerUrl']).toBe('mqtts://portal.example:9');
    }
    await till.restart();
    expect(till.configuration.report()).toMatchObject({
      refused: { outcome: 'rolled_back', code: 'interrupted' },
    });
    expect(till.configured.inForce.onTrial['link.brokerUrl']).toBe(homeBroker);
    expect(till.shelf.files.has('configurationTrial')).toBe(false);
  });
});

describe('a version that changes the readers', () => {
  const reader = { id: 'front', protocol: 'magtek-serial-line', path: '/dev/ttyUSB0' };

  test('is in force once a reader is ready again', async () => {
    let ready = true;
    const till = new ConfiguredDevice({
      readersReady: () => ready,
      begin: () => (ready = false),
    });
    await till.hear(client(2, { readers: [reader] }));
    expect(till.settings.readers).toEqual([]);
    ready = true;
    await till.pass(30_000);
    expect(till.settings.readers).toEqual([reader]);
  });

  test('is undone when none is, though one was before', async () => {
    let ready = true;
    const till = new ConfiguredDevice({
      readersReady: () => ready,
      begin: () => (ready = false),
    });
    await till.hear(client(2, { readers: [reader] }));
    await till.pass(120_000);
    expect(till.configuration.report().refused).toMatchObject({
      why: expect.stringMatching(/no reader was ready/) as string,
    });
  });

  test('proves nothing where none was ready before', async () => {
    const till = new ConfiguredDevice({ readersReady: () => false });
    await till.hear(client(2, { readers: [reader] }));
    expect(till.settings.readers).toEqual([reader]);
  });
});
