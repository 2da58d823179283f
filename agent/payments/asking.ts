/** Payments before the host has spoken: a card is waited for, a POS is asked, a request is on its way. */
import type { HostAnswer, MaskedCard } from '../../contract/index.ts';
import type { Order } from './order.ts';
import type { Answered, Payment } from './states.ts';
import {
  late,
  type ChipAnswer,
  type Happening,
  type Route,
  type RouteWithoutHost,
  type Step,
} from './step.ts';
import {
  advisedFact,
  finishedFact,
  partialFact,
  reversalFact,
  sentFact,
  storedFact,
} from './told.ts';

type In<S extends Payment['is']> = Extract<Payment, { is: S }>;

/** A follow-up is routed as soon as it is entered. */
export const whileCreated = (
  order: Order,
  { card }: In<'created'>,
  heard: Happening,
): Step | undefined => {
  if (heard.is === 'given up') return givenUp(order, heard.reason);
  if (heard.is !== 'routed') return undefined;
  const { route } = heard;
  switch (route.to) {
    case 'host':
      return sent(order, route.attemptId, card);
    case 'log': {
      const { attemptId, reason } = route;
      const then: Payment = { is: 'advised', attemptId, card, wasSent: false };
      return { then, facts: [advisedFact(order, then, reason)], do: [] };
    }
    case 'here':
      return ended(order, { is: 'approved', card, attemptId: route.attemptId });
    case 'nobody':
      return ended(order, { is: 'declined', by: 'agent', reason: route.refusal, card });
  }
};

export const whileAwaitingCard = (
  order: Order,
  _now: In<'awaiting_card'>,
  heard: Happening,
): Step | undefined => {
  if (heard.is === 'given up') {
    return { ...givenUp(order, heard.reason), do: [{ is: 'release reader' }] };
  }
  if (heard.is !== 'card read') return undefined;
  const { card, route, chipWaits = false } = heard;
  const step =
    card.chip?.cryptogramType === 'AAC'
      ? ended(order, { is: 'declined', by: 'card', reason: 'card_declined', card })
      : routed(order, card, route);
  // A chip that waits for its host keeps the reader; every other card is done with it.
  if (chipWaits && step.then.is === 'sent') return { ...step, then: { ...step.then, chipWaits } };
  return chipWaits ? letGo(step, unable) : { ...step, do: [{ is: 'release reader' }, ...step.do] };
};

/** The sealed card waits in memory only, so a power cut ends this as it ends a wait for the card. */
export const whileChallenged = (
  order: Order,
  { card, reason }: In<'challenged'>,
  heard: Happening,
): Step | undefined => {
  switch (heard.is) {
    case 'given up':
      return givenUp(order, heard.reason);
    case 'rejected':
      return ended(order, { is: 'declined', by: 'agent', reason, card });
    case 'accepted':
      return heard.route === undefined ? undefined : routed(order, card, heard.route);
    default:
      return undefined;
  }
};

export const whileSent = (order: Order, now: In<'sent'>, heard: Happening): Step | undefined => {
  const step = afterSent(order, now, heard);
  if (step === undefined || now.chipWaits !== true) return step;
  if (heard.is !== 'answered') return letGo(step, unable);
  const { result, responseCode, issuerData } = heard.answer;
  const said = { result, responseCode, ...(issuerData === undefined ? {} : { issuerData }) };
  return step.then.is === 'completing'
    ? { ...step, do: [{ is: 'answer chip', answer: said }] }
    : letGo(step, said);
};

/** What a chip is told when nobody could be asked: EMV's Z3 (book 4, annex A6). */
const unable: ChipAnswer = { result: 'unable', responseCode: 'Z3' };

const letGo = (step: Step, answer: ChipAnswer): Step => ({
  ...step,
  do: [{ is: 'answer chip', answer }, { is: 'release reader' }, ...step.do],
});

const afterSent = (order: Order, now: In<'sent'>, heard: Happening): Step | undefined => {
  const { attemptId, card } = now;
  switch (heard.is) {
    case 'answered':
      return heard.answer.attemptId === attemptId ? answered(order, now, heard.answer) : undefined;
    case 'refused':
      return heard.attemptId === attemptId
        ? ended(order, { is: 'declined', by: 'agent', reason: heard.code, card, attemptId })
        : undefined;
    case 'not sent':
      return order.originalTransactionId === undefined
        ? notSent(order, card, heard.route)
        : followUpNotSent(order, now, heard.route);
    case 'no answer':
      return isAdvice(order)
        ? advised(order, now, { reason: heard.reason, wasSent: true })
        : afterNoAnswer(order, now, heard);
    default:
      return undefined;
  }
};

