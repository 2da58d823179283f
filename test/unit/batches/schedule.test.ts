/** The schedule: when HH:MM comes in a zone, on the days clocks are put forward and back too. */
import { describe, expect, test } from 'vitest';
import { lastDue, nextDue, type Due } from '../../../agent/batches/schedule.ts';
import { seed } from '../../fixtures/seed.ts';
import { seededDice } from '../../../simulator/world/dice.ts';

const shown = ({ date, atMs }: Due): string => `${date} ${new Date(atMs).toISOString()}`;
const at = (written: string): number => Date.parse(written);

describe('the next close', () => {
  test.each([
    // zone, time of day, now, local date, instant
    ['UTC', '23:00', '2026-11-22T22:59:59Z', '2026-11-22', '2026-11-22T23:00:00.000Z'],
    ['UTC', '23:00', '2026-11-22T23:00:00Z', '2026-11-23', '2026-11-23T23:00:00.000Z'],
    ['UTC', '00:00', '2026-12-31T12:00:00Z', '2027-01-01', '2027-01-01T00:00:00.000Z'],
    ['Asia/Kathmandu', '00:00', '2026-05-05T12:00:00Z', '2026-05-06', '2026-05-05T18:15:00.000Z'],
    ['Europe/Berlin', '03:30', '2026-03-29T00:00:00Z', '2026-03-29', '2026-03-29T01:30:00.000Z'],
    [
      'Pacific/Kiritimati',
      '23:59',
      '2026-01-01T00:00:00Z',
      '2026-01-01',
      '2026-01-01T09:59:00.000Z',
    ],
  ])('in %s at %s, asked at %s, is of %s at %s', (zone, time, now, date, instant) => {
    expect(shown(nextDue({ at: time, zone }, at(now)))).toBe(`${date} ${instant}`);
  });
});

describe('a time that does not exist comes with the first instant after the gap', () => {
  test.each([
    ['Europe/Berlin', '02:30', '2026-03-28T23:00:00Z', '2026-03-29', '2026-03-29T01:00:00.000Z'],
    ['Europe/Berlin', '02:00', '2026-03-28T23:00:00Z', '2026-03-29', '2026-03-29T01:00:00.000Z'],
    ['America/New_York', '02:30', '2026-03-08T05:00:00Z', '2026-03-08', '2026-03-08T07:00:00.000Z'],
    // Half an hour is left out there.
    [
      'Australia/Lord_Howe',
      '02:15',
      '2026-10-03T13:00:00Z',
      '2026-10-04',
      '2026-10-03T15:30:00.000Z',
    ],
    // Midnight itself is left out there.
    ['Africa/Cairo', '00:00', '2026-04-23T12:00:00Z', '2026-04-24', '2026-04-23T22:00:00.000Z'],
    // A whole day is left out there, where the date line was moved.
    ['Pacific/Apia', '12:00', '2011-12-30T09:00:00Z', '2011-12-30', '2011-12-30T10:00:00.000Z'],
  ])('in %s at %s, asked at %s, is of %s at %s', (zone, time, now, date, instant) => {
    expect(shown(nextDue({ at: time, zone }, at(now)))).toBe(`${date} ${instant}`);
  });
});

describe('of a time that comes twice the first counts, and the second is no close of its own', () => {
  test.each([
    ['Europe/Berlin', '02:30', '2026-10-24T23:00:00Z', '2026-10-25', '2026-10-25T00:30:00.000Z'],
    ['America/New_York', '01:30', '2026-11-01T04:00:00Z', '2026-11-01', '2026-11-01T05:30:00.000Z'],
    [
      'Australia/Lord_Howe',
      '01:45',
      '2026-04-04T13:00:00Z',
      '2026-04-05',
      '2026-04-04T14:45:00.000Z',
    ],
  ])('in %s at %s, asked at %s, it is of %s at %s', (zone, time, now, date, instant) => {
    const daily = { at: time, zone };
    const due = nextDue(daily, at(now));
    expect(shown(due)).toBe(`${date} ${instant}`);
    // An hour later it is past, although the clock on the wall shows the time again.
    expect(lastDue(daily, due.atMs + 3_600_000)).toEqual(due);
    expect(nextDue(daily, due.atMs).date > date).toBe(true);
  });
});

test(`every local date has one close, in order, none of them skipped (seed ${seed})`, () => {
  const dice = seededDice(String(seed));
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Tehran', 'UTC'];
  for (const zone of zones) {
    const [hour, minute] = [dice.below(24), dice.below(60)];
    const daily = {
      at: [hour, minute].map((part) => String(part).padStart(2, '0')).join(':'),
      zone,
    };
    let due = nextDue(daily, at('2026-01-01T00:00:00Z'));
    for (let day = 0; day < 400; day += 1) {
      const following = nextDue(daily, due.atMs);
      expect(Date.parse(following.date) - Date.parse(due.date)).toBe(86_400_000);
      // Asked at any moment in between, the one before is the last and the one after the next.
      const between = due.atMs + dice.below(following.atMs - due.atMs);
      expect([lastDue(daily, between), nextDue(daily, between)]).toEqual([due, following]);
      due = following;
    }
  }
});
