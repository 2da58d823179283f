/** The way to the host, as a cashier sees it: one attempt, answered once, refused, or never answered. */
import type {
  AuthorizeBody,
  FollowUpBody,
  HostAnswer,
  MoneyKind,
  RefusalCode,
} from '../../contract/index.ts';

export type HostReply =
  | { readonly is: 'answered'; readonly answer: HostAnswer }
  /** The portal refused before any host saw the request. */
  | { readonly is: 'refused'; readonly code: RefusalCode }
  /** Nothing left the device. */
  | { readonly is: 'not sent' }
  | { readonly is: 'no answer'; readonly reason: 'no_answer' | 'bad_answer' };

/** What a live request for money carries: a card, or what it follows. */
export type MoneyBody = AuthorizeBody | FollowUpBody;

export interface HostLine {
  /** Whether a live request has a chance right now. */
  canAsk(): boolean;
  /** Sends one live request; `done` is called exactly once, never before `ask` has returned. */
  ask(kind: MoneyKind, body: MoneyBody, done: (reply: HostReply) => void): void;
  /** New facts are in the log. */
  wake(): void;
}
