/**
 * The exchange with a reader that is asked about itself and then sends stripes, from its line's opening to
 * its end; a pure machine. What is asked, and what counts as an answer, is for the protocol to say.
 *
 *   opening ─opened→ starting ─all asked→ idle ⇄ armed ─card→ idle
 *                                          └─test→ testing ─all asked→ back
 *   anything ─close→ closing ─line ended→ lost
 */
import type { BadRead, CardRead } from '../reader.ts';
import type { CommonEffect, TurnTo } from '../turns.ts';
import { close, dropped, lose, say, type Ended } from './moves.ts';
import type { Questions, Step, Verdict } from './questions.ts';
import type { Handled } from './reader.ts';

/** Where the reader will be when it has been asked everything. */
type Afterwards = 'idle' | 'armed';

interface Opening {
  readonly is: 'opening';
  readonly then: Afterwards;
  readonly testAsked: boolean;
}

interface Starting<Round> {
  readonly is: 'starting';
  readonly round: Round;
  readonly then: Afterwards;
  readonly testAsked: boolean;
}

interface Ready {
  readonly is: Afterwards;
}

interface Testing<Round> {
  readonly is: 'testing';
  readonly round: Round;
  readonly then: Afterwards;
}

export type Exchange<Round> =
  Opening | Starting<Round> | Ready | Testing<Round> | { readonly is: 'closing' | 'lost' };

interface Spoiled {
  readonly is: 'bad read';
  readonly why: BadRead;
  readonly byteCount: number;
}

interface Noise {
  readonly is: 'noise';
  readonly byteCount: number;
}

export type Heard<Reply> =
  | { readonly is: 'opened' }
  | { readonly is: 'reply'; readonly reply: Reply }
  | { readonly is: 'silence' }
  | { readonly is: 'card'; readonly read: CardRead }
  | Spoiled
  | Noise
  | Handled
  | Ended;

/** Puts a question. */
export interface Ask<Command> {
  readonly is: 'ask';
  readonly command: Command;
}

export type Effect<Command> = Ask<Command> | CommonEffect;
export type Turn<Round, Command> = TurnTo<Exchange<Round>, Effect<Command>>;

/** The state of a reader whose line is being opened. */
export const opening = { is: 'opening', then: 'idle', testAsked: false } as const;

/** The machine of a reader that is asked these questions: what becomes of a state on hearing something. */
export const exchangeOf =
  <Round, Reply, Command>(questions: Questions<Round, Reply, Command>) =>
  (now: Exchange<Round>, heard: Heard<Reply>): Turn<Round, Command> | undefined => {
    switch (now.is) {
      case 'opening':
        return whileOpening(now, heard, questions);
      case 'starting':
      case 'testing':
        return whileAsking(now, heard, questions);
      case 'idle':
      case 'armed':
        return whileReady(now, heard, questions);
      case 'closing':
        return heard.is === 'ended' ? lose(heard) : dropped(now, heard);
      case 'lost':
        return dropped(now, heard);
    }
  };

const whileOpening = <Round, Reply, Command>(
  now: Opening,
  heard: Heard<Reply>,
  questions: Questions<Round, Reply, Command>,
): Turn<Round, Command> | undefined => {
  switch (heard.is) {
    case 'opened':
      return stepped({ ...now, is: 'starting' }, questions.begin());
    case 'arm':
    case 'disarm':
      return { then: { ...now, then: afterwards(heard) }, do: [] };
    case 'test':
      return { then: { ...now, testAsked: true }, do: [] };
    case 'close':
      return close();
    case 'ended':
      return lose(heard);
    case 'card':
    case 'reply':
    case 'silence':
    case 'bad read':
    case 'noise':
      return dropped(now, heard);
  }
};

const whileAsking = <Round, Reply, Command>(
  now: Starting<Round> | Testing<Round>,
  heard: Heard<Reply>,
  questions: Questions<Round, Reply, Command>,
): Turn<Round, Command> | undefined => {
  switch (heard.is) {
    case 'reply':
    case 'silence': {
      const step = questions.hear(now.round, heard);
      return step && stepped(now, step);
    }
    case 'arm':
    case 'disarm':
      return { then: { ...now, then: afterwards(heard) }, do: [] };
    case 'test':
      return now.is === 'starting' ? { then: { ...now, testAsked: true }, do: [] } : undefined;
    case 'card':
      // A customer need not wait for the questions to end.
      return taken({ ...now, then: 'idle' }, heard.read, now.then);
    case 'bad read':
    case 'noise': {
      // Either may have been an answer that was damaged on its way.
      const step = questions.hear(now.round, { is: 'noise' }) ?? { is: 'stay', round: now.round };
      const turn = stepped<Round, Command>(now, step);
      return { then: turn.then, do: [...unread(heard, now.then), ...turn.do] };
    }
    case 'close':
      return close();
    case 'ended':
      return lose(heard);
    case 'opened':
      return undefined;
  }
};

const whileReady = <Round, Reply, Command>(
  now: Ready,
  heard: Heard<Reply>,
  questions: Questions<Round, Reply, Command>,
): Turn<Round, Command> | undefined => {
  switch (heard.is) {
    case 'card':
      return taken({ is: 'idle' }, heard.read, now.is);
    case 'bad read':
    case 'noise':
      return { then: now, do: unread(heard, now.is) };
    case 'arm':
    case 'disarm':
      return { then: { is: afterwards(heard) }, do: [] };
    case 'test':
      return stepped({ is: 'testing', then: now.is }, questions.begin());
    case 'close':
      return close();
    case 'ended':
      return lose(heard);
    case 'opened':
    case 'reply':
    case 'silence':
      return undefined;
  }
};

type Asking = Omit<Starting<unknown>, 'round'> | Omit<Testing<unknown>, 'round'>;

const stepped = <Round, Command>(now: Asking, step: Step<Round, Command>): Turn<Round, Command> => {
  switch (step.is) {
    case 'ask':
      return {
        then: { ...now, round: step.round },
        do: [{ is: 'ask', command: step.command }],
      };
    case 'stay':
      return { then: { ...now, round: step.round }, do: [] };
    case 'over':
      return { then: { is: now.then }, do: [{ is: 'stop waiting' }, ...told(now, step.verdict)] };
  }
};

const told = (now: Asking, verdict: Verdict): CommonEffect[] => {
  const tested = say({ is: 'tested', ...verdict });
  if (now.is === 'testing') return [tested];
  const ready = say({ is: 'ready', identity: verdict.identity });
  return now.testAsked ? [ready, tested] : [ready];
};

const afterwards = ({ is }: { readonly is: 'arm' | 'disarm' }): Afterwards =>
  is === 'arm' ? 'armed' : 'idle';

const taken = <State>(then: State, read: CardRead, wanted: Afterwards) => ({
  then,
  do: [wanted === 'armed' ? say({ is: 'card', read }) : ({ is: 'wipe', read } as const)],
});

// A reader stays armed after a bad read: the customer swipes again. What nobody awaits is noise at most.
const unread = (heard: Noise | Spoiled, wanted: Afterwards): CommonEffect[] => {
  if (heard.is === 'noise') return [say(heard)];
  const { why, byteCount } = heard;
  return [
    ...(why === 'damaged' ? [say({ is: 'noise', byteCount })] : []),
    ...(wanted === 'armed' ? [say({ is: 'bad read', why })] : []),
  ];
};
