/** Moves that the machines of all stripe readers have in common: what they say, drop, close and lose. */
import type { LineEnd } from '../lines/line.ts';
import type { CardRead, ReaderEvent } from '../reader.ts';
import type { CommonEffect, TurnTo } from '../turns.ts';

/** The line is gone. */
export interface Ended {
  readonly is: 'ended';
  readonly why: LineEnd;
  readonly detail: string;
}

/** Says something to whoever uses the reader. */
export const say = (event: ReaderEvent): CommonEffect => ({ is: 'say', event });

/** What comes when nobody waits for it means nothing; a card is wiped. */
export const dropped = <State>(
  now: State,
  heard: { readonly is: string; readonly read?: CardRead },
): TurnTo<State, CommonEffect> | undefined =>
  heard.read === undefined ? undefined : { then: now, do: [{ is: 'wipe', read: heard.read }] };

/** Closes the line, and waits for its end. */
export const close = (): TurnTo<{ readonly is: 'closing' }, CommonEffect> => ({
  then: { is: 'closing' },
  do: [{ is: 'stop waiting' }, { is: 'close line' }],
});

/** The line has ended, and the reader with it. */
export const lose = ({ why, detail }: Ended): TurnTo<{ readonly is: 'lost' }, CommonEffect> => ({
  then: { is: 'lost' },
  do: [{ is: 'stop waiting' }, say({ is: 'lost', why, detail })],
});
