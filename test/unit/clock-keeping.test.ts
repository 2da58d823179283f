/** The wall clock is raised to what is known to be past, and told where it cannot be. */
import { describe, expect, test } from 'vitest';
import { ClockKeeper, type ClockNews } from '../../agent/clock-keeping.ts';
import { agreementMs } from '../../agent/ledger/clock-bound.ts';
import { release } from '../../firmware/index.ts';
import { virtualClock } from '../../simulator/world/clock.ts';
import { orderOf } from '../fixtures/payments.ts';
import { approve, freshPath, openedLedger } from '../rigs/open-ledger.ts';
import { quietWorld, rebooted, type QuietWorld } from '../rigs/quiet-world.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What a system does when it is asked to set its clock. */
type System = 'obeys' | 'refuses' | 'lies';

const kept = (wallMs: number, system: System | undefined) =>
  keptIn(quietWorld({ clock: virtualClock({ wallMs }) }), system);

const keptIn = (quiet: QuietWorld, system: System | undefined, path?: string) => {
  const asked: number[] = [];
  const does = { system };
  const world = {
    ...quiet,
    ...(system === undefined
      ? {}
      : {
          setClock: (toMs: number) => {
            asked.push(toMs);
            if (does.system === 'obeys') quiet.clock.jumpWall(toMs - quiet.clock.wallMs());
            return Promise.resolve(does.system !== 'refuses');
          },
        }),
  };
  const { ledger } = openedLedger(world, path);
  const news: ClockNews[] = [];
  const keeper = new ClockKeeper({ ledger, world, tell: (each) => news.push(each) });
  const obey = () => (does.system = 'obeys');
  return { keeper, ledger, clock: quiet.clock, news, asked, obey };
};

const settled = () => new Promise(setImmediate);

describe('a clock in 1970', () => {
  test('is raised before anything connects, and trusted once the portal agrees', async () => {
    const { keeper, ledger, clock, news } = kept(60_000, 'obeys');
    await keeper.begin();
    expect(clock.wallMs()).toBe(release.builtAt);
    expect(news).toEqual([{ is: 'raised', byMs: release.builtAt - 60_000 }]);
    expect(ledger.clock.trust()).toBe('bounded');
    keeper.heardTime(release.builtAt + 60_000);
    expect(ledger.clock.trust()).toBe('trusted');
  });

  test('is raised again to the portal’s time when the bound was not enough', async () => {
    const { keeper, ledger, clock, news } = kept(60_000, 'obeys');
    await keeper.begin();
    approve(ledger, orderOf(1), 1);
    const portalMs = release.builtAt + 40 * hourMs;
    keeper.heardTime(portalMs);
    await settled();
    expect(clock.wallMs()).toBe(portalMs);
    expect(news.map(({ is }) => is)).toEqual(['raised', 'corrected', 'raised']);
    keeper.heardTime(portalMs);
    expect(ledger.clock.trust()).toBe('trusted');
  });

  test.each(['refuses', 'lies', undefined] as const)(
    'of a system that %s stays there, is told, and is tried again every hour',
    async (system) => {
      const { keeper, ledger, clock, news, asked, obey } = kept(60_000, system);
      await keeper.begin();
      expect(news).toEqual([{ is: 'behind', byMs: release.builtAt - 60_000 }]);
      expect([ledger.clock.trust(), ledger.clock.behindMs() > 0]).toEqual(['untrusted', true]);
      // Every acknowledgement tells the time; none of them is another try.
      for (let acks = 0; acks < 5; acks += 1) keeper.heardTime(release.builtAt + hourMs);
      await settled();
      expect(news).toHaveLength(1);
      clock.advance(hourMs);
      await settled();
      expect(news).toHaveLength(2);
      if (system === undefined) return;
      expect(asked).toHaveLength(2);
      obey();
      clock.advance(hourMs);
      await settled();
      expect(news.at(-1)?.is).toBe('raised');
      expect(ledger.clock.behindMs()).toBe(0);
    },
  );
});

