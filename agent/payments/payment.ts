/**
 * A payment: where one sale stands, as a pure machine.
 *
 *   awaiting_card ─ card ─▶ sent ─ answer ─▶ approved | declined
 *        │  │                └─ no answer ─▶ unknown ─ reversal done ─▶ reversed
 *        │  └─ no way to the host, gates pass ─▶ stored ─ decided ─▶ approved | forward_declined
 *        └─ given up ─▶ cancelled            (a gate refuses ─▶ declined by the agent)
 *
 * And for a ledger that was restored: unknown | reversed ─ decided: approved ─▶ approved.
 *
 * `next(order, now, heard)` gives the state that follows, the facts to write first, and then the effects; or
 * `undefined` when what was heard has no meaning in this state.
 */
import type {
  CardType,
  Fact,
  HostAnswer,
  MaskedCard,
  Outcome,
  RefusalCode,
  ReversalReason,
  SealedRef,
} from '../../contract/index.ts';
import type { Order } from './order.ts';

export type Payment =
  | { readonly is: 'awaiting_card' }
  | { readonly is: 'sent'; readonly attemptId: string; readonly card: MaskedCard }
  | {
      readonly is: 'stored';
      readonly attemptId: string;
      readonly card: MaskedCard;
      /** The attempt that got no answer and is being reversed ahead of this one. */
      readonly afterAttemptId?: string;
    }
  | { readonly is: 'unknown'; readonly attemptId: string; readonly card: MaskedCard }
  | ({ readonly is: 'approved'; readonly card: MaskedCard } & Answered)
  | {
      readonly is: 'declined';
      readonly by: 'host' | 'agent';
      readonly reason: RefusalCode;
      readonly card: MaskedCard;
      readonly attemptId?: string;
      readonly responseCode?: string;
    }
  | { readonly is: 'reversed'; readonly attemptId: string; readonly card: MaskedCard }
  | ({ readonly is: 'forward_declined'; readonly card: MaskedCard } & Answered)
  | { readonly is: 'cancelled'; readonly reason: GivenUp };

/** What is kept of a host's answer. */
interface Answered {
  readonly attemptId: string;
  readonly responseCode: string;
  readonly approvalCode?: string;
  readonly hostReference?: string;
}

export const givenUpReasons = [
  'cancelled_by_pos',
  'card_timeout',
  'card_unreadable',
  'card_not_encrypted',
  'reader_lost',
  'interrupted',
] as const satisfies readonly RefusalCode[];
export type GivenUp = (typeof givenUpReasons)[number];

/** Where a card that was read goes: to the host, into the store, or nowhere. */
export type Route =
  | { readonly to: 'host'; readonly attemptId: string }
  | { readonly to: 'store'; readonly attemptId: string; readonly sealed: SealedRef }
  | { readonly to: 'nobody'; readonly refusal: RefusalCode };

export type Happening =
  | { readonly is: 'card read'; readonly card: MaskedCard; readonly route: Route }
  | { readonly is: 'given up'; readonly reason: GivenUp }
  /** The request never left the device: safe to store or to refuse. */
  | { readonly is: 'not sent'; readonly route: Exclude<Route, { to: 'host' }> }
  | { readonly is: 'answered'; readonly answer: HostAnswer }
  /** The portal refused the request before any host saw it. */
  | { readonly is: 'refused'; readonly attemptId: string; readonly code: RefusalCode }
  | {
      readonly is: 'no answer';
      readonly reason: ReversalReason;
      readonly route: Exclude<Route, { to: 'host' }>;
    }
  | { readonly is: 'decided'; readonly answer: HostAnswer }
  | { readonly is: 'reversal done'; readonly attemptId: string };

/** What is to be done once the facts are written. */
export type Effect =
  | { readonly is: 'ask host'; readonly attemptId: string }
  | { readonly is: 'release reader' }
  | { readonly is: 'erase sealed' };

export interface Step {
  readonly then: Payment;
  readonly facts: readonly Fact[];
  readonly do: readonly Effect[];
}

/** The step that follows what was heard, or `undefined` when it has no meaning here. */
export const next = (order: Order, now: Payment, heard: Happening): Step | undefined => {
  switch (now.is) {
    case 'awaiting_card':
      return whileAwaitingCard(order, heard);
    case 'sent':
      return whileSent(order, now, heard);
    case 'stored':
      return whileStored(now, heard);
    case 'unknown':
      return whileUnknown(now, heard);
    case 'reversed':
    case 'approved':
    case 'declined':
    case 'forward_declined':
    case 'cancelled':
      return onceFinal(now, heard);
  }
};

