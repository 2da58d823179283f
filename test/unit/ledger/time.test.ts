/** Elapsed time and trust in the clock, over restarts, reboots and jumps. */
import { describe, expect, test } from 'vitest';
import { bootsUntrustedMax } from '../../../agent/ledger/clock-trust.ts';
import { virtualClock } from '../../../simulator/world/clock.ts';
import { release } from '../../../firmware/index.ts';
import { freshPath, openedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld, rebooted, type QuietWorld } from '../../rigs/quiet-world.ts';

const hourMs = 3_600_000;
const minutes = 60_000;

/** Writes nothing, durably: what is remembered for the next commit, and the time, are saved. */
const save = (
  world: QuietWorld,
  path: string,
  then?: (opened: ReturnType<typeof openedLedger>) => void,
) => {
  const opened = openedLedger(world, path);
  opened.ledger.commit(() => undefined);
  then?.(opened);
  opened.ledger.commit(() => undefined);
  opened.ledger.close();
};

const elapsedIn = (world: QuietWorld, path: string): number => {
  const { ledger } = openedLedger(world, path);
  const now = ledger.elapsed.now();
  ledger.close();
  return now;
};

describe('elapsed time', () => {
  test('goes on with the monotonic clock', () => {
    const world = quietWorld();
    const { ledger } = openedLedger(world);
    const begun = ledger.elapsed.now();
    world.clock.advance(5 * hourMs);
    expect(ledger.elapsed.now() - begun).toBe(5 * hourMs);
  });

  test('counts the time between two runs of the process in one boot', () => {
    const world = quietWorld();
    const path = freshPath();
    save(world, path, () => world.clock.advance(hourMs));
    world.clock.advance(2 * hourMs);
    expect(elapsedIn(world, path)).toBe(3 * hourMs);
  });

  test('counts a reboot as no time at all, however long it took', () => {
    const world = quietWorld();
    const path = freshPath();
    save(world, path, () => world.clock.advance(hourMs));
    const next = rebooted(world, 'boot-2', 40 * 24 * hourMs);
    expect(elapsedIn(next, path)).toBe(hourMs);
    save(next, path, () => next.clock.advance(hourMs));
    expect(elapsedIn(next, path)).toBe(2 * hourMs);
  });

  test.each([1_000 * hourMs, -1_000 * hourMs])(
    'a jump of the wall clock by %i ms moves it nowhere',
    (jump) => {
      const world = quietWorld();
      const path = freshPath();
      save(world, path, () => world.clock.advance(hourMs));
      world.clock.jumpWall(jump);
      expect(elapsedIn(world, path)).toBe(hourMs);
    },
  );

  test('never runs backwards, even when a boot id lies', () => {
    const path = freshPath();
    const world = quietWorld({ clock: virtualClock({ monotonicMs: 10 * hourMs }) });
    save(world, path, () => world.clock.advance(hourMs));
    const liar = quietWorld({ clock: virtualClock({ monotonicMs: 5 }) });
    expect(elapsedIn(liar, path)).toBe(hourMs);
  });

  test('what was not saved before a power cut is lost, and no more', () => {
    const world = quietWorld();
    const path = freshPath();
    save(world, path, () => world.clock.advance(hourMs));
    const { ledger } = openedLedger(world, path);
    world.clock.advance(hourMs);
    ledger.close();
    expect(elapsedIn(rebooted(world, 'boot-2'), path)).toBe(hourMs);
  });
});

describe('trust in the clock', () => {
  const trustAfter = (
    portalSays: (wallMs: number) => number,
    then?: (world: QuietWorld) => void,
  ) => {
    const world = quietWorld();
    const { ledger } = openedLedger(world);
    ledger.clock.heardTime(portalSays(world.clock.wallMs()));
    then?.(world);
    return ledger.clock.trust();
  };

  test('is bounded before the portal said anything', () => {
    expect(openedLedger(quietWorld()).ledger.clock.trust()).toBe('bounded');
  });

  test.each([
    ['the same time', 0, 'trusted'],
    ['five minutes more', 5 * minutes, 'trusted'],
    ['five minutes less', -5 * minutes, 'trusted'],
    ['a moment more than that', 5 * minutes + 1, 'untrusted'],
    ['a moment less than that', -5 * minutes - 1, 'untrusted'],
  ] as const)('when the portal says %s it is %s', (_says, apart, trust) => {
    expect(trustAfter((wallMs) => wallMs + apart)).toBe(trust);
  });

  test('a clock before this release was built was never set', () => {
    const clock = virtualClock({ wallMs: release.builtAt - 1 });
    expect(openedLedger(quietWorld({ clock })).ledger.clock.trust()).toBe('untrusted');
  });

  test.each([
    ['a day ahead', 24 * hourMs, 'bounded'],
    ['an hour ahead', hourMs, 'bounded'],
    ['a minute ahead', minutes, 'trusted'],
    ['a day back, before what was known', -24 * hourMs, 'untrusted'],
  ] as const)('a jump %s after the portal agreed leaves it %s', (_jump, by, trust) => {
    const jump = (world: QuietWorld) => world.clock.jumpWall(by);
    expect(trustAfter((wallMs) => wallMs, jump)).toBe(trust);
  });

  test('a portal that agrees again makes it trusted again', () => {
    const world = quietWorld();
    const { ledger } = openedLedger(world);
    ledger.clock.heardTime(world.clock.wallMs() + hourMs);
    expect(ledger.clock.trust()).toBe('untrusted');
    world.clock.jumpWall(hourMs);
    ledger.clock.heardTime(world.clock.wallMs());
    expect(ledger.clock.trust()).toBe('trusted');
  });

  test('is not inherited by the next run', () => {
    const world = quietWorld();
    const path = freshPath();
    save(world, path, ({ ledger }) => ledger.clock.heardTime(world.clock.wallMs()));
    const { ledger } = openedLedger(world, path);
    expect(ledger.clock.trust()).toBe('bounded');
  });

  test('what was known to be past stays past after a reboot with a clock that lost its battery', () => {
    const world = quietWorld();
    const path = freshPath();
    save(world, path, ({ ledger }) => ledger.clock.heardTime(world.clock.wallMs()));
    const next = rebooted(world, 'boot-2', -24 * hourMs);
    expect(openedLedger(next, path).ledger.clock.trust()).toBe('untrusted');
  });
});

