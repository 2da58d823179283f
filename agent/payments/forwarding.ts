/** Payments in the log, behind all that was written before them: stored, advised, parked, being voided. */
import type { HostAnswer } from '../../contract/index.ts';
import { answeredOf } from './asking.ts';
import type { Order } from './order.ts';
import type { Held, Payment } from './states.ts';
import { late, stepTo, type Happening, type Step } from './step.ts';
import { finishedFact } from './told.ts';

type In<S extends Payment['is']> = Extract<Payment, { is: S }>;

export const whileStored = (
  order: Order,
  now: In<'stored'>,
  heard: Happening,
): Step | undefined => {
  switch (heard.is) {
    case 'decided':
      return heard.answer.attemptId === now.attemptId ? decided(now, heard.answer) : undefined;
    case 'answered':
      return late(now, heard.answer);
    // The reversal ahead of a stored sale is done; the sale itself still waits for its decision.
    case 'reversal done':
      return heard.attemptId === now.afterAttemptId ? stepTo(now) : undefined;
    case 'parked':
      return parked(order, { ...now, is: 'held', held: { was: 'stored' } }, heard);
    case 'void asked':
      return stepTo({ ...now, is: 'void_pending', voidedBy: heard.voidedBy });
    case 'void done': {
      const { attemptId, card } = now;
      const then: Payment = { is: 'voided', attemptId, card, voidedBy: heard.voidedBy };
      return { then, facts: [finishedFact(order, then)], do: [{ is: 'erase sealed' }] };
    }
    // Its void is one that this ledger, restored from before it, has forgotten.
    case 'voided':
      return saidVoided(now, heard.voidedBy);
    default:
      return undefined;
  }
};

export const whileAdvised = (
  order: Order,
  now: In<'advised'>,
  heard: Happening,
): Step | undefined => {
  const { attemptId, card, wasSent } = now;
  switch (heard.is) {
    case 'decided':
      return heard.answer.attemptId === attemptId
        ? stepTo(adviceDecided(now, heard.answer))
        : undefined;
    case 'answered':
      return late(now, heard.answer);
    case 'parked':
      return parked(
        order,
        { is: 'held', attemptId, card, held: { was: 'advised', wasSent } },
        heard,
      );
    default:
      return undefined;
  }
};

/** The sale is still counted, until the portal says that it was never sent, or is undone. */
export const whileVoidPending = (
  _order: Order,
  now: In<'void_pending'>,
  heard: Happening,
): Step | undefined => {
  const { attemptId, card, voidedBy, answer } = now;
  switch (heard.is) {
    case 'voided':
      return saidVoided(now, heard.voidedBy);
    case 'void done':
      return heard.voidedBy === voidedBy ? saidVoided(now, voidedBy) : undefined;
    case 'decided': {
      if (answer !== undefined || heard.answer.attemptId !== attemptId) return undefined;
      // Approved before the void came to it: the void undoes that.
      if (heard.answer.result === 'approved') {
        return stepTo({ ...now, answer: answeredOf(heard.answer) }, { is: 'erase sealed' });
      }
      return decided(now, heard.answer);
    }
    case 'void failed':
      return heard.voidedBy === voidedBy
        ? stepTo(answer === undefined ? storedAgain(now) : { is: 'approved', card, ...answer })
        : undefined;
    case 'answered':
      return late(now, heard.answer);
    case 'reversal done':
      return heard.attemptId === now.afterAttemptId ? stepTo(now) : undefined;
    default:
      return undefined;
  }
};

export const whileHeld = (order: Order, now: In<'held'>, heard: Happening): Step | undefined => {
  switch (heard.is) {
    case 'decided':
      return heard.answer.attemptId === now.attemptId
        ? decidedWhileHeld(now, heard.answer)
        : undefined;
    case 'released': {
      const { transactionId } = order;
      const { attemptId } = now;
      const body = { transactionId, attemptId, by: heard.by };
      return { then: unheld(now), facts: [{ type: 'transaction.released', body }], do: [] };
    }
    case 'void asked':
    case 'void done':
    case 'voided':
      return now.held.was === 'stored' ? whileStored(order, storedAgain(now), heard) : undefined;
    case 'answered':
      return late(now, heard.answer);
    case 'reversal done':
      return heard.attemptId === now.afterAttemptId ? stepTo(now) : undefined;
    default:
      return undefined;
  }
};

const saidVoided = ({ attemptId, card }: In<'stored' | 'void_pending'>, voidedBy: string): Step =>
  stepTo({ is: 'voided', attemptId, card, voidedBy }, { is: 'erase sealed' });

const decided = ({ card }: In<'stored' | 'void_pending' | 'held'>, answer: HostAnswer): Step => {
  const is = answer.result === 'approved' ? 'approved' : 'forward_declined';
  return stepTo({ is, card, ...answeredOf(answer) }, { is: 'erase sealed' });
};

// What was asked live and given up is declined by the host as if it had answered; nobody was told otherwise.
const adviceDecided = (
  { card, attemptId, wasSent }: Pick<In<'advised'>, 'card' | 'attemptId' | 'wasSent'>,
  answer: HostAnswer,
): Payment => {
  const { responseCode, reason = 'host_declined' } = answer;
  if (answer.result === 'approved') return { is: 'approved', card, ...answeredOf(answer) };
  return wasSent
    ? { is: 'declined', by: 'host', reason, card, attemptId, responseCode }
    : { is: 'forward_declined', card, ...answeredOf(answer) };
};

const decidedWhileHeld = (now: In<'held'>, answer: HostAnswer): Step =>
  now.held.was === 'stored'
    ? decided(now, answer)
    : stepTo(adviceDecided({ ...now, wasSent: now.held.wasSent === true }, answer));

const parked = (
  { transactionId }: Order,
  then: In<'held'>,
  { by, reason }: Extract<Happening, { is: 'parked' }>,
): Step => {
  const why = reason === undefined ? {} : { reason };
  const held: Held = { ...then.held, ...why, ...(by === undefined ? {} : { by }) };
  const { attemptId } = then;
  // What the portal parked it knows; only a person here has to be told of.
  const body = { transactionId, attemptId, ...why };
  const facts =
    by === undefined ? [] : [{ type: 'transaction.held', body: { ...body, by } } as const];
  return { then: { ...then, held }, facts, do: [] };
};

const unheld = (now: In<'held'>): Payment => {
  const { attemptId, card, held } = now;
  return held.was === 'stored'
    ? storedAgain(now)
    : { is: 'advised', attemptId, card, wasSent: held.wasSent === true };
};

const storedAgain = ({
  attemptId,
  card,
  afterAttemptId,
}: In<'held' | 'void_pending'>): In<'stored'> => ({
  ...{ is: 'stored', attemptId, card },
  ...(afterAttemptId === undefined ? {} : { afterAttemptId }),
});