const whileAwaitingCard = (order: Order, heard: Happening): Step | undefined => {
  if (heard.is === 'given up') {
    const then: Payment = { is: 'cancelled', reason: heard.reason };
    return { then, facts: [finished(order, then)], do: [{ is: 'release reader' }] };
  }
  if (heard.is !== 'card read') return undefined;
  const { card, route } = heard;
  if (route.to === 'host') {
    const { attemptId } = route;
    return {
      then: { is: 'sent', attemptId, card },
      facts: [sentFact(order, attemptId, card)],
      do: [{ is: 'release reader' }, { is: 'ask host', attemptId }],
    };
  }
  const step = withoutHost(order, card, route);
  return { ...step, do: [{ is: 'release reader' }] };
};

type Sent = Extract<Payment, { is: 'sent' }>;

const whileSent = (order: Order, now: Sent, heard: Happening): Step | undefined => {
  switch (heard.is) {
    case 'answered': {
      if (heard.answer.attemptId !== now.attemptId) return undefined;
      const then = answeredState(now.card, heard.answer);
      return { then, facts: [finished(order, then)], do: [] };
    }
    case 'refused': {
      if (heard.attemptId !== now.attemptId) return undefined;
      const { card, attemptId } = now;
      const then: Payment = { is: 'declined', by: 'agent', reason: heard.code, card, attemptId };
      return { then, facts: [finished(order, then)], do: [] };
    }
    case 'not sent':
      return withoutHost(order, now.card, heard.route);
    case 'no answer':
      return afterNoAnswer(order, now, heard);
    case 'card read':
    case 'given up':
    case 'decided':
    case 'reversal done':
      return undefined;
  }
};

type Stored = Extract<Payment, { is: 'stored' }>;

const whileStored = (now: Stored, heard: Happening): Step | undefined => {
  if (heard.is === 'decided' && heard.answer.attemptId === now.attemptId) {
    const { card } = now;
    const answered = answeredOf(heard.answer);
    const then: Payment =
      heard.answer.result === 'approved'
        ? { is: 'approved', card, ...answered }
        : { is: 'forward_declined', card, ...answered };
    return { then, facts: [], do: [{ is: 'erase sealed' }] };
  }
  if (heard.is === 'answered') return late(now, heard.answer);
  // The reversal ahead of a stored sale is done; the sale itself still waits for its decision.
  if (heard.is === 'reversal done' && heard.attemptId === now.afterAttemptId) return stay(now);
  return undefined;
};

type Unknown = Extract<Payment, { is: 'unknown' }>;

const whileUnknown = (now: Unknown, heard: Happening): Step | undefined => {
  if (heard.is === 'answered') return late(now, heard.answer);
  if (heard.is === 'reversal done' && heard.attemptId === now.attemptId) {
    const { attemptId, card } = now;
    return { then: { is: 'reversed', attemptId, card }, facts: [], do: [] };
  }
  return approvedAfterAll(now, heard);
};

/**
 * The portal holds an approval of this very sale, and lets it stand: the ledger was restored from before it.
 * Nothing else takes a sale out of `unknown` but its reversal, and nothing else out of `reversed`.
 */
const approvedAfterAll = (
  { card }: Extract<Payment, { is: 'unknown' | 'reversed' }>,
  heard: Happening,
): Step | undefined => {
  if (heard.is !== 'decided' || heard.answer.result !== 'approved') return undefined;
  return { then: { is: 'approved', card, ...answeredOf(heard.answer) }, facts: [], do: [] };
};

// What comes late is journalled and revives nothing (R7); a repeat of what is known is not even that.
const onceFinal = (now: Payment, heard: Happening): Step | undefined => {
  if (now.is === 'reversed' && heard.is === 'decided') return approvedAfterAll(now, heard);
  if (heard.is !== 'answered') return undefined;
  const isRepeat =
    now.is !== 'reversed' && 'attemptId' in now && now.attemptId === heard.answer.attemptId;
  return isRepeat ? undefined : late(now, heard.answer);
};

const stay = (now: Payment): Step => ({ then: now, facts: [], do: [] });

const late = (now: Payment, answer: HostAnswer): Step => {
  const { transactionId, attemptId, result, responseCode } = answer;
  const body = { transactionId, attemptId, result, responseCode };
  return { then: now, facts: [{ type: 'answer.late', body }], do: [] };
};

const afterNoAnswer = (
  order: Order,
  now: Sent,
  { reason, route }: Extract<Happening, { is: 'no answer' }>,
): Step => {
  const { transactionId, amount } = order;
  const { attemptId, card } = now;
  const reversal: Fact = { type: 'reversal', body: { transactionId, attemptId, amount, reason } };
  if (route.to === 'nobody') {
    return { then: { is: 'unknown', attemptId, card }, facts: [reversal], do: [] };
  }
  // The reversal stands before the stored sale in the log, so nothing can overtake it (R13).
  const step = storedStep(order, card, route, attemptId);
  return { ...step, facts: [reversal, ...step.facts] };
};

