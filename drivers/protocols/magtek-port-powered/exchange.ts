/**
 * The exchange with one reader, from its line's opening to its end; a pure machine.
 *
 *   opening ─opened→ waking ─signed on, or silence→ asking ─answered, or silence→ ready
 *   anything ─close→ closing ─line ended→ lost
 *
 * A half-card reader sends a card when it is taken out. One that was in before the reader was armed was put
 * there for somebody else's sale, or forgotten: it is not taken, and the customer is asked to insert anew.
 */
import type { BadRead, CardRead, ReaderIdentity, ReaderPrompt } from '../../reader.ts';
import { close, dropped, lose, say, type Ended } from '../../stripes/moves.ts';
import type { Handled } from '../../stripes/reader.ts';
import type { CommonEffect, TurnTo } from '../../turns.ts';
import { options, type CommandName } from './commands.ts';

/** What the reader is wanted for. */
interface Wanted {
  readonly armed: boolean;
  readonly testAsked: boolean;
}

/** What is known of a reader that is there. */
interface Known {
  readonly firmware?: string;
  /** A card is in the reader. */
  readonly cardPresent: boolean;
  /** That card was in before the reader was armed. */
  readonly cardIsOld: boolean;
}

export type Exchange =
  | ({ readonly is: 'opening' } & Wanted)
  | ({ readonly is: 'waking' | 'asking' } & Wanted & Known)
  | ({ readonly is: 'ready'; readonly armed: boolean; readonly testing: boolean } & Known)
  | { readonly is: 'closing' }
  | { readonly is: 'lost' };

export type Heard =
  | { readonly is: 'opened' }
  | { readonly is: 'signed on'; readonly firmware: string }
  | { readonly is: 'sensor'; readonly cardPresent: boolean }
  | { readonly is: 'card'; readonly read: CardRead; readonly cardPresent: boolean }
  | { readonly is: 'bad read'; readonly why: BadRead; readonly cardPresent?: boolean }
  | { readonly is: 'noise'; readonly byteCount: number }
  | { readonly is: 'silence' }
  | Handled
  | Ended;

/** Puts commands on the line. */
export interface Send {
  readonly is: 'send';
  readonly commands: readonly CommandName[];
}

export type Effect = Send | CommonEffect;
export type Turn = TurnTo<Exchange, Effect>;

/** How long the reader may take after its power came, ms: 150 or 500 (Half Card manual p. 13), and margin. */
export const signOnWithinMs = 1_000;
/** How long an inquiry may go unanswered, ms; three tracks take 600 ms with their gaps. */
export const answerWithinMs = 1_500;

/** The state of a reader whose line is being opened. */
export const opening: Exchange = { is: 'opening', armed: false, testAsked: false };

/** What becomes of a state on hearing something; `undefined` when that means nothing in it. */
export const next = (now: Exchange, heard: Heard): Turn | undefined => {
  switch (now.is) {
    case 'opening':
      return whileOpening(now, heard);
    case 'waking':
    case 'asking':
      return whileStarting(now, heard);
    case 'ready':
      return whileReady(now, heard);
    case 'closing':
      return heard.is === 'ended' ? lose(heard) : dropped(now, heard);
    case 'lost':
      return dropped(now, heard);
  }
};

const whileOpening = (
  now: Extract<Exchange, { is: 'opening' }>,
  heard: Heard,
): Turn | undefined => {
  switch (heard.is) {
    case 'opened':
      return {
        then: { ...now, is: 'waking', cardPresent: false, cardIsOld: false },
        do: [{ is: 'wait', ms: signOnWithinMs }],
      };
    case 'ended':
      return lose(heard);
    case 'arm':
    case 'disarm':
      return { then: { ...now, armed: heard.is === 'arm' }, do: [] };
    case 'test':
      return { then: { ...now, testAsked: true }, do: [] };
    case 'close':
      return close();
    case 'card':
    case 'signed on':
    case 'sensor':
    case 'bad read':
    case 'noise':
    case 'silence':
      return dropped(now, heard);
  }
};

type Starting = Extract<Exchange, { is: 'waking' | 'asking' }>;

const whileStarting = (now: Starting, heard: Heard): Turn | undefined => {
  switch (heard.is) {
    case 'signed on':
      return ask({ ...now, firmware: heard.firmware });
    case 'silence':
      return now.is === 'waking' ? ask(now) : ready(now, false);
    case 'sensor':
      return answered({ ...now, ...placed(now, heard.cardPresent) }, []);
    case 'card':
      return answered({ ...now, ...placed(now, heard.cardPresent) }, [
        { is: 'wipe', read: heard.read },
      ]);
    case 'bad read':
      return answered({ ...now, ...placed(now, heard.cardPresent) }, []);
    case 'noise':
      return { then: now, do: [say(heard)] };
    case 'arm':
    case 'disarm':
      return { then: { ...now, armed: heard.is === 'arm' }, do: [] };
    case 'test':
      return { then: { ...now, testAsked: true }, do: [] };
    case 'close':
      return close();
    case 'ended':
      return lose(heard);
    case 'opened':
      return undefined;
  }
};

