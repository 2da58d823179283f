/** Turns: runs a protocol's pure machine over a line, one happening after the other. */
import { withTellableIdentity } from './identity.ts';
import type { Line, LineEvent } from './lines/line.ts';
import { wipeRead, type CardRead, type ReaderEvent, type ReaderOpening } from './reader.ts';

/** What every machine may want done; whatever else it wants is its protocol's own. */
export type CommonEffect =
  /** `silence` follows after so long, unless something else is waited for before. */
  | { readonly is: 'wait'; readonly ms: number }
  | { readonly is: 'stop waiting' }
  | { readonly is: 'say'; readonly event: ReaderEvent }
  | { readonly is: 'wipe'; readonly read: CardRead }
  | { readonly is: 'close line' };

/** What was waited for did not come. */
export interface Silence {
  readonly is: 'silence';
}

/** A state and what to do on entering it. */
export interface TurnTo<State, Effect> {
  readonly then: State;
  readonly do: readonly Effect[];
}

/** A machine, what it hears in a line's events, and what its own effects do. */
export interface Play<State, Heard, Own> {
  readonly opening: State;
  /** What becomes of a state on hearing something; `undefined` when that means nothing in it. */
  readonly next: (
    now: State,
    heard: Heard | Silence,
  ) => TurnTo<State, CommonEffect | Own> | undefined;
  readonly heardIn: (event: LineEvent) => readonly Heard[];
  readonly perform: (effect: Own, hands: Hands) => void;
}

/** What an effect is done with. */
export interface Hands {
  readonly line: Line;
  /** `silence` follows after so many milliseconds, unless something else is waited for before. */
  readonly wait: (ms: number) => void;
}

/** A machine at work: what tells it of a happening, and its line. */
export interface Playing<Heard> {
  readonly tell: (heard: Heard | Silence) => void;
  readonly line: Line;
}

/** Opens the line and plays the machine over it. */
export const play = <State, Heard, Own extends { readonly is: string } = never>(
  { open, timers, hear }: ReaderOpening,
  { opening, next, heardIn, perform: performOwn }: Play<State, Heard, Own>,
): Playing<Heard> => {
  let stopWaiting = () => {};
  const wait = (ms: number): void => {
    stopWaiting();
    stopWaiting = timers.after(ms, () => tell({ is: 'silence' }));
  };
  const perform = (effect: CommonEffect | Own): void => {
    if (!isCommon(effect)) return performOwn(effect, { line, wait });
    switch (effect.is) {
      case 'wait':
        return wait(effect.ms);
      case 'stop waiting':
        return stopWaiting();
      case 'say':
        return hear(withTellableIdentity(effect.event));
      case 'wipe':
        return wipeRead(effect.read);
      case 'close line':
        return line.close();
    }
  };
  const tell = inTurn<State, Heard | Silence, CommonEffect | Own>({ opening, next, perform });
  const line = open((event) => {
    for (const heard of heardIn(event)) tell(heard);
  });
  return { tell, line };
};

const common: readonly string[] = [
  'wait',
  'stop waiting',
  'say',
  'wipe',
  'close line',
] satisfies CommonEffect['is'][];

const isCommon = (effect: { readonly is: string }): effect is CommonEffect =>
  common.includes(effect.is);

interface Machine<State, Heard, Effect> {
  readonly opening: State;
  readonly next: (now: State, heard: Heard) => TurnTo<State, Effect> | undefined;
  readonly perform: (effect: Effect) => void;
}

// What is said in a turn may be answered at once, by `arm` for one: that waits for the end of the turn.
const inTurn = <State, Heard, Effect>({
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