describe('a clock that is', () => {
  test('not behind is left alone', async () => {
    const { keeper, news, asked } = kept(release.builtAt + hourMs, 'obeys');
    await keeper.begin();
    keeper.heardTime(release.builtAt + hourMs);
    expect([news, asked]).toEqual([[], []]);
  });

  test('ahead of the portal’s time is never set back, and told once', async () => {
    const { keeper, ledger, clock, news, asked } = kept(release.builtAt + 40 * hourMs, 'obeys');
    await keeper.begin();
    for (let acks = 0; acks < 3; acks += 1) keeper.heardTime(release.builtAt + hourMs);
    await settled();
    expect([news, asked]).toEqual([[{ is: 'ahead', byMs: 39 * hourMs }], []]);
    expect(clock.wallMs()).toBe(release.builtAt + 40 * hourMs);
    expect(ledger.clock.trust()).toBe('untrusted');
    clock.jumpWall(-39 * hourMs);
    keeper.heardTime(release.builtAt + hourMs);
    expect(ledger.clock.trust()).toBe('trusted');
  });
});

test('nothing is told any more once it has ended', async () => {
  const { keeper, news } = kept(60_000, 'refuses');
  const begun = keeper.begin();
  keeper.end();
  await begun;
  expect(news).toEqual([]);
});