describe('how far the clock is off', () => {
  test('is not known before the portal spoke', () => {
    const { ledger } = openedLedger(quietWorld());
    expect([ledger.clock.behindMs(), ledger.clock.aheadMs()]).toEqual([0, 0]);
    expect(ledger.clock.rightOffsetMs()).toBeUndefined();
  });

  test('behind is what it lacks to the bound, or to the portal’s own time once that is known', () => {
    const world = quietWorld({ clock: virtualClock({ wallMs: 60_000 }) });
    const { ledger } = openedLedger(world);
    expect(ledger.clock.behindMs()).toBe(release.builtAt - 60_000);
    const portalMs = release.builtAt + 90 * 24 * hourMs;
    ledger.clock.heardTime(portalMs);
    expect([ledger.clock.behindMs(), ledger.clock.trust()]).toEqual([
      portalMs - 60_000,
      'untrusted',
    ]);
    world.clock.jumpWall(portalMs - 60_000);
    expect([ledger.clock.behindMs(), ledger.clock.trust()]).toEqual([0, 'bounded']);
    ledger.clock.heardTime(portalMs);
    expect(ledger.clock.trust()).toBe('trusted');
  });

  test('ahead is told until it is set, and raises no bound', () => {
    const world = quietWorld();
    const { ledger } = openedLedger(world);
    ledger.clock.heardTime(world.clock.wallMs() - hourMs);
    expect([ledger.clock.aheadMs(), ledger.clock.trust()]).toEqual([hourMs, 'untrusted']);
    world.clock.jumpWall(-hourMs);
    expect([ledger.clock.aheadMs(), ledger.clock.behindMs(), ledger.clock.trust()]).toEqual([
      ...[0, 0, 'bounded'],
    ]);
  });

  test('an untrusted jump forwards never gets into the bound', () => {
    const world = quietWorld();
    const path = freshPath();
    const right = world.clock.wallMs();
    save(world, path, ({ ledger }) => {
      ledger.clock.heardTime(right);
      world.clock.jumpWall(400 * 24 * hourMs);
      world.clock.advance(hourMs);
      ledger.commit(() => undefined);
    });
    const { ledger } = openedLedger(rebooted(world, 'boot-2'), path);
    expect(ledger.clock.bound()).toBeLessThan(right + hourMs);
  });

  test('the bound moves on while the device lives, over a reboot too', () => {
    const world = quietWorld();
    const path = freshPath();
    const right = world.clock.wallMs();
    save(world, path, ({ ledger }) => {
      ledger.clock.heardTime(right);
      ledger.commit(() => undefined);
      world.clock.advance(10 * hourMs);
    });
    const { ledger } = openedLedger(rebooted(world, 'boot-2', -365 * 24 * hourMs), path);
    expect(ledger.clock.bound()).toBeGreaterThan(right + 9.9 * hourMs - 5 * minutes);
    expect(ledger.clock.bound()).toBeLessThan(right + 10 * hourMs);
    expect(ledger.clock.trust()).toBe('untrusted');
  });

  test('a portal whose clock was ahead lowers the bound again with its next word', () => {
    const world = quietWorld();
    const { ledger } = openedLedger(world);
    const right = world.clock.wallMs();
    ledger.clock.heardSigned(right + 1_000 * hourMs);
    ledger.clock.heardTime(right + 1_000 * hourMs);
    expect(ledger.clock.bound()).toBeGreaterThan(right);
    ledger.clock.heardTime(right);
    expect([ledger.clock.bound(), ledger.clock.trust()]).toEqual([right - 5 * minutes, 'trusted']);
  });
});

describe('boots without trusted time', () => {
  const bootsOf = (path: string, from: number, count: number): boolean[] =>
    Array.from({ length: count }, (_, place) => {
      const { ledger } = openedLedger(quietWorld({ bootId: `boot-${from + place}` }), path);
      const doubtful = ledger.clock.doubtful();
      ledger.close();
      return doubtful;
    });

  test('are borne three times, and doubted from the fourth on', () => {
    expect(bootsUntrustedMax).toBe(3);
    expect(bootsOf(freshPath(), 1, 5)).toEqual([false, false, false, true, true]);
  });

  test('are counted once each, however often the process starts', () => {
    const path = freshPath();
    for (let run = 0; run < 9; run += 1) bootsOf(path, 1, 1);
    expect(bootsOf(path, 1, 1)).toEqual([false]);
  });

  test('are forgotten when the portal agrees, and not when it disagrees', () => {
    const path = freshPath();
    bootsOf(path, 1, 4);
    const world = quietWorld({ bootId: 'boot-4' });
    const { ledger } = openedLedger(world, path);
    ledger.clock.heardTime(world.clock.wallMs() + hourMs);
    expect(ledger.clock.doubtful()).toBe(true);
    ledger.clock.heardTime(world.clock.wallMs());
    expect(ledger.clock.doubtful()).toBe(false);
    ledger.commit(() => undefined);
    ledger.close();
    expect(bootsOf(path, 5, 4)).toEqual([false, false, false, true]);
  });
});
