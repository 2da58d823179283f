/**
 * The schedule of a daily close: when `HH:MM` comes in a time zone. Pure; the zones are those of `Intl`.
 *
 * Where clocks are put forward over that time, it comes with the first instant after the gap. Where they are
 * put back over it, it comes twice, and the first counts.
 */

const secondMs = 1_000;
const dayMs = 86_400_000;

/** A close that is due: the local date it is meant for (`2026-11-22`), and the instant, ms since 1970. */
export interface Due {
  readonly date: string;
  readonly atMs: number;
}

/** A time of day in an IANA zone; `at` is `HH:MM`. */
export interface DailyTime {
  readonly at: string;
  readonly zone: string;
}

/** The latest instant of the daily time that is not after `nowMs`. */
export const lastDue = (daily: DailyTime, nowMs: number): Due =>
  duesAround(daily, nowMs).reduce((last, due) => (due.atMs <= nowMs ? due : last));

/** The first instant of the daily time after `nowMs`. */
export const nextDue = (daily: DailyTime, nowMs: number): Due =>
  duesAround(daily, nowMs).reduceRight((next, due) => (due.atMs > nowMs ? due : next));

/** The daily times of the local dates around an instant, in order: the first is past, the last to come. */
const duesAround = ({ at, zone }: DailyTime, nowMs: number): Due[] => {
  const localAt = localClock(zone);
  const today = Math.floor(localAt(nowMs) / dayMs);
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  const inDayMs = (hours * 60 + minutes) * 60 * secondMs;
  // A zone that crosses the date line leaves a whole day out.
  return [-2, -1, 0, 1, 2].map((days) => ({
    date: dateOf(today + days),
    atMs: instantOf((today + days) * dayMs + inDayMs, localAt),
  }));
};

/** Local time of an instant, as milliseconds since a local 1970. */
type LocalClock = (instantMs: number) => number;

/**
 * The instant of a local time: the first where it comes twice, the end of the gap where it does not come.
 */
const instantOf = (localMs: number, localAt: LocalClock): number => {
  const offsetAt = (instantMs: number) => localAt(instantMs) - instantMs;
  // No two changes of one zone lie within two days of each other.
  const offsets = [offsetAt(localMs - dayMs), offsetAt(localMs + dayMs)];
  const instants = offsets.map((offset) => localMs - offset).sort((one, other) => one - other);
  const found = instants.find((instant) => localAt(instant) === localMs);
  const [before = 0, after = 0] = instants;
  return found ?? endOfGap(before, after, (instant) => localAt(instant) > localMs);
};

/** The first whole second of `after … upTo` that is past the gap. */
const endOfGap = (after: number, upTo: number, isPast: (instant: number) => boolean): number => {
  let before = after;
  let past = upTo;
  while (past - before > secondMs) {
    const middle = before + Math.floor((past - before) / (2 * secondMs)) * secondMs;
    if (isPast(middle)) past = middle;
    else before = middle;
  }
  return past;
};

const clocks = new Map<string, LocalClock>();

// A formatter takes a millisecond to make, and is asked every minute.
const localClock = (zone: string): LocalClock => {
  const known = clocks.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  const clock: LocalClock = (instantMs) => {
    const parts = new Map(format.formatToParts(instantMs).map(({ type, value }) => [type, value]));
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = (
      ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
    ).map((part) => Number(parts.get(part)));
    const seconds = (hour * 60 + minute) * 60 + second;
    return Date.UTC(year, month - 1, day) + seconds * secondMs + (instantMs % secondMs);
  };
  clocks.set(zone, clock);
  return clock;
};

const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