// What comes before the question was asked is no answer to it.
const answered = (now: Starting, effects: readonly Effect[]): Turn => {
  if (now.is === 'waking') return { then: now, do: effects };
  const turn = ready(now, true);
  return { ...turn, do: [...effects, ...turn.do] };
};

const ask = (now: Starting): Turn => ({
  then: { ...now, is: 'asking' },
  do: [
    { is: 'send', commands: [...options, 'inquiry'] },
    { is: 'wait', ms: answerWithinMs },
  ],
});

const ready = ({ armed, testAsked, ...known }: Starting, hasAnswered: boolean): Turn => {
  const identity = identityOf(known);
  const { cardPresent, cardIsOld, firmware } = known;
  // Armed while it was opened, and a card is in: nobody knows since when.
  const old = cardIsOld || (armed && cardPresent);
  const told = { cardPresent, cardIsOld: old, ...(firmware === undefined ? {} : { firmware }) };
  return {
    then: { is: 'ready', armed, testing: false, ...told },
    do: [
      { is: 'stop waiting' },
      say({ is: 'ready', identity }),
      ...(testAsked ? [tested(identity, hasAnswered)] : []),
      ...(armed ? [prompt(cardPresent ? 'remove_card' : 'insert_card')] : []),
    ],
  };
};

const identityOf = ({ firmware }: Pick<Known, 'firmware'>): ReaderIdentity => ({
  ...(firmware === undefined ? {} : { firmware }),
  securityLevel: 'clear',
});

const tested = (identity: ReaderIdentity, passed: boolean): Effect => {
  const detail = passed
    ? 'The reader answered the inquiry.'
    : 'The reader did not answer the inquiry; check the cable, the baud rate, and that DTR powers it.';
  return say({ is: 'tested', passed, identity, detail });
};

type Ready = Extract<Exchange, { is: 'ready' }>;

const whileReady = (now: Ready, heard: Heard): Turn | undefined => {
  switch (heard.is) {
    case 'signed on':
      // Its power went and came back, and with it went what it was told.
      return {
        then: { ...now, firmware: heard.firmware, cardPresent: false, cardIsOld: false },
        do: [{ is: 'send', commands: options }],
      };
    case 'sensor':
      return withTest(now, { then: { ...now, ...placed(now, heard.cardPresent) }, do: [] });
    case 'card':
      return withTest(now, takeCard(now, heard));
    case 'bad read':
      return withTest(now, badRead(now, heard));
    case 'noise':
      return { then: now, do: [say(heard)] };
    case 'silence':
      return now.testing
        ? { then: { ...now, testing: false }, do: [tested(identityOf(now), false)] }
        : undefined;
    case 'arm':
      return {
        then: { ...now, armed: true, cardIsOld: now.cardPresent },
        do: [prompt(now.cardPresent ? 'remove_card' : 'insert_card')],
      };
    case 'disarm':
      return { then: { ...now, armed: false }, do: [] };
    case 'test':
      return {
        then: { ...now, testing: true },
        do: [
          { is: 'send', commands: ['inquiry'] },
          { is: 'wait', ms: answerWithinMs },
        ],
      };
    case 'close':
      return close();
    case 'ended':
      return lose(heard);
    case 'opened':
      return undefined;
  }
};

// Whatever comes from the sensor answers a test, and moves the customer on.
const withTest = (before: Ready, turn: { then: Ready; do: readonly Effect[] }): Turn => {
  const { then } = turn;
  const moved = then.armed && then.cardPresent !== before.cardPresent;
  return {
    then: { ...then, testing: false },
    do: [
      ...turn.do,
      ...(moved ? [prompt(then.cardPresent ? 'remove_card' : 'insert_card')] : []),
      ...(before.testing ? [{ is: 'stop waiting' } as const, tested(identityOf(then), true)] : []),
    ],
  };
};

const takeCard = (now: Ready, { read, cardPresent }: Extract<Heard, { is: 'card' }>) => {
  const then = { ...now, ...placed(now, cardPresent) };
  return now.armed && !now.cardIsOld
    ? { then: { ...then, armed: false }, do: [say({ is: 'card', read })] }
    : { then, do: [{ is: 'wipe', read } as const] };
};

// A reader stays armed after a bad read: the customer tries again.
const badRead = (now: Ready, { why, cardPresent }: Extract<Heard, { is: 'bad read' }>) => ({
  then: { ...now, ...placed(now, cardPresent) },
  do: now.armed && !now.cardIsOld ? [say({ is: 'bad read', why })] : [],
});

const placed = (
  now: Known,
  cardPresent: boolean = now.cardPresent,
): Pick<Known, 'cardPresent' | 'cardIsOld'> => ({
  cardPresent,
  cardIsOld: now.cardIsOld && cardPresent,
});

const prompt = (which: ReaderPrompt): CommonEffect => say({ is: 'prompt', prompt: which });