const withoutHost = (
  order: Order,
  card: MaskedCard,
  route: Exclude<Route, { to: 'host' }>,
): Step => {
  if (route.to === 'store') return storedStep(order, card, route);
  const then: Payment = { is: 'declined', by: 'agent', reason: route.refusal, card };
  return { then, facts: [finished(order, then)], do: [] };
};

const storedStep = (
  order: Order,
  card: MaskedCard,
  { attemptId, sealed }: Extract<Route, { to: 'store' }>,
  afterAttemptId?: string,
): Step => {
  const { transactionId, type, amount, batch } = order;
  const after = afterAttemptId === undefined ? {} : { afterAttemptId };
  const body = {
    ...{ transactionId, attemptId, type: type as CardType, amount, card, batch, sealed },
    ...after,
  };
  return {
    then: { is: 'stored', attemptId, card, ...after },
    facts: [{ type: 'transaction.stored', body }],
    do: [],
  };
};

const answeredOf = ({
  attemptId,
  responseCode,
  approvalCode,
  hostReference,
}: HostAnswer): Answered => ({
  attemptId,
  responseCode,
  ...(approvalCode === undefined ? {} : { approvalCode }),
  ...(hostReference === undefined ? {} : { hostReference }),
});

const answeredState = (card: MaskedCard, answer: HostAnswer): Payment => {
  const { attemptId, responseCode } = answer;
  return answer.result === 'approved'
    ? { is: 'approved', card, ...answeredOf(answer) }
    : { is: 'declined', by: 'host', reason: 'host_declined', card, attemptId, responseCode };
};

const sentFact = (
  { transactionId, amount, batch }: Order,
  attemptId: string,
  card: MaskedCard,
): Fact => ({
  type: 'attempt.sent',
  body: { transactionId, attemptId, kind: 'authorize', amount, card, batch },
});

/** The fact that ends a payment on the device's own account. */
const finished = ({ transactionId, amount, batch }: Order, then: Payment): Fact => ({
  type: 'transaction.finished',
  body: {
    transactionId,
    outcome: outcomeOf(then) ?? 'unknown',
    amount,
    batch,
    ...('attemptId' in then && then.attemptId !== undefined ? { attemptId: then.attemptId } : {}),
    ...('card' in then ? { card: then.card } : {}),
    ...('responseCode' in then && then.responseCode !== undefined
      ? { responseCode: then.responseCode }
      : {}),
    ...(then.is === 'approved' && then.approvalCode !== undefined
      ? { approvalCode: then.approvalCode }
      : {}),
    ...(then.is === 'declined' ? { declinedBy: then.by, reason: then.reason } : {}),
    ...(then.is === 'cancelled' ? { reason: then.reason } : {}),
  },
});

/** What a POS may build on; `undefined` while nothing can be said yet. */
export const outcomeOf = (payment: Payment): Outcome | undefined => {
  switch (payment.is) {
    case 'awaiting_card':
    case 'sent':
      return undefined;
    case 'stored':
      return 'approved_offline';
    case 'unknown':
    case 'approved':
    case 'declined':
    case 'reversed':
    case 'forward_declined':
    case 'cancelled':
      return payment.is;
  }
};

/** Whether nothing will change any more. */
export const isFinal = (payment: Payment): boolean => {
  switch (payment.is) {
    case 'awaiting_card':
    case 'sent':
    case 'stored':
    case 'unknown':
      return false;
    case 'approved':
    case 'declined':
    case 'reversed':
    case 'forward_declined':
    case 'cancelled':
      return true;
  }
};

/** Whether its amount counts towards the offline totals: stored or unknown, and not answered by the host. */
export const isCounted = (payment: Payment): boolean =>
  payment.is === 'stored' || payment.is === 'unknown';

/** What a payment that was under way when the power failed becomes; `undefined` when it simply goes on. */
export const afterPowerCut = (payment: Payment): Happening | undefined => {
  switch (payment.is) {
    case 'awaiting_card':
      return { is: 'given up', reason: 'interrupted' };
    case 'sent':
      return {
        is: 'no answer',
        reason: 'interrupted',
        route: { to: 'nobody', refusal: 'interrupted' },
      };
    case 'stored':
    case 'unknown':
    case 'approved':
    case 'declined':
    case 'reversed':
    case 'forward_declined':
    case 'cancelled':
      return undefined;
  }
};