describe('a portal whose clock is wrong for a while does no lasting harm:', () => {
  const right = release.builtAt + 400 * dayMs;
  const certificate = (notBefore = right - 30 * dayMs) => ({
    notBefore,
    notAfter: notBefore + 365 * dayMs,
  });

  /** One run of the agent on a device whose clock is right, and may be set. */
  const run = (quiet: QuietWorld, path: string, life = certificate()) => {
    const kept = keptIn(quiet, 'obeys', path);
    kept.ledger.clock.certifiedBy(() => life);
    const end = () => {
      kept.keeper.end();
      kept.ledger.commit(() => undefined);
      kept.ledger.close();
    };
    const hear = async (portalMs: number) => {
      kept.keeper.heardTime(portalMs);
      await settled();
    };
    return { ...kept, end, hear, told: () => kept.news.map(({ is }) => is) };
  };
  const started = async (...given: Parameters<typeof run>) => {
    const begun = run(...given);
    await begun.keeper.begin();
    return begun;
  };
  const device = () => ({
    quiet: quietWorld({ clock: virtualClock({ wallMs: right }) }),
    path: freshPath(),
  });

  test('what it signed ten years ahead moves no clock once it has told the time', async () => {
    const { quiet, path } = device();
    const first = await started(quiet, path);
    await first.hear(right);
    first.ledger.clock.heardSigned(right + 3_650 * dayMs);
    first.end();
    const next = await started(quiet, path);
    next.ledger.clock.heardSigned(right + 3_650 * dayMs);
    quiet.clock.advance(2 * hourMs);
    await settled();
    expect(next.news).toEqual([]);
    expect(next.ledger.clock.bound()).toBeLessThan(right + 3 * hourMs);
    expect(quiet.clock.wallMs()).toBe(right + 2 * hourMs);
  });

  test('what it signed ten years ahead raises no clock past the device’s own certificate', async () => {
    const { quiet, path } = device();
    const first = await started(quiet, path);
    first.ledger.clock.heardSigned(right + 3_650 * dayMs);
    first.end();
    const next = await started(quiet, path);
    expect([next.told(), quiet.clock.wallMs()]).toEqual([['behind'], right]);
    await next.hear(right);
    expect(next.ledger.clock.trust()).toBe('trusted');
  });

  /** Stopped under a portal sixty days ahead, and the clock set right by hand. */
  const setByHand = async () => {
    const { quiet, path } = device();
    const first = await started(quiet, path);
    await first.hear(right + 60 * dayMs);
    expect([first.told(), quiet.clock.wallMs()]).toEqual([['raised'], right + 60 * dayMs]);
    first.end();
    quiet.clock.jumpWall(-60 * dayMs);
    const next = await started(quiet, path);
    expect([next.told(), quiet.clock.wallMs()]).toEqual([
      ['raised'],
      right + 60 * dayMs - agreementMs,
    ]);
    return { quiet, path, next };
  };

  test('raised again after it was set by hand, it is set back by the portal’s next word', async () => {
    const { quiet, next } = await setByHand();
    await next.hear(right);
    expect([next.told().at(-1), quiet.clock.wallMs()]).toEqual(['set back', right]);
    await next.hear(right);
    expect([next.ledger.clock.trust(), next.ledger.clock.aheadMs()]).toEqual(['trusted', 0]);
  });

  test('raised so that what the broker shows has expired, it is set back, and not raised again', async () => {
    const { quiet, path, next } = await setByHand();
    next.keeper.expired('ssl/tls alert certificate expired');
    expect(quiet.clock.wallMs()).toBeGreaterThan(right);
    next.keeper.expired('certificate has expired');
    await settled();
    expect([next.told().at(-1), quiet.clock.wallMs()]).toEqual(['set back', right]);
    next.keeper.expired('certificate has expired');
    quiet.clock.advance(hourMs);
    await settled();
    next.end();
    const last = await started(quiet, path);
    expect([last.news, quiet.clock.wallMs()]).toEqual([[], right + hourMs]);
    await last.hear(right + hourMs);
    expect(last.ledger.clock.trust()).toBe('trusted');
  });

  test('a certificate that begins sixty days ahead raises it until the portal is heard', async () => {
    const { quiet, path } = device();
    const life = certificate(right + 60 * dayMs);
    const first = await started(quiet, path, life);
    expect(quiet.clock.wallMs()).toBe(right + 60 * dayMs);
    await first.hear(right);
    expect([first.told().at(-1), quiet.clock.wallMs()]).toEqual(['set back', right]);
    first.end();
    const next = await started(quiet, path, life);
    expect([next.news, quiet.clock.wallMs()]).toEqual([[], right]);
  });

  test('while the connection is up, the right word sets back what the wrong one raised', async () => {
    const { quiet, path } = device();
    const { hear, told, ledger } = await started(quiet, path);
    await hear(right + 60 * dayMs);
    await hear(right + 60 * dayMs);
    expect(ledger.clock.trust()).toBe('trusted');
    await hear(right);
    expect([told(), quiet.clock.wallMs()]).toEqual([['raised', 'set back'], right]);
  });

  test('over a reboot with a battery the raise is still the agent’s to take back', async () => {
    const { quiet, path } = device();
    const first = await started(quiet, path);
    await first.hear(right + 60 * dayMs);
    first.end();
    const offMs = 60_000;
    const woken = rebooted(quiet, 'boot-2', offMs);
    const next = await started(woken, path);
    await next.hear(right + offMs);
    expect([next.told(), woken.clock.wallMs()]).toEqual([['set back'], right + offMs]);
  });

  test('a portal that says now this and now that sets it back once an hour', async () => {
    const { quiet, path } = device();
    const { hear, told } = await started(quiet, path);
    for (let turn = 0; turn < 4; turn += 1) {
      await hear(right + 60 * dayMs);
      await hear(right);
    }
    expect(told().filter((is) => is === 'set back')).toHaveLength(1);
    expect(told().at(-1)).toBe('ahead');
  });

  test('a clock that had never been set is not believed more than the portal', async () => {
    const { path } = device();
    const quiet = quietWorld({ clock: virtualClock({ wallMs: 60_000 }) });
    const { keeper, told } = await started(quiet, path);
    keeper.expired('certificate has expired');
    await settled();
    expect([told(), quiet.clock.wallMs()]).toEqual([['raised'], certificate().notBefore]);
  });
});
