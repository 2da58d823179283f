/**
 * The search for a baud rate: a protocol's own test, asked at one rate after the other.
 *
 * Only ever on the port that was configured, and only when somebody asked: a question at the wrong rate is
 * noise to whatever else may hang there. A pure sequence, and what runs it over a line that is given.
 */
import type { OpenLine, Timers } from './lines/line.ts';
import type { OpenReader, Reader, ReaderEvent } from './reader.ts';

/** Rates readers are set to, the likely ones first. */
export const usualRates = [9_600, 19_200, 38_400, 57_600, 115_200, 4_800, 2_400] as const;

/** The rates to try: the one that should be right, then the others. */
export const ratesFrom = (first: number): number[] => [
  first,
  ...usualRates.filter((rate) => rate !== first),
];

/** How long a reader may take to answer at one rate, ms; longer than any protocol's start and its test. */
export const rateWithinMs = 12_000;

/** How long a port is left alone before a rate, ms: who had it before lets go of it meanwhile. */
export const restMs = 300;

/** Where the search stands: a rate is asked at, or its line is let go; `passed` once it was answered. */
export type Search =
  | {
      readonly is: 'asking' | 'closing';
      readonly rates: readonly number[];
      readonly passed: boolean;
    }
  | { readonly is: 'over' };

export type SearchHeard =
  | { readonly is: 'tested'; readonly passed: boolean }
  | { readonly is: 'silence' }
  | { readonly is: 'lost'; readonly why: string; readonly detail: string };

export type SearchEffect =
  | { readonly is: 'ask at'; readonly baudRate: number }
  | { readonly is: 'close' }
  | { readonly is: 'found'; readonly baudRate: number }
  | { readonly is: 'found none'; readonly detail: string };

export interface SearchTurn {
  readonly then: Search;
  readonly do: readonly SearchEffect[];
}

/** Begins a search over these rates, at least one. */
export const beginSearch = (rates: readonly number[]): SearchTurn => askAt(rates);

/** What becomes of a search on hearing something; `undefined` when that means nothing in it. */
export const nextSearch = (now: Search, heard: SearchHeard): SearchTurn | undefined => {
  if (now.is === 'over') return undefined;
  switch (heard.is) {
    case 'tested':
    case 'silence': {
      if (now.is === 'closing') return undefined;
      const passed = heard.is === 'tested' && heard.passed;
      return { then: { ...now, is: 'closing', passed }, do: [{ is: 'close' }] };
    }
    case 'lost':
      return whenLost(now, heard);
  }
};

// What is not there, or in use, is so at every rate.
const hopeless: readonly string[] = ['absent', 'busy', 'denied', 'failed', 'unplugged'];

const whenLost = (
  { rates, passed }: Exclude<Search, { is: 'over' }>,
  { why, detail }: Extract<SearchHeard, { is: 'lost' }>,
): SearchTurn => {
  const [rate = 0, ...others] = rates;
  if (passed) return { then: { is: 'over' }, do: [{ is: 'found', baudRate: rate }] };
  if (hopeless.includes(why)) return { then: { is: 'over' }, do: [{ is: 'found none', detail }] };
  if (others.length > 0) return askAt(others);
  const found = 'The reader answered at no baud rate';
  const todo = 'check its cable, its power, and that it speaks this protocol';
  return { then: { is: 'over' }, do: [{ is: 'found none', detail: `${found}; ${todo}.` }] };
};

const askAt = (rates: readonly number[]): SearchTurn => {
  const [baudRate = 0] = rates;
  return {
    then: { is: 'asking', rates, passed: false },
    do: [{ is: 'ask at', baudRate }],
  };
};

/** What a search came to. */
export type BaudFound =
  | { readonly ok: true; readonly baudRate: number }
  | { readonly ok: false; readonly detail: string };

export interface BaudSearchParts {
  readonly rates: readonly number[];
  readonly openReader: OpenReader;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The configured port at another rate. */
  readonly openAt: (baudRate: number) => OpenLine;
  readonly timers: Timers;
  readonly done: (found: BaudFound) => void;
}

/** Runs a search to its end; gives what calls it off. */
export const findBaud = (parts: BaudSearchParts): (() => void) => {
  const { rates, openReader, settings, openAt, timers, done } = parts;
  let turn = beginSearch(rates);
  let reader: Reader | undefined;
  let stopWaiting = () => {};
  const perform = (effect: SearchEffect): void => {
    switch (effect.is) {
      case 'ask at':
        stopWaiting = timers.after(restMs, () => (reader = ask(effect.baudRate)));
        return;
      case 'close':
        return reader?.close();
      case 'found':
        return done({ ok: true, baudRate: effect.baudRate });
      case 'found none':
        return done({ ok: false, detail: effect.detail });
    }
  };
  const tell = (heard: SearchHeard): void => {
    const next = nextSearch(turn.then, heard);
    if (next === undefined) return;
    turn = next;
    stopWaiting();
    for (const effect of next.do) perform(effect);
  };
  const ask = (baudRate: number): Reader => {
    stopWaiting = timers.after(rateWithinMs, () => tell({ is: 'silence' }));
    const hear = (event: ReaderEvent) => {
      if (event.is === 'tested' || event.is === 'lost') tell(event);
    };
    const opened = openReader({ open: openAt(baudRate), line: 'serial', timers, settings, hear });
    opened.test();
    return opened;
  };
  for (const effect of turn.do) perform(effect);
  return () => {
    turn = { then: { is: 'over' }, do: [] };
    stopWaiting();
    reader?.close();
  };
};
