/** The calendar: where days begin, in every zone and on the days that clocks change. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarOf, dateOf, dayMs, dayOf } from '../../../agent/calendar.ts';
import { clockChangesIn, periodDaysMax, periodOf } from '../../../agent/reports/period.ts';
import { seed } from '../../fixtures/seed.ts';

const hourMs = 3_600_000;
const day = (date: string): number => dayOf(date) ?? NaN;

describe('a day begins', () => {
  test.each([
    ['UTC', '2026-11-22', '2026-11-22T00:00:00.000Z', 24],
    ['Europe/Berlin', '2026-11-22', '2026-11-21T23:00:00.000Z', 24],
    ['Europe/Berlin', '2026-03-29', '2026-03-28T23:00:00.000Z', 23],
    ['Europe/Berlin', '2026-10-25', '2026-10-24T22:00:00.000Z', 25],
    ['Asia/Kathmandu', '2026-01-01', '2025-12-31T18:15:00.000Z', 24],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00:00.000Z', 25],
    // Midnight is there twice: it begins at the first.
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00.000Z', 25],
    // There is no midnight: clocks jump from 24:00 to 01:00.
    ['Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z', 23],
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00.000Z', 23],
    // A day Samoa left out when it crossed the date line.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00.000Z', 0],
    ['Pacific/Apia', '2011-12-31', '2011-12-30T10:00:00.000Z', 24],
  ])('in %s on %s at %s and has %d hours', (zone, date, begins, hours) => {
    const calendar = calendarOf(zone);
    const start = calendar.startOf(day(date));
    expect(new Date(start).toISOString()).toBe(begins);
    expect((calendar.startOf(day(date) + 1) - start) / hourMs).toBe(hours);
  });
});

test(`every day of every zone holds the instants of its date and no others (seed ${seed})`, () => {
  const zones = ['Europe/London', 'Australia/Lord_Howe', 'Africa/Cairo', 'America/Santiago', 'UTC'];
  const calendars = zones.map(calendarOf);
  const anyDay = fc.integer({ min: day('2015-01-01'), max: day('2035-12-31') });
  const within = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.constantFrom(...calendars), anyDay, within, (calendar, number, part) => {
      const [start, end] = [calendar.startOf(number), calendar.startOf(number + 1)];
      const inside = start + Math.floor(part * (end - start));
      expect(calendar.localTime(inside).date).toBe(dateOf(number));
      expect(calendar.localTime(start - 1).date).toBe(dateOf(number - 1));
    }),
    { seed },
  );
});

test('clocks are shown with how far they are ahead of UTC', () => {
  const instant = Date.parse('2026-11-22T14:26:03.999Z');
  const shown = (zone: string) => Object.values(calendarOf(zone).localTime(instant)).join(' ');
  expect(shown('Europe/Berlin')).toBe('2026-11-22 15:26:03 +01:00');
  expect(shown('America/St_Johns')).toBe('2026-11-22 10:56:03 -03:30');
  expect(shown('UTC')).toBe('2026-11-22 14:26:03 +00:00');
});

test('a clock that was never set is before no year', () => {
  expect(calendarOf('America/New_York').localTime(0).date).toBe('1969-12-31');
});

test('what is no date is none', () => {
  for (const text of ['2026-02-30', '2026-13-01', '1969-12-31', '2026-1-1', '', '2026-11-22Z']) {
    expect(dayOf(text), text).toBeUndefined();
  }
  expect(dayOf('1970-01-01')).toBe(0);
  expect(dateOf(day('2028-02-29'))).toBe('2028-02-29');
});

describe('a period', () => {
  const berlin = calendarOf('Europe/Berlin');
  const now = Date.parse('2026-11-22T23:30:00Z');
  const asked = (from?: string, to?: string) =>
    periodOf({ ...(from && { from }), ...(to && { to }) }, now, berlin);

  test('is today, as the zone has it, unless told otherwise', () => {
    expect(asked()).toMatchObject({ period: { from: '2026-11-23', to: '2026-11-23' } });
    expect(asked('2026-11-20')).toMatchObject({ period: { to: '2026-11-23' } });
    expect(asked(undefined, '2026-11-20')).toMatchObject({ period: { from: '2026-11-20' } });
  });

  test('has days without a gap, and tells on which of them clocks change', () => {
    const read = asked('2026-03-01', '2026-10-31');
    if (!read.ok) throw new Error(read.why);
    const { days } = read.period;
    expect(days).toHaveLength(245);
    for (const [place, { beginsAt }] of days.entries()) {
      if (place > 0) expect(days[place - 1]?.endsAt).toBe(beginsAt);
    }
    expect(clockChangesIn(read.period)).toEqual([
      { date: '2026-03-29', hours: 23 },
      { date: '2026-10-25', hours: 25 },
    ]);
    expect((days.at(-1)?.endsAt ?? 0) - (days[0]?.beginsAt ?? 0)).toBe(245 * dayMs);
  });

  test('is refused when it is too long, ends before it begins, or has no date', () => {
    const most = dateOf(day('2026-01-01') + periodDaysMax - 1);
    expect(asked('2026-01-01', most).ok).toBe(true);
    expect(asked('2025-12-31', most)).toMatchObject({ why: expect.stringContaining('400') });
    expect(asked('2026-11-23', '2026-11-22')).toMatchObject({
      why: expect.stringContaining('before it begins'),
    });
    expect(asked('2026-02-30')).toMatchObject({ why: expect.stringContaining('"2026-02-30"') });
  });
});
