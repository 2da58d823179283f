/** What a payment hears, where a card goes, and the step it takes: the types of the payment machine. */
import type {
  Actor,
  Amount,
  ChipData,
  Fact,
  HostAnswer,
  MaskedCard,
  RefusalCode,
  ReversalReason,
  SealedRef,
} from '../../contract/index.ts';
import type { ChipVerdict } from '../../drivers/index.ts';
import type { GivenUp, Payment, PortalChange } from './states.ts';
import type { AdviceReason } from './told.ts';

/** Where a card that was read goes: to the host, into the store, back to the POS, or nowhere. */
export type Route =
  | { readonly to: 'host'; readonly attemptId: string }
  | { readonly to: 'store'; readonly attemptId: string; readonly sealed: SealedRef }
  /** The POS has to say whether it means it: the same card paid the same amount minutes ago. */
  | { readonly to: 'pos'; readonly refusal: RefusalCode }
  | { readonly to: 'nobody'; readonly refusal: RefusalCode };

/** Where a card goes that cannot go to the host. */
export type RouteWithoutHost = Exclude<Route, { to: 'host' }>;

/** Where a follow-up goes that never left: into the log, or nowhere. */
export type RouteUnsent =
  { readonly to: 'log' } | { readonly to: 'nobody'; readonly refusal: RefusalCode };

/** Where a follow-up goes. */
export type FollowUpRoute =
  | { readonly to: 'host'; readonly attemptId: string }
  | { readonly to: 'log'; readonly attemptId: string; readonly reason: AdviceReason }
  /** Nobody has heard of what it voids: it is done here. */
  | { readonly to: 'here'; readonly attemptId: string }
  | { readonly to: 'nobody'; readonly refusal: RefusalCode };

/** What became of an approval at the chip. `interrupted`: nobody will ever know. */
export interface ChipDone {
  readonly is: 'chip done';
  readonly verdict: ChipVerdict | 'interrupted';
  /** Its last word, where it said one. */
  readonly chip?: ChipData;
}

export type Happening =
  /** `chipWaits`: its card stays in the reader and is told what the host says. */
  | {
      readonly is: 'card read';
      readonly card: MaskedCard;
      readonly route: Route;
      readonly chipWaits?: boolean;
    }
  | ChipDone
  | { readonly is: 'routed'; readonly route: FollowUpRoute }
  | { readonly is: 'given up'; readonly reason: GivenUp }
  /** The request never left the device: safe to store or to refuse. */
  | { readonly is: 'not sent'; readonly route: RouteWithoutHost | RouteUnsent }
  | { readonly is: 'answered'; readonly answer: HostAnswer }
  /** The portal refused the request before any host saw it. */
  | { readonly is: 'refused'; readonly attemptId: string; readonly code: RefusalCode }
  | {
      readonly is: 'no answer';
      readonly reason: Extract<ReversalReason, AdviceReason>;
      readonly route: RouteWithoutHost;
    }
  /** The POS accepts a partial approval, or means what looks like a repetition (`route`). */
  | { readonly is: 'accepted'; readonly route?: Route }
  | { readonly is: 'rejected' }
  | { readonly is: 'decided'; readonly answer: HostAnswer }
  | { readonly is: 'reversal done'; readonly attemptId: string }
  /** The window of an authorization is over, and it was not captured. */
  | { readonly is: 'expired' }
  | { readonly is: 'parked'; readonly by?: Actor; readonly reason?: string }
  | { readonly is: 'released'; readonly by: Actor }
  /** A void of this transaction went into the log, was carried out, or came to nothing. */
  | { readonly is: 'void asked' | 'void done' | 'void failed'; readonly voidedBy: string }
  /** The portal says it was voided. */
  | { readonly is: 'voided'; readonly voidedBy: string }
  | { readonly is: 'adjusted'; readonly amount: Amount; readonly tipAmount?: Amount }
  | { readonly is: 'changed'; readonly change: PortalChange };

/** What a waiting chip is told; `issuerData` in hex, as the host sent it. */
export interface ChipAnswer {
  readonly result: 'approved' | 'declined' | 'unable';
  readonly responseCode: string;
  readonly issuerData?: string;
}

/** What is to be done once the facts are written. */
export type Effect =
  | { readonly is: 'ask host'; readonly attemptId: string }
  | { readonly is: 'answer chip'; readonly answer: ChipAnswer }
  | { readonly is: 'release reader' }
  | { readonly is: 'erase sealed' };

export interface Step {
  readonly then: Payment;
  readonly facts: readonly Fact[];
  readonly do: readonly Effect[];
}

/** A step that writes nothing of its own. */
export const stepTo = (then: Payment, ...effects: Effect[]): Step => ({
  then,
  facts: [],
  do: effects,
});

/** What comes late is journalled and revives nothing (R7). */
export const late = (now: Payment, answer: HostAnswer): Step => {
  const { transactionId, attemptId, result, responseCode } = answer;
  const body = { transactionId, attemptId, result, responseCode };
  return { then: now, facts: [{ type: 'answer.late', body }], do: [] };
};
