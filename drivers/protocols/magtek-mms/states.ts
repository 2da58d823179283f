/** The states of an exchange with one device, what it hears and what it does (`exchange.ts`). */
import type { LineEnd } from '../../lines/line.ts';
import type { BadRead, CardRead, IssuerAnswer, Purchase, ReaderIdentity } from '../../reader.ts';
import type { CommonEffect, TurnTo } from '../../turns.ts';
import type { Request } from './commands.ts';
import type { CardFound } from './card-data.ts';
import type { Notice } from './notices.ts';
import type { PropertyName } from './properties.ts';
import type { Status } from './status.ts';

/** What the agent wants once the device is free: nothing, or a card for a purchase. */
export type Wish = Purchase | undefined;

/** What lasts: the reference of the newest request, who the device is, and whether it is to be tested. */
export interface Lasting {
  readonly reference: number;
  readonly identity: ReaderIdentity;
  readonly testAsked: boolean;
}

/** A round of questions: which one is open, what is left unanswered, and what it is for. */
export interface Round {
  readonly step: number;
  readonly unanswered: readonly PropertyName[];
  readonly isFirst: boolean;
}

/** How often a device was told to end what it does, and whether it is left alone before the next time. */
export interface Cancelling {
  readonly tries: number;
  readonly isResting: boolean;
}

export type Exchange =
  | { readonly is: 'opening'; readonly of: Lasting; readonly wish: Wish }
  | ({ readonly is: 'clearing'; readonly of: Lasting; readonly wish: Wish } & Cancelling)
  | { readonly is: 'asking'; readonly of: Lasting; readonly wish: Wish; readonly round: Round }
  | { readonly is: 'idle'; readonly of: Lasting }
  | {
      readonly is: 'starting';
      readonly of: Lasting;
      readonly purchase: Purchase;
      readonly tries: number;
    }
  | {
      readonly is: 'armed';
      readonly of: Lasting;
      readonly purchase: Purchase;
      /** Of a card that decided by itself: it is told when the transaction has ended. */
      readonly batch?: CardRead;
    }
  | {
      readonly is: 'deciding';
      readonly of: Lasting;
      readonly serial: Uint8Array;
      readonly isRemoved: boolean;
    }
  | { readonly is: 'answering'; readonly of: Lasting; readonly isRemoved: boolean }
  | ({ readonly is: 'ending'; readonly of: Lasting; readonly wish: Wish } & Cancelling)
  | { readonly is: 'closing' }
  | { readonly is: 'lost' };

/** A state in which the device is open. */
export type Open = Exclude<Exchange, { is: 'closing' | 'lost' }>;

export type Heard =
  | { readonly is: 'opened' }
  | {
      readonly is: 'response';
      readonly reference: number;
      readonly status: Status;
      readonly payload?: Uint8Array;
    }
  | { readonly is: 'notice'; readonly notice: Exclude<Notice, { is: 'data' }> }
  /** A card; `waits`: the device waits for the host's answer to it. */
  | { readonly is: 'card'; readonly found: CardFound; readonly waits: boolean }
  | { readonly is: 'no card'; readonly why: BadRead }
  | { readonly is: 'batch'; readonly read: CardRead }
  | { readonly is: 'silence' }
  | { readonly is: 'noise'; readonly byteCount: number }
  | { readonly is: 'arm'; readonly purchase: Purchase }
  | { readonly is: 'answer'; readonly answer: IssuerAnswer }
  | { readonly is: 'disarm' }
  | { readonly is: 'test' }
  | { readonly is: 'close' }
  | { readonly is: 'ended'; readonly why: LineEnd; readonly detail: string };

/** Puts a request to the device. */
export interface Ask {
  readonly is: 'ask';
  readonly request: Request;
  readonly reference: number;
}

export type Effect = Ask | CommonEffect;
export type Turn = TurnTo<Exchange, Effect>;
