/**
 * The exchange with one reader, from its line's opening to its end; a pure machine.
 *
 *   opening ─opened→ starting ─all asked→ idle ⇄ armed ─card→ idle
 *                                          └─test→ testing ─all asked→ back
 *   anything ─close→ closing ─line ended→ lost
 *
 * A reader may leave any question unanswered; over HID it is asked none. What answers no open question is
 * dropped. A question that was refused, or whose answer was damaged on its way, is put three times at most.
 */
import type { LineEnd } from '../../lines/line.ts';
import type { BadRead, CardRead, ReaderEvent, ReaderIdentity } from '../../reader.ts';
import type { Answer } from './answer.ts';
import { commands, exhaustedLevel, type AnswerFields, type CommandName } from './commands.ts';

/** Where the reader will be when it has been asked everything. */
type Afterwards = 'idle' | 'armed';

/** A round of questions: which one is open, how often it was put, and what was learnt. */
export interface Round {
  readonly left: readonly CommandName[];
  readonly triedCount: number;
  /** Something came while the question was open that was no frame: its answer, perhaps. */
  readonly heardNoise: boolean;
  readonly identity: ReaderIdentity;
  readonly unanswered: readonly CommandName[];
  readonly areKeysExhausted: boolean;
  readonly then: Afterwards;
}

export type Exchange =
  | { readonly is: 'opening'; readonly then: Afterwards; readonly testAsked: boolean }
  | { readonly is: 'starting'; readonly round: Round; readonly testAsked: boolean }
  | { readonly is: 'idle' }
  | { readonly is: 'armed' }
  | { readonly is: 'testing'; readonly round: Round }
  | { readonly is: 'closing' }
  | { readonly is: 'lost' };

export type Heard =
  | { readonly is: 'opened' }
  | { readonly is: 'answer'; readonly answer: Answer }
  | { readonly is: 'refused'; readonly isFinal: boolean }
  | { readonly is: 'silence' }
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead; readonly byteCount: number }
  | { readonly is: 'noise'; readonly byteCount: number }
  | { readonly is: 'arm' }
  | { readonly is: 'disarm' }
  | { readonly is: 'test' }
  | { readonly is: 'close' }
  | { readonly is: 'ended'; readonly why: LineEnd; readonly detail: string };

export type Effect =
  | { readonly is: 'ask'; readonly command: CommandName }
  | { readonly is: 'stop waiting' }
  | { readonly is: 'say'; readonly event: ReaderEvent }
  | { readonly is: 'wipe'; readonly read: CardRead }
  | { readonly is: 'close line' };

/** A state and what to do on entering it. */
export interface Turn {
  readonly then: Exchange;
  readonly do: readonly Effect[];
}

/** The machine of a reader that is asked these questions. */
export interface Machine {
  /** What becomes of a state on hearing something; `undefined` when that means nothing in it. */
  next(now: Exchange, heard: Heard): Turn | undefined;
}

/** The state of a reader whose line is being opened. */
export const opening: Exchange = { is: 'opening', then: 'idle', testAsked: false };

/** How often a question is put. */
const triesMax = 3;

/** A machine that asks these questions when it starts and when it tests. */
export const machineOf = (questions: readonly CommandName[]): Machine => ({
  next: (now, heard) => {
    switch (now.is) {
      case 'opening':
        return whileOpening(now, heard, questions);
      case 'starting':
      case 'testing':
        return whileAsking(now, heard);
      case 'idle':
      case 'armed':
        return whileReady(now, heard, questions);
      case 'closing':
        if (heard.is === 'card') return { then: now, do: [{ is: 'wipe', read: heard.read }] };
        return heard.is === 'ended' ? lose(heard) : undefined;
      case 'lost':
        return heard.is === 'card'
          ? { then: now, do: [{ is: 'wipe', read: heard.read }] }
          : undefined;
    }
  },
});

const whileOpening = (
  now: Extract<Exchange, { is: 'opening' }>,
  heard: Heard,
  questions: readonly CommandName[],
): Turn | undefined => {
  switch (heard.is) {
    case 'opened':
      return ask({ is: 'starting', round: roundOf(questions, now.then), testAsked: now.testAsked });
    case 'arm':
      return { then: { ...now, then: 'armed' }, do: [] };
    case 'disarm':
      return { then: { ...now, then: 'idle' }, do: [] };
    case 'test':
      return { then: { ...now, testAsked: true }, do: [] };
    case 'card':
      return { then: now, do: [{ is: 'wipe', read: heard.read }] };
    case 'close':
      return { then: { is: 'closing' }, do: [{ is: 'close line' }] };
    case 'ended':
      return lose(heard);
    case 'answer':
    case 'refused':
    case 'silence':
    case 'bad read':
    case 'noise':
      return undefined;
  }
};

type Asking = Extract<Exchange, { is: 'starting' | 'testing' }>;

