/** The virtual clock and the seeded dice that everything deterministic stands on. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { virtualClock } from '../../../simulator/world/clock.ts';
import { seededDice } from '../../../simulator/world/dice.ts';
import { seed } from '../../fixtures/seed.ts';

describe('the virtual clock', () => {
  test('stands still until it is told to pass, and then both clocks go on together', () => {
    const clock = virtualClock({ monotonicMs: 5, wallMs: 1_000 });
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([5, 1_000]);
    clock.advance(20);
    expect([clock.monotonicMs(), clock.wallMs()]).toEqual([25, 1_020]);
  });

  test('a jump moves wall time only, and no timer notices', () => {
    const clock = virtualClock({ monotonicMs: 0, wallMs: 0 });
    const ran: number[] = [];
    clock.after(100, () => ran.push(clock.monotonicMs()));
    clock.jumpWall(86_400_000);
    clock.advance(99);
    expect(ran).toEqual([]);
    clock.jumpWall(-90_000_000);
    clock.advance(1);
    expect(ran).toEqual([100]);
    expect(clock.wallMs()).toBe(100 - 3_600_000);
  });

  test('timers run in the order they fall due, and those of one moment in the order they were armed', () => {
    const clock = virtualClock();
    const ran: string[] = [];
    clock.after(20, () => ran.push('20 first'));
    clock.after(10, () => ran.push('10'));
    clock.after(20, () => ran.push('20 second'));
    clock.after(0, () => ran.push('0'));
    clock.advance(20);
    expect(ran).toEqual(['0', '10', '20 first', '20 second']);
  });

  test('what a timer arms runs too when it falls due on the way, at its own time', () => {
    const clock = virtualClock({ monotonicMs: 0 });
    const ran: number[] = [];
    const again = () => {
      ran.push(clock.monotonicMs());
      if (ran.length < 10) clock.after(10, again);
    };
    clock.after(10, again);
    clock.after(25, () => clock.after(0, () => ran.push(-clock.monotonicMs())));
    clock.advance(45);
    expect(ran).toEqual([10, 20, -25, 30, 40]);
    expect(clock.nextDueInMs()).toBe(5);
  });

  test('what is called off does not run, not even by an earlier timer of the same moment', () => {
    const clock = virtualClock();
    const ran: string[] = [];
    const callOff: (() => void)[] = [];
    clock.after(5, () => callOff.forEach((each) => each()));
    callOff.push(clock.after(5, () => ran.push('same moment')));
    callOff.push(clock.after(6, () => ran.push('later')));
    clock.advance(10);
    callOff.forEach((each) => each());
    expect(ran).toEqual([]);
    clock.after(1, () => ran.push('killed'));
    clock.callOffAll();
    clock.advance(10);
    expect([ran, clock.nextDueInMs()]).toEqual([[], undefined]);
  });

  test('no time passes inside a timer, backwards, or for ever in one moment', () => {
    const clock = virtualClock();
    expect(() => clock.advance(-1)).toThrow(RangeError);
    expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
    clock.after(1, () => clock.advance(1));
    expect(() => clock.advance(2)).toThrow(/passes already/);
    const circle = () => void clock.after(0, circle);
    circle();
    expect(() => clock.advance(1)).toThrow(/for ever/);
  });

  test('a timer that throws is told of, and the clock goes on from its moment', () => {
    const clock = virtualClock({ monotonicMs: 0 });
    clock.after(10, () => {
      throw new Error('broken');
    });
    expect(() => clock.advance(20)).toThrow('broken');
    expect(clock.monotonicMs()).toBe(10);
    clock.advance(10);
    expect(clock.monotonicMs()).toBe(20);
  });

  test('any timers run in due order however the same time is cut into pieces', () => {
    const waits = fc.array(fc.nat(1_000), { maxLength: 60 });
    const steps = fc.array(fc.nat(300), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(waits, steps, (armed, pieces) => {
        const run = (cuts: readonly number[]): number[] => {
          const clock = virtualClock();
          const ran: number[] = [];
          armed.forEach((wait, place) => clock.after(wait, () => ran.push(place)));
          for (const cut of cuts) clock.advance(cut);
          return ran;
        };
        const whole = pieces.reduce((sum, piece) => sum + piece, 0);
        const expected = armed
          .map((wait, place) => ({ wait, place }))
          .filter(({ wait }) => wait <= whole)
          .sort((a, b) => a.wait - b.wait || a.place - b.place)
          .map(({ place }) => place);
        expect(run([whole])).toEqual(expected);
        expect(run(pieces)).toEqual(expected);
      }),
      { seed },
    );
  });

  test('time is whole milliseconds, and never early', () => {
    const clock = virtualClock({ monotonicMs: 0 });
    let at = -1;
    clock.after(1.2, () => (at = clock.monotonicMs()));
    clock.after(-5, () => undefined);
    clock.advance(1);
    expect(at).toBe(-1);
    clock.advance(1);
    expect(at).toBe(2);
  });
});

describe('the seeded dice', () => {
  const throws = (dice: ReturnType<typeof seededDice>) => [
    ...dice.bytes(8),
    dice.fraction(),
    dice.below(6),
  ];

  test('fall the same way from the same seed, and another way from another', () => {
    expect(throws(seededDice(7))).toEqual(throws(seededDice(7)));
    expect(throws(seededDice(7))).not.toEqual(throws(seededDice(8)));
    expect(throws(seededDice('a'))).not.toEqual(throws(seededDice('b')));
  });

  test('what a fork throws changes nothing for others', () => {
    const [alone, beside] = [seededDice(1), seededDice(1)];
    throws(beside.fork('reader'));
    expect(throws(beside)).toEqual(throws(alone));
    expect(throws(alone.fork('reader'))).not.toEqual(throws(alone.fork('host')));
  });

  test('are fair enough to play with', () => {
    const dice = seededDice(seed);
    const counts = new Array<number>(256).fill(0);
    for (const byte of dice.bytes(256_000)) counts[byte] = (counts[byte] ?? 0) + 1;
    // Chi squared with 255 degrees of freedom: above 370 once in a million runs.
    const chi = counts.reduce((sum, count) => sum + (count - 1_000) ** 2 / 1_000, 0);
    expect(chi, `seed ${seed}`).toBeLessThan(370);
    const fractions = Array.from({ length: 10_000 }, () => dice.fraction());
    expect(fractions.every((each) => each >= 0 && each < 1)).toBe(true);
    const mean = fractions.reduce((sum, each) => sum + each, 0) / fractions.length;
    expect(Math.abs(mean - 0.5), `seed ${seed}`).toBeLessThan(0.02);
    const faces = new Set(Array.from({ length: 600 }, () => dice.below(6)));
    expect([...faces].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