/** What is repeated until it is answered; everything else that gets no answer is undone. */
const isAdvice = ({ type }: Order): boolean =>
  type === 'void' || type === 'capture' || type === 'adjustment';

type Unsent = Extract<Happening, { is: 'not sent' }>['route'];

// No card is read for what goes into the log as it is.
const notSent = (order: Order, card: MaskedCard, route: Unsent): Step | undefined =>
  route.to === 'log' ? undefined : withoutHost(order, card, route);

const followUpNotSent = (order: Order, now: In<'sent'>, route: Unsent): Step =>
  route.to === 'nobody'
    ? ended(order, { is: 'declined', by: 'agent', reason: route.refusal, card: now.card })
    : advised(order, now, { reason: 'no_host', wasSent: false });

const advised = (
  order: Order,
  { attemptId, card }: In<'sent'>,
  {
    reason,
    wasSent,
  }: { reason: 'no_host' | 'no_answer' | 'bad_answer' | 'interrupted'; wasSent: boolean },
): Step => {
  const then: Payment = { is: 'advised', attemptId, card, wasSent };
  return { then, facts: [advisedFact(order, then, reason)], do: [] };
};

const routed = (order: Order, card: MaskedCard, route: Route): Step =>
  route.to === 'host' ? sent(order, route.attemptId, card) : withoutHost(order, card, route);

const sent = (order: Order, attemptId: string, card: MaskedCard): Step => ({
  then: { is: 'sent', attemptId, card },
  facts: [sentFact(order, { attemptId, card })],
  do: [{ is: 'ask host', attemptId }],
});

const answered = (order: Order, { card, chipWaits }: In<'sent'>, answer: HostAnswer): Step => {
  const { attemptId, responseCode, approvedAmount } = answer;
  if (answer.result === 'declined') {
    const reason = answer.reason ?? 'host_declined';
    return ended(order, { is: 'declined', by: 'host', reason, card, attemptId, responseCode });
  }
  const isWhole = approvedAmount === undefined || approvedAmount.value === order.amount.value;
  if (chipWaits === true) {
    const part = isWhole ? {} : { amount: approvedAmount };
    return { then: { is: 'completing', card, ...part, ...answeredOf(answer) }, facts: [], do: [] };
  }
  if (isWhole) return ended(order, { is: 'approved', card, ...answeredOf(answer) });
  const then: Payment = {
    ...{ is: 'partially_approved', card, amount: approvedAmount },
    ...answeredOf(answer),
  };
  return { then, facts: [partialFact(order, then)], do: [] };
};

const afterNoAnswer = (
  order: Order,
  { attemptId, card }: In<'sent'>,
  { reason, route }: Extract<Happening, { is: 'no answer' }>,
): Step => {
  const reversal = reversalFact(order, attemptId, reason);
  if (route.to !== 'store' || order.originalTransactionId !== undefined) {
    return { then: { is: 'unknown', attemptId, card, reason }, facts: [reversal], do: [] };
  }
  // The reversal stands before the stored sale in the log, so nothing can overtake it (R13).
  const step = stored(order, card, route, attemptId);
  return { ...step, facts: [reversal, ...step.facts] };
};

const withoutHost = (order: Order, card: MaskedCard, route: RouteWithoutHost): Step => {
  switch (route.to) {
    case 'store':
      return stored(order, card, route);
    case 'pos':
      return { then: { is: 'challenged', card, reason: route.refusal }, facts: [], do: [] };
    case 'nobody':
      return ended(order, { is: 'declined', by: 'agent', reason: route.refusal, card });
  }
};

const stored = (
  order: Order,
  card: MaskedCard,
  { attemptId, sealed }: Extract<Route, { to: 'store' }>,
  afterAttemptId?: string,
): Step => {
  const after = afterAttemptId === undefined ? {} : { afterAttemptId };
  const then = { is: 'stored', attemptId, card, ...after } as const;
  return { then, facts: [storedFact(order, then, sealed)], do: [] };
};

const givenUp = (order: Order, reason: In<'cancelled'>['reason']): Step =>
  ended(order, { is: 'cancelled', reason });

const ended = (order: Order, then: Payment): Step => ({
  then,
  facts: [finishedFact(order, then)],
  do: [],
});

/** What is kept of an answer. */
export const answeredOf = ({
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

/** Late for a payment that has gone on since. */
export const lateIfOther = (now: Payment, answer: HostAnswer): Step | undefined => {
  const isRepeat = 'attemptId' in now && now.attemptId === answer.attemptId;
  return isRepeat ? undefined : late(now, answer);
};
