/** States of the exchange with one reader, what is heard and done in them, and the turns all share. */
import type { LineEnd } from '../../lines/line.ts';
import type {
  IssuerAnswer,
  Purchase,
  ReaderEvent,
  ReaderIdentity,
  ReaderPrompt,
} from '../../reader.ts';
import type { CommonEffect, TurnTo } from '../../turns.ts';
import { pauseMs, type Request, type RequestName } from './commands.ts';
import type { Told } from './told.ts';

/** A round of questions: which are left, how often the first was put, and what was learnt. */
export interface Round {
  readonly left: readonly RequestName[];
  readonly triedCount: number;
  readonly identity: ReaderIdentity;
  readonly unanswered: readonly RequestName[];
  readonly isTest: boolean;
}

/** `wanted`: the purchase to ask for a card next. `refusedCount`: how often in a row the reader would not. */
export type Exchange =
  | { readonly is: 'opening'; readonly wanted?: Purchase; readonly testAsked: boolean }
  | {
      readonly is: 'asking';
      readonly round: Round;
      readonly wanted?: Purchase;
      readonly testAsked: boolean;
    }
  | { readonly is: 'idle' }
  | { readonly is: 'activating'; readonly purchase: Purchase; readonly refusedCount: number }
  | { readonly is: 'pausing'; readonly purchase: Purchase }
  | { readonly is: 'authenticating'; readonly purchase: Purchase; readonly started: Told }
  | { readonly is: 'waiting' }
  | { readonly is: 'completing'; readonly wanted?: Purchase }
  | {
      readonly is: 'cancelling';
      readonly wanted?: Purchase;
      readonly refusedCount: number;
      readonly triedCount: number;
    }
  | { readonly is: 'closing' }
  | { readonly is: 'lost' };

/** An answer: to which command, how, and what it tells of a transaction, or as text. */
export interface Reply {
  readonly command: number;
  readonly status: number;
  readonly told?: Told;
  readonly text: string;
}

export type Heard =
  | { readonly is: 'opened' }
  | { readonly is: 'reply'; readonly reply: Reply }
  | { readonly is: 'message'; readonly prompt?: ReaderPrompt; readonly wantsChoice: boolean }
  | { readonly is: 'silence' }
  | { readonly is: 'noise'; readonly byteCount: number }
  | { readonly is: 'arm'; readonly purchase: Purchase }
  | { readonly is: 'disarm' }
  | { readonly is: 'answer'; readonly answer: IssuerAnswer }
  | { readonly is: 'test' }
  | { readonly is: 'close' }
  | { readonly is: 'ended'; readonly why: LineEnd; readonly detail: string };

/** What only this exchange wants done: to ask the reader, and to forget what it told. */
export type Own =
  | { readonly is: 'ask'; readonly request: Request }
  | { readonly is: 'wipe told'; readonly told: Told };

export type Effect = Own | CommonEffect;
export type Turn = TurnTo<Exchange, Effect>;

/** One state of the exchange. */
export type In<Name extends Exchange['is']> = Extract<Exchange, { is: Name }>;

/** How often a question is put, and how often a reader may refuse to take a card before it is given up. */
export const triesMax = 3;
/** Bytes that make no frame and may have been one; fewer are noise on the cable. */
export const frameBytesMin = 16;

export const say = (event: ReaderEvent): Effect => ({ is: 'say', event });
export const wipe = (told: Told): Effect => ({ is: 'wipe told', told });
export const badRead = (why: Extract<ReaderEvent, { is: 'bad read' }>['why']): Effect =>
  say({ is: 'bad read', why });
export const prompted = (prompt: ReaderPrompt | undefined): Effect[] =>
  prompt === undefined ? [] : [say({ is: 'prompt', prompt })];

export const wanting = ({ wanted }: { readonly wanted?: Purchase }) =>
  wanted === undefined ? {} : { wanted };

// A reader that waits for a card would take a ping for a cancellation.
export const busy: Effect = say({
  is: 'tested',
  passed: true,
  identity: {},
  detail: 'The reader is busy with a card; it was not asked. Test it again between two sales.',
});

export const idle = (effects: readonly Effect[] = []): Turn => ({
  then: { is: 'idle' },
  do: [{ is: 'stop waiting' }, ...effects],
});

export const activate = (
  purchase: Purchase,
  refusedCount: number,
  effects: readonly Effect[] = [],
): Turn => ({
  then: { is: 'activating', purchase, refusedCount },
  do: [...effects, { is: 'ask', request: { is: 'activate', purchase } }],
});

/** Asks for a card again in a moment: what spoilt the last one may still lie in the slot. */
export const again = (purchase: Purchase, effects: readonly Effect[] = []): Turn => ({
  then: { is: 'pausing', purchase },
  do: [...effects, { is: 'wait', ms: pauseMs }],
});

export const cancel = (
  wanted: Purchase | undefined,
  refusedCount: number,
  effects: readonly Effect[] = [],
): Turn => ({
  then: {
    is: 'cancelling',
    ...(wanted === undefined ? {} : { wanted }),
    refusedCount,
    triedCount: 1,
  },
  do: [...effects, { is: 'ask', request: { is: refusedCount < 2 ? 'cancel' : 'reset' } }],
});

export const giveUpReader = (detail: string): Turn => ({
  then: { is: 'lost' },
  do: [{ is: 'stop waiting' }, say({ is: 'lost', why: 'silent', detail }), { is: 'close line' }],
});
