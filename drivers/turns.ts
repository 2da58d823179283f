/** Turns: runs a pure machine, one happening after the other. */
import type { Line } from './lines/line.ts';
import type { CardRead, Reader, ReaderOpening } from './reader.ts';

/** A machine and what its effects do. */
export interface Machine<State, Heard, Effect> {
  readonly opening: State;
  /** What becomes of a state on hearing something; `undefined` when that means nothing in it. */
  readonly next: (
    now: State,
    heard: Heard,
  ) => { readonly then: State; readonly do: readonly Effect[] } | undefined;
  readonly perform: (effect: Effect) => void;
}

/**
 * Starts a machine; gives what tells it of a happening. What is said in a turn may be answered at once, by
 * `arm` for one: that waits for the end of the turn.
 */
export const turnsOf = <State, Heard, Effect>({
  opening,
  next,
  perform,
}: Machine<State, Heard, Effect>): ((heard: Heard) => void) => {
  const inbox: Heard[] = [];
  let now = opening;
  let isTurning = false;
  return (heard) => {
    inbox.push(heard);
    if (isTurning) return;
    isTurning = true;
    for (let first = inbox.shift(); first !== undefined; first = inbox.shift()) {
      const turn = next(now, first);
      if (turn === undefined) continue;
      now = turn.then;
      for (const effect of turn.do) perform(effect);
    }
    isTurning = false;
  };
};

/** What every machine of a stripe reader hears from whoever uses the reader. */
export type Handled = { readonly is: 'arm' | 'disarm' | 'test' | 'close' };

/** A reader of stripes, whose machine hears what is asked of it. A stripe waits for no answer. */
export const stripeReader = (tell: (heard: Handled) => void, line: Line): Reader => ({
  arm: () => {
    // A card that had begun to come was meant for somebody else's sale.
    line.skip();
    tell({ is: 'arm' });
  },
  answer: () => {},
  disarm: () => tell({ is: 'disarm' }),
  test: () => tell({ is: 'test' }),
  close: () => tell({ is: 'close' }),
});

/** Forgets a card that nobody waits for. */
export const wipe = ({ likeness, accountData }: CardRead): void => {
  likeness.wipe();
  accountData.wipe();
};

/** A reader that cannot be opened; it says why later, as everything is said. */
export const refusedReader = (
  { timers, hear }: Pick<ReaderOpening, 'timers' | 'hear'>,
  why: string,
): Reader => {
  timers.after(0, () => hear({ is: 'lost', why: 'failed', detail: why }));
  return { arm() {}, answer() {}, disarm() {}, test() {}, close() {} };
};

/** What is wrong with the settings of a reader that has none, if anything is. */
export const anySetting = (given: Readonly<Record<string, unknown>>): string | undefined => {
  const [name] = Object.keys(given);
  return name === undefined ? undefined : `"${name}" is no setting of this reader; it has none.`;
};
