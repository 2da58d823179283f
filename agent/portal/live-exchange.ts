/**
 * The live exchange: requests that must be answered now. Each is sent once, has a deadline, and ends in
 * exactly one reply; what comes later is told as late.
 */
import {
  refusedBeforeHost,
  type HostAnswer,
  type LiveRequest,
  type LiveResponse,
  type MoneyKind,
} from '../../contract/index.ts';
import { newId } from '../identity/identifiers.ts';
import type { HostReply, MoneyBody } from '../payments/host-line.ts';
import type { World } from '../world.ts';

export interface LiveExchangeParts {
  readonly world: World;
  readonly answerWithinMs: () => number;
  /** Sends the bytes; `false` when nothing left the device. */
  readonly send: (request: LiveRequest) => boolean;
  /** A request got no answer in time. */
  readonly silent: () => void;
  readonly late: (answer: HostAnswer) => void;
}

export interface LiveExchange {
  ask(kind: MoneyKind, body: MoneyBody, done: (reply: HostReply) => void): void;
  /** Takes a response; whether it answers a request of ours, in time or late. */
  heard(response: LiveResponse): boolean;
  /** The connection is gone; no answer can come on it any more. */
  cut(): void;
}

/** Requests whose late answers are still known as ours. */
const askedMax = 64;

interface Pending {
  readonly body: MoneyBody;
  readonly settle: (reply: HostReply) => void;
}

export const liveExchange = (parts: LiveExchangeParts): LiveExchange => {
  const { world } = parts;
  const pending = new Map<string, Pending>();
  const asked: string[] = [];
  return {
    ask: (kind, body, done) => {
      const id = newId('live', world);
      const answerWithinMs = parts.answerWithinMs();
      const settle = (reply: HostReply) => {
        callOff();
        if (pending.delete(id)) done(reply);
      };
      const callOff = world.clock.after(answerWithinMs, () => {
        parts.silent();
        settle({ is: 'no answer', reason: 'no_answer' });
      });
      pending.set(id, { body, settle });
      asked.push(id);
      if (asked.length > askedMax) asked.shift();
      world.mark?.('before-live-request');
      const left = parts.send({ id, kind, deadlineMs: answerWithinMs, body });
      world.mark?.('after-live-request');
      if (!left) world.clock.after(0, () => settle({ is: 'not sent' }));
    },
    heard: (response) => {
      const waiting = pending.get(response.id);
      if (waiting === undefined) {
        if (response.ok) parts.late(response.body);
      } else {
        waiting.settle(replyOf(response, waiting.body));
      }
      return asked.includes(response.id);
    },
    cut: () => {
      for (const { settle } of [...pending.values()])
        settle({ is: 'no answer', reason: 'no_answer' });
    },
  };
};

const replyOf = (response: LiveResponse, body: MoneyBody): HostReply => {
  if (!response.ok) return replyToRefusal(response.refusal.code);
  const answer = response.body;
  // An answer to another attempt under our id says nothing about ours: undo it like a missing one.
  return answer.transactionId === body.transactionId &&
    answer.attemptId === body.attemptId &&
    isWithin(answer, body)
    ? { is: 'answered', answer }
    : { is: 'no answer', reason: 'bad_answer' };
};

/** Approved is what was asked for, or a part of it where a part was allowed; anything else is a mistake. */
const isWithin = ({ result, approvedAmount }: HostAnswer, body: MoneyBody): boolean => {
  if (result === 'declined' || approvedAmount === undefined) return true;
  const { value, currency } = body.amount;
  if (approvedAmount.currency !== currency) return false;
  if (approvedAmount.value === value) return true;
  const mayBePart = 'partialApproval' in body && body.partialApproval;
  return mayBePart && approvedAmount.value > 0 && approvedAmount.value < value;
};

/** Refusals of the portal a POS can do something about; the others are all one to it. */
const toldApart = ['pending_reversal', 'idempotency_forgotten'] as const;

// Only what certainly never reached a host may be called refused; the rest is unknown, and reversed (R6).
const replyToRefusal = (code: string): HostReply => {
  if (!refusedBeforeHost.some((known) => known === code)) {
    return { is: 'no answer', reason: 'bad_answer' };
  }
  const told = toldApart.find((known) => known === code);
  return { is: 'refused', code: told ?? 'answer_refused' };
};
