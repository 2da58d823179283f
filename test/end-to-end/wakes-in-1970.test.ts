/**
 * A device without a battery for its clock: the built agent under libfaketime in 1970, a Mosquitto that asks
 * for certificates, and a system that does or does not let the agent set the time.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../simulator/shop/until.ts';
import { FakedClock } from '../rigs/faked-clock.ts';
import { openShop, type Shop } from '../rigs/shop.ts';

let shop: Shop;
let clock: FakedClock;

beforeAll(async () => {
  shop = await openShop();
  const machine = join(shop.directory, 'machine');
  mkdirSync(machine);
  clock = new FakedClock(machine);
});

afterAll(() => shop.close());

interface Status {
  readonly clock: { readonly now: string; readonly trust: string };
  readonly health: { readonly reasons: readonly string[] };
  readonly link: { readonly lastFault?: string };
}

const status = async (): Promise<Status> =>
  (await shop.agent.client.get('/v1/status')).body as Status;

const timesOf = async (transactionId: string) => {
  const { body } = await shop.agent.client.get(`/v1/transactions/${transactionId}`);
  const { createdAt, updatedAt } = body as { createdAt: string; updatedAt: string };
  return { createdAt: Date.parse(createdAt), updatedAt: Date.parse(updatedAt) };
};

const trusted = () =>
  shop.holds('the clock is trusted', async () => (await status()).clock.trust === 'trusted');

const hourMs = 3_600_000;
let soldIn1970: string;
let soldAtMs: number;

describe('where the system refuses to set it', () => {
  test('the agent sells on without the portal, and says what is wrong', async () => {
    clock.mayBeSet(false);
    const seen = shop.log.length;
    await shop.restartWith({ env: clock.env });
    await shop.says('clock.behind', seen);
    await shop.till.readerIs('ready');
    const { clock: shown, health } = await status();
    expect(shown).toMatchObject({ trust: 'untrusted' });
    expect(shown.now).toMatch(/^1970-01-01T/);
    expect(health.reasons).toContain('clock_behind');
    const sold = await shop.till.sell({ value: 19_70 });
    expect(sold).toMatchObject({ outcome: 'approved_offline' });
    soldIn1970 = sold.transactionId;
    soldAtMs = Date.now();
    expect((await timesOf(soldIn1970)).createdAt).toBeLessThan(hourMs);
  });

  test('it tries to connect all the same, and certificates are checked all the same', async () => {
    await until('the link says why', async () =>
      /not yet valid/.test((await status()).link.lastFault ?? ''),
    );
  });
});

describe('where it may be set', () => {
  test('the agent raises it before it connects, and it is trusted once the portal agrees', async () => {
    clock.mayBeSet(true);
    const seen = shop.log.length;
    await shop.restartWith({ env: clock.env });
    await shop.says('clock.raised', seen);
    await shop.till.linkIs('online');
    await trusted();
    const { clock: shown, health } = await status();
    expect(Math.abs(Date.parse(shown.now) - Date.now())).toBeLessThan(hourMs);
    expect(health.reasons).not.toContain('clock_behind');
  });

  test('what was sold in 1970 has its right time, and the portal knows how far it was off', async () => {
    await shop.settled();
    const { createdAt, updatedAt } = await timesOf(soldIn1970);
    expect(Math.abs(createdAt - soldAtMs)).toBeLessThan(hourMs);
    expect(Math.abs(updatedAt - soldAtMs)).toBeLessThan(hourMs);
    const [device] = shop.portal.devices();
    const [correction] = device?.clockCorrections ?? [];
    expect(Math.abs((correction?.byMs ?? 0) - soldAtMs)).toBeLessThan(hourMs);
  });

  test('a power cut that takes the time with it costs nothing', async () => {
    await shop.agent.kill9();
    clock.wake();
    const seen = shop.log.length;
    await shop.restartWith({ env: clock.env });
    await shop.says('clock.raised', seen);
    await shop.ready();
    await trusted();
    const sold = await shop.till.sell({ value: 20_26 });
    expect(sold).toMatchObject({ outcome: 'approved' });
  });
});

test('a clock that is ahead is told, and left to people', async () => {
  await shop.agent.stop();
  clock.setAhead(hourMs);
  const seen = shop.log.length;
  await shop.restartWith({ env: clock.env });
  await shop.says('clock.ahead', seen);
  const { clock: shown, health } = await status();
  expect(health.reasons).toContain('clock_ahead');
  expect(shown.trust).toBe('untrusted');
  expect(Date.parse(shown.now) - Date.now()).toBeGreaterThan(hourMs / 2);
});
