/**
 * The live counter: authorizes and follows up while the customer waits. One answer an attempt, whatever is
 * asked again.
 *
 * The attempts a request names as still to be reversed are finished at the host before it is decided, so that
 * nothing overtakes a reversal that waits in a long log.
 */
import {
  AuthorizeBody,
  check,
  FollowUpBody,
  type HostAnswer,
  type LiveRequest,
  type LiveResponse,
  type MoneyKind,
  type TransactionType,
} from '../../contract/index.ts';
import type { Clock } from '../../agent/world.ts';
import type { AnswerChip, InspectCard, SealedCard } from './card.ts';
import type { Devices } from './devices.ts';
import type { Tell } from './events.ts';
import { hostAnswer } from './host-answer.ts';
import type { Host, HostRequest, HostVerdict } from './host.ts';
import type { Letter, Post } from './post.ts';
import type { Reversals } from './reversals.ts';
import type { SaleKeys } from './sale-keys.ts';

export interface LiveOptions {
  readonly clock: Clock;
  readonly devices: Pick<Devices, 'isRevoked'>;
  readonly host: Host;
  readonly post: Post;
  readonly keys: SaleKeys;
  readonly reversals: Reversals;
  readonly inspect: InspectCard;
  readonly answerChip: AnswerChip;
  readonly tell: Tell;
}

/** The types of transaction each kind of request is for. */
const typesOf: Readonly<Record<MoneyKind, readonly TransactionType[]>> = {
  authorize: ['sale', 'authorization'],
  refund: ['refund'],
  void: ['void'],
  capture: ['capture'],
  adjust: ['adjustment'],
};

type MoneyBody = AuthorizeBody | FollowUpBody;

/** Makes the counter. It answers by post, or not at all when the deadline has passed. */
export const liveCounter =
  (options: LiveOptions) =>
  ({ subject, device, content }: Letter & { channel: 'live/req' }): void => {
    const { clock, post, tell } = options;
    const { id: requestId, kind, deadlineMs } = content;
    const asked = { subject, requestId, heardMs: clock.monotonicMs(), deadlineMs };
    const refuse = (code: string, detail: string) => {
      tell({ is: 'live.refused', device, code });
      post.answer(asked, { id: requestId, ok: false, refusal: { code, detail } });
    };
    if (!isMoneyKind(kind)) {
      refuse('unsupported_kind', `This portal does not know how to ${kind}.`);
      return;
    }
    if (kind !== 'void' && options.devices.isRevoked(device)) {
      refuse('refused', 'This device is revoked: it takes no new payments. A void still works.');
      return;
    }
    const body = bodyOf(kind, content);
    if (typeof body === 'string') {
      refuse('malformed', body.slice(0, 300));
      return;
    }
    if (!options.keys.claim(device, body)) {
      refuse('idempotency_forgotten', 'This key belongs to another transaction of this device.');
      return;
    }
    const answer = decide(options, device, body);
    if (answer === 'undone') {
      refuse('attempt_reversed', 'This attempt was reversed before it came.');
      return;
    }
    const { transactionId, attemptId, responseCode } = answer;
    tell({ is: 'live.answered', device, transactionId, attemptId, responseCode });
    const response: LiveResponse = { id: requestId, ok: true, body: answer };
    post.answer(asked, response);
  };

const isMoneyKind = (kind: LiveRequest['kind']): kind is MoneyKind => Object.hasOwn(typesOf, kind);

// A request with an original follows it up; one without brings a card. Or what is wrong with it.
const bodyOf = (kind: MoneyKind, { body }: LiveRequest): MoneyBody | string => {
  const names = typeof body === 'object' && body !== null && 'originalTransactionId' in body;
  const bringsCard = kind === 'authorize' || (kind === 'refund' && !names);
  const checked = bringsCard ? check(AuthorizeBody, body) : check(FollowUpBody, body);
  if (!checked.ok) return checked.why;
  const { type } = checked.value;
  return typesOf[kind].includes(type) ? checked.value : `no ${type} is asked for by ${kind}`;
};

const decide = (
  { host, inspect, answerChip, reversals, tell }: LiveOptions,
  device: string,
  body: MoneyBody,
): HostAnswer | 'undone' => {
  for (const named of body.reversals) {
    const standing = reversals.standingOf(device, named.attemptId, named.reason);
    if (standing === undefined) host.reverse(device, named);
  }
  const request = requestOf(device, body);
  const brought = 'sealed' in body ? { ...body, sealed: sealedCard(device, body) } : undefined;
  const why = brought && inspect(brought.sealed);
  const { transactionId, attemptId } = request;
  if (why !== undefined) tell({ is: 'card.not_opened', device, transactionId, attemptId, why });
  const verdict: HostVerdict =
    why === undefined ? host.decide(request) : host.decline(request, '14');
  if (verdict.is === 'undone') return 'undone';
  const answer = hostAnswer(request, verdict);
  const chip = brought?.card.chip;
  const issuerData = chip && answerChip(brought.sealed, chip, answer.responseCode);
  return issuerData === undefined ? answer : { ...answer, issuerData };
};

const requestOf = (device: string, body: MoneyBody): HostRequest => {
  const { transactionId, attemptId, type, amount } = body;
  const named = { device, transactionId, attemptId, type, amount, way: 'live' as const };
  if ('sealed' in body) return { ...named, partialApproval: body.partialApproval };
  const { originalTransactionId } = body;
  return { ...named, originalTransactionId, partialApproval: false };
};

const sealedCard = (device: string, body: AuthorizeBody): SealedCard => {
  const { transactionId, keyId, card } = body;
  const sealed = Buffer.from(body.sealed, 'base64');
  return { device, transactionId, keyId, sealed, maskedPan: card.maskedPan };
};
