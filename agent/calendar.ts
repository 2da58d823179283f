/**
 * A calendar: the dates of one time zone, and the instants its days begin at.
 *
 * A day is as long as the zone makes it: 23 or 25 hours where clocks change, and it begins when its date
 * does, which is not always midnight. Zones are those of the IANA data that Node brings (ICU).
 */

const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** An instant as clocks in the zone show it. */
export interface LocalTime {
  /** `2026-11-22` */
  readonly date: string;
  /** `14:26:03` */
  readonly time: string;
  /** How far local time is ahead of UTC: `+01:00`. */
  readonly offset: string;
}

export interface Calendar {
  readonly timeZone: string;
  localTime(wallMs: number): LocalTime;
  /** The instant a day begins, the day as days since 1970, in milliseconds of wall time. */
  startOf(day: number): number;
}

/** A date as days since 1970; `undefined` for what is no date between 1970 and 9999. */
export const dayOf = (date: string): number | undefined => {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return undefined;
  const day = Date.parse(`${date}T00:00:00Z`) / dayMs;
  return day >= 0 && dateOf(day) === date ? day : undefined;
};

/** Days since 1970 as a date. */
export const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** The calendar of an IANA zone. Throws a `RangeError` for one there is not. */
export const calendarOf = (timeZone: string): Calendar => {
  const clock = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
  /** What clocks there show, as if it were UTC. */
  const shownAt = (wallMs: number): number => {
    const parts = new Map<string, number>();
    for (const { type, value } of clock.formatToParts(wallMs)) parts.set(type, Number(value));
    const part = (name: string) => parts.get(name) ?? NaN;
    const second = Math.floor(wallMs / 1_000) * 1_000;
    const shown = Date.UTC(
      ...([part('year'), part('month') - 1, part('day')] as const),
      ...([part('hour'), part('minute'), part('second')] as const),
    );
    return shown + (wallMs - second);
  };
  const offsetAt = (wallMs: number): number => shownAt(wallMs) - wallMs;
  return {
    timeZone,
    localTime: (wallMs) => {
      const shown = new Date(shownAt(wallMs)).toISOString();
      const offset = offsetText(offsetAt(wallMs));
      return { date: shown.slice(0, 10), time: shown.slice(11, 19), offset };
    },
    startOf: (day) => startOf(day * dayMs, offsetAt),
  };
};

/** The first instant at which clocks show a midnight, or the time they jump to over it. */
const startOf = (midnight: number, offsetAt: (wallMs: number) => number): number => {
  const [before, after] = [offsetAt(midnight - dayMs), offsetAt(midnight + dayMs)];
  const fits = (offset: number) => offsetAt(midnight - offset) === offset;
  const offset = [Math.max(before, after), Math.min(before, after)].find(fits);
  if (offset !== undefined) return midnight - offset;
  // There is no such midnight: the day begins where the offset changes.
  let [old, changed] = [midnight - after, midnight - before];
  while (changed - old > 1) {
    const middle = Math.floor((old + changed) / 2);
    if (offsetAt(middle) === before) old = middle;
    else changed = middle;
  }
  return changed;
};

const offsetText = (offsetMs: number): string => {
  const minutes = Math.round(Math.abs(offsetMs) / minuteMs);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${offsetMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
};
