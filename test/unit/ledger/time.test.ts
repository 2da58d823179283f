/** Elapsed time and trust in the clock, over restarts, reboots and jumps. */
import { describe, expect, test } from 'vitest';
import { bootsUntrustedMax } from '../../../agent/ledger/clock-trust.ts';
import { virtualClock } from '../../../simulator/world/clock.ts';
import { release } from '../../../firmware/index.ts';
import { freshPath, openedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld, rebooted, type QuietWorld } from '../../rigs/quiet-world.ts';

const hourMs = 3_600_000;

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
  const minutes = 60_000;

  test('is bounded before the portal said anything', () => {
    expect(openedLedger(quietWorld()).ledger.clock.trust()).toBe('bounded');
  });

  test.each([
    ['the same time', 0, 'trusted'],
    ['five minutes more', 5 * minutes, 'trusted'],
    ['five minutes less', -5 * minutes, 'trusted'],
    ['a moment more than that', 5 * minutes + 1, 'bounded'],
    ['a moment less than that', -5 * minutes - 1, 'bounded'],
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
    expect(ledger.clock.trust()).toBe('bounded');
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
