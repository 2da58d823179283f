/** The wall clock is raised to what is known to be past, and told where it cannot be. */
import { describe, expect, test } from 'vitest';
import { ClockKeeper, type ClockNews } from '../../agent/clock-keeping.ts';
import { release } from '../../firmware/index.ts';
import { virtualClock } from '../../simulator/world/clock.ts';
import { orderOf } from '../fixtures/payments.ts';
import { approve, openedLedger } from '../rigs/open-ledger.ts';
import { quietWorld } from '../rigs/quiet-world.ts';

const hourMs = 3_600_000;

/** What a system does when it is asked to set its clock. */
type System = 'obeys' | 'refuses' | 'lies';

const kept = (wallMs: number, system: System | undefined) => {
  const quiet = quietWorld({ clock: virtualClock({ wallMs }) });
  const asked: number[] = [];
  const does = { system };
  const world = {
    ...quiet,
    ...(system === undefined
      ? {}
      : {
          raiseClock: (toMs: number) => {
            asked.push(toMs);
            if (does.system === 'obeys') quiet.clock.jumpWall(toMs - quiet.clock.wallMs());
            return Promise.resolve(does.system !== 'refuses');
          },
        }),
  };
  const { ledger } = openedLedger(world);
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
