/** A period: some whole days of a time zone, from the instant the first begins to the one the last ends. */
import { dateOf, dayMs, dayOf, type Calendar } from '../calendar.ts';

/** The longest period that is reported at once. */
export const periodDaysMax = 400;

export interface Day {
  readonly date: string;
  /** Wall time, in milliseconds; the day ends where the next one begins. */
  readonly beginsAt: number;
  readonly endsAt: number;
}

export interface Period {
  readonly from: string;
  /** The last day, which is part of it. */
  readonly to: string;
  readonly timeZone: string;
  readonly days: readonly Day[];
}

/** Reads what was asked for, or says what is wrong: without `to` it ends today, without `from` that day. */
export const periodOf = (
  asked: { readonly from?: string; readonly to?: string },
  wallMs: number,
  calendar: Calendar,
): { ok: true; period: Period } | { ok: false; why: string } => {
  const { to = calendar.localTime(wallMs).date } = asked;
  const { from = to } = asked;
  const [first, last] = [dayOf(from), dayOf(to)];
  const wrong = first === undefined ? from : to;
  if (first === undefined || last === undefined) {
    return { ok: false, why: `"${wrong}" is no date; write one like 2026-11-22.` };
  }
  if (first > last) {
    return { ok: false, why: `The period ends (${to}) before it begins (${from}); swap them.` };
  }
  const count = last - first + 1;
  if (count > periodDaysMax) {
    const why = `${from} to ${to} are ${count} days; ask for ${periodDaysMax} at a time.`;
    return { ok: false, why };
  }
  const { timeZone } = calendar;
  return { ok: true, period: { from, to, timeZone, days: daysOf(first, count, calendar) } };
};

const daysOf = (first: number, count: number, calendar: Calendar): Day[] => {
  const starts = Array.from({ length: count + 1 }, (_, place) => calendar.startOf(first + place));
  return Array.from({ length: count }, (_, place) => ({
    date: dateOf(first + place),
    beginsAt: starts[place] ?? NaN,
    endsAt: starts[place + 1] ?? NaN,
  }));
};

/** Days on which the clocks of the zone changed, and how many hours they have. */
export const clockChangesIn = ({ days }: Period): { date: string; hours: number }[] =>
  days
    .filter(({ beginsAt, endsAt }) => endsAt - beginsAt !== dayMs)
    .map(({ date, beginsAt, endsAt }) => ({ date, hours: (endsAt - beginsAt) / 3_600_000 }));
