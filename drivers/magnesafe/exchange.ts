/**
 * The exchange with one MagneSafe V5 reader, from its line's opening to its end; a pure machine.
 *
 *   opening ─opened→ starting ─all asked→ idle ⇄ armed ─card→ idle
 *                                          └─test→ testing ─all asked→ back
 *   anything ─close→ closing ─line ended→ lost
 *
 * A reader may leave any command unanswered; many only send. An answer does not say what it answers, so one
 * that does not fit the command it is awaited for came late and is dropped, as is any that nobody awaits.
 * Over USB it is read back right after its question: there, one that does not fit is a refusal.
 */
import type { LineEnd } from '../lines/line.ts';
import type { BadRead, CardRead, ReaderEvent, ReaderIdentity } from '../reader.ts';
import { commands, startUp, type Answer, type AnswerFields, type CommandName } from './commands.ts';

/** Where the reader will be when it has been asked everything. */
type Afterwards = 'idle' | 'armed';

/** A round of questions: which one is open, and what was learnt. */
export interface Round {
  readonly step: number;
  readonly identity: ReaderIdentity;
  readonly unanswered: readonly CommandName[];
  readonly refused: readonly CommandName[];
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
  | { readonly is: 'answer'; readonly answer: Answer; readonly isInTurn?: boolean }
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

/** The state of a reader whose line is being opened. */
export const opening: Exchange = { is: 'opening', then: 'idle', testAsked: false };

/** What becomes of a state on hearing something; `undefined` when that means nothing in it. */
export const next = (now: Exchange, heard: Heard): Turn | undefined => {
  switch (now.is) {
    case 'opening':
      return whileOpening(now, heard);
    case 'starting':
    case 'testing':
      return whileAsking(now, heard);
    case 'idle':
    case 'armed':
      return whileReady(now, heard);
    case 'closing':
      if (heard.is === 'card') return { then: now, do: [{ is: 'wipe', read: heard.read }] };
      return heard.is === 'ended' ? lose(heard) : undefined;
    case 'lost':
      return heard.is === 'card'
        ? { then: now, do: [{ is: 'wipe', read: heard.read }] }
        : undefined;
  }
};

const whileOpening = (
  now: Extract<Exchange, { is: 'opening' }>,
  heard: Heard,
): Turn | undefined => {
  switch (heard.is) {
    case 'opened': {
      const { round, ask } = firstQuestion(now.then);
      return { then: { is: 'starting', round, testAsked: now.testAsked }, do: ask };
    }
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
      return hearAnswer(now, heard);
    case 'silence':
      return nextQuestion(now, { unanswered: [...round.unanswered, questionOf(round)] });
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
      return { then: now, do: badRead(heard, round.then) };
    case 'noise':
      return { then: now, do: [say(heard)] };
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
    case 'test': {
      const { round, ask } = firstQuestion(now.is);
      return { then: { is: 'testing', round }, do: ask };
    }
    case 'close':
      return { then: { is: 'closing' }, do: [{ is: 'close line' }] };
    case 'ended':
      return lose(heard);
    case 'opened':
    case 'answer':
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

const questionOf = ({ step }: Round): CommandName => startUp[step] ?? 'softwareId';

const firstQuestion = (then: Afterwards): { round: Round; ask: Effect[] } => {
  const round = { step: 0, identity: {}, unanswered: [], refused: [], then };
  return { round, ask: [{ is: 'ask', command: questionOf(round) }] };
};

const hearAnswer = (
  now: Asking,
  { answer: { result, data }, isInTurn = false }: Extract<Heard, { is: 'answer' }>,
): Turn | undefined => {
  const command = questionOf(now.round);
  const fields: AnswerFields | undefined =
    result === '00' ? commands[command].read(data) : undefined;
  if (fields === undefined) {
    // A refusal is an answer too: the reader is there, and has no such thing or keeps it to itself.
    return result === '00' && !isInTurn
      ? undefined
      : nextQuestion(now, { refused: [...now.round.refused, command] });
  }
  const told = commands[command].tells(fields);
  return nextQuestion(now, { identity: { ...now.round.identity, ...told } });
};

const nextQuestion = (now: Asking, learnt: Partial<Round>): Turn => {
  const round: Round = { ...now.round, ...learnt, step: now.round.step + 1 };
  if (round.step < startUp.length) {
    return { then: { ...now, round }, do: [{ is: 'ask', command: questionOf(round) }] };
  }
  const { identity } = round;
  const tested = say({ is: 'tested', identity, ...verdictOn(round) });
  const said = now.is === 'starting' ? [say({ is: 'ready', identity })] : [tested];
  const also = now.is === 'starting' && now.testAsked ? [tested] : [];
  return { then: { is: round.then }, do: [{ is: 'stop waiting' }, ...said, ...also] };
};

const verdictOn = ({ unanswered, refused }: Round): { passed: boolean; detail: string } => {
  const answeredCount = startUp.length - unanswered.length;
  const also = refused.length === 0 ? '' : `, ${refused.join(', ')} with a refusal`;
  const counted = `${answeredCount} of ${startUp.length} commands answered${also}`;
  if (unanswered.length === 0) return { passed: true, detail: `${counted}.` };
  return {
    passed: false,
    detail: `${counted}; not ${unanswered.join(', ')}. Check the cable and how the line is set.`,
  };
};