const whileAsking = (now: Asking, heard: Heard): Turn | undefined => {
  const { round } = now;
  switch (heard.is) {
    case 'answer':
      return hearAnswer(now, heard.answer);
    case 'refused':
      return retry(now, !heard.isFinal);
    case 'silence':
      return retry(now, round.heardNoise);
    case 'arm':
      return { then: { ...now, round: { ...round, then: 'armed' } }, do: [] };
    case 'disarm':
      return { then: { ...now, round: { ...round, then: 'idle' } }, do: [] };
    case 'test':
      return now.is === 'starting' ? { then: { ...now, testAsked: true }, do: [] } : undefined;
    case 'card':
      // A customer need not wait for the questions to end.
      return takeCard(heard.read, round.then, (then) => ({ ...now, round: { ...round, then } }));
    case 'bad read':
      return { then: noisy(now), do: badRead(heard, round.then) };
    case 'noise':
      return { then: noisy(now), do: [say(heard)] };
    case 'close':
      return { then: { is: 'closing' }, do: [{ is: 'stop waiting' }, { is: 'close line' }] };
    case 'ended': {
      const lost = lose(heard);
      return { then: lost.then, do: [{ is: 'stop waiting' }, ...lost.do] };
    }
    case 'opened':
      return undefined;
  }
};

const whileReady = (
  now: Extract<Exchange, { is: 'idle' | 'armed' }>,
  heard: Heard,
  questions: readonly CommandName[],
): Turn | undefined => {
  switch (heard.is) {
    case 'card':
      return takeCard(heard.read, now.is, (then) => ({ is: then }));
    case 'bad read':
      return { then: now, do: badRead(heard, now.is) };
    case 'noise':
      return { then: now, do: [say(heard)] };
    case 'arm':
      return { then: { is: 'armed' }, do: [] };
    case 'disarm':
      return { then: { is: 'idle' }, do: [] };
    case 'test':
      return ask({ is: 'testing', round: roundOf(questions, now.is) });
    case 'close':
      return { then: { is: 'closing' }, do: [{ is: 'close line' }] };
    case 'ended':
      return lose(heard);
    case 'opened':
    case 'answer':
    case 'refused':
    case 'silence':
      return undefined;
  }
};

const say = (event: ReaderEvent): Effect => ({ is: 'say', event });

const lose = ({ why, detail }: Extract<Heard, { is: 'ended' }>): Turn => ({
  then: { is: 'lost' },
  do: [say({ is: 'lost', why, detail })],
});

const takeCard = (
  read: CardRead,
  wanted: Afterwards,
  into: (then: Afterwards) => Exchange,
): Turn =>
  wanted === 'armed'
    ? { then: into('idle'), do: [say({ is: 'card', read })] }
    : { then: into('idle'), do: [{ is: 'wipe', read }] };

// A reader stays armed after a bad read: the customer swipes again. What nobody awaits is noise at most.
const badRead = (
  { why, byteCount }: Extract<Heard, { is: 'bad read' }>,
  wanted: Afterwards,
): Effect[] => [
  ...(why === 'damaged' ? [say({ is: 'noise', byteCount })] : []),
  ...(wanted === 'armed' ? [say({ is: 'bad read', why })] : []),
];

const roundOf = (left: readonly CommandName[], then: Afterwards): Round => ({
  left,
  triedCount: 0,
  heardNoise: false,
  identity: {},
  unanswered: [],
  areKeysExhausted: false,
  then,
});

/** Puts the question that is open, or ends the round when there is none left. */
const ask = (now: Asking): Turn => {
  const { round } = now;
  const [command] = round.left;
  if (command === undefined) return endRound(now);
  const tried: Round = { ...round, triedCount: round.triedCount + 1, heardNoise: false };
  return { then: { ...now, round: tried }, do: [{ is: 'ask', command }] };
};

const nextQuestion = (now: Asking, learnt: Partial<Round>): Turn =>
  ask({
    ...now,
    round: { ...now.round, ...learnt, left: now.round.left.slice(1), triedCount: 0 },
  });

const giveUp = (now: Asking): Turn =>
  nextQuestion(now, { unanswered: [...now.round.unanswered, ...now.round.left.slice(0, 1)] });

const retry = (now: Asking, isWorthIt: boolean): Turn =>
  isWorthIt && now.round.triedCount < triesMax ? ask(now) : giveUp(now);

// What was no frame may have been the answer.
const noisy = (now: Asking): Asking => ({ ...now, round: { ...now.round, heardNoise: true } });

const hearAnswer = (now: Asking, answer: Answer): Turn | undefined => {
  const [command] = now.round.left;
  if (command === undefined) return undefined;
  const fields: AnswerFields | undefined = commands[command].read(answer);
  if (fields === undefined) return undefined;
  const areKeysExhausted = now.round.areKeysExhausted || fields['securityLevel'] === exhaustedLevel;
  const identity = { ...now.round.identity, ...commands[command].tells(fields) };
  return nextQuestion(now, { identity, areKeysExhausted });
};

const endRound = (now: Asking): Turn => {
  const { identity, then } = now.round;
  const tested = say({ is: 'tested', identity, ...verdictOn(now.round) });
  const said = now.is === 'starting' ? [say({ is: 'ready', identity })] : [tested];
  const also = now.is === 'starting' && now.testAsked ? [tested] : [];
  return { then: { is: then }, do: [{ is: 'stop waiting' }, ...said, ...also] };
};

const verdictOn = ({ identity, unanswered, areKeysExhausted }: Round) => {
  if (areKeysExhausted) {
    const detail = 'The reader has used up its keys; its maker has to load new ones.';
    return { passed: false, detail };
  }
  if (unanswered.length > 0) {
    const what = unanswered.join(', ');
    return { passed: false, detail: `No answer about ${what}. Check the cable and the baud rate.` };
  }
  const isAsked = Object.keys(identity).length > 0;
  const detail = isAsked
    ? 'All questions were answered.'
    : 'The reader is plugged in. Over HID it is asked nothing; swipe a card to see it read.';
  return { passed: true, detail };
};
