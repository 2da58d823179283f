/**
 * The live counter: authorizes while the customer waits. One answer an attempt, whatever is asked again.
 *
 * The attempts a request names as still to be reversed are finished at the host before it is decided, so that
 * nothing overtakes a reversal that waits in a long log.
 */
import {
  AuthorizeBody,
  check,
  type Amount,
  type HostAnswer,
  type LiveResponse,
} from '../../contract/index.ts';
import type { Clock } from '../../agent/world.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import { approvalToldOf } from './approvals.ts';
import type { InspectCard } from './card.ts';
import type { Tell } from './events.ts';
import type { Host, HostRequest, HostVerdict } from './host.ts';
import type { Letter, Post } from './post.ts';
import type { SaleKeys } from './sale-keys.ts';

export interface LiveOptions {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly host: Host;
  readonly post: Post;
  readonly keys: SaleKeys;
  readonly inspect: InspectCard;
  readonly tell: Tell;
}

/** Makes the counter. It answers by post, or not at all when the deadline has passed. */
export const liveCounter =
  (options: LiveOptions) =>
  ({ subject, device, content }: Letter & { channel: 'live/req' }): void => {
    const { clock, post, tell } = options;
    const { id: requestId, kind, deadlineMs, body } = content;
    const asked = { subject, requestId, heardMs: clock.monotonicMs(), deadlineMs };
    const refuse = (code: string, detail: string) => {
      tell({ is: 'live.refused', device, code });
      post.answer(asked, { id: requestId, ok: false, refusal: { code, detail } });
    };
    if (kind !== 'authorize') {
      refuse('unsupported_kind', `This portal does not know how to ${kind}.`);
      return;
    }
    const checked = check(AuthorizeBody, body);
    if (!checked.ok) {
      refuse('malformed', checked.why.slice(0, 300));
      return;
    }
    if (!options.keys.claim(device, checked.value)) {
      refuse('idempotency_forgotten', 'This key belongs to another transaction of this device.');
      return;
    }
    const answer = authorize(options, device, checked.value);
    if (answer === 'undone') {
      refuse('attempt_reversed', 'This attempt was reversed before it came.');
      return;
    }
    const { transactionId, attemptId, responseCode } = answer;
    tell({ is: 'live.answered', device, transactionId, attemptId, responseCode });
    const response: LiveResponse = { id: requestId, ok: true, body: answer };
    post.answer(asked, response);
  };

/** The answer, with the approved amount when it is less than was asked for. */
type LiveAnswer = HostAnswer & { readonly approvedAmount?: Amount };

const authorize = (
  { db, host, inspect, tell }: LiveOptions,
  device: string,
  body: AuthorizeBody,
): LiveAnswer | 'undone' => {
  const { transactionId, attemptId, amount, keyId, card, partialApproval } = body;
  for (const named of body.reversals) {
    if (approvalToldOf(db, device, named.attemptId) === undefined) host.reverse(device, named);
  }
  const sealed = Buffer.from(body.sealed, 'base64');
  const request: HostRequest = {
    ...{ device, transactionId, attemptId, amount, partialApproval },
    way: 'live',
  };
  const why = inspect({ device, transactionId, keyId, sealed, maskedPan: card.maskedPan });
  if (why !== undefined) tell({ is: 'card.not_opened', device, transactionId, attemptId, why });
  const verdict = why === undefined ? host.decide(request) : host.decline(request, '14');
  return verdict.is === 'undone' ? 'undone' : answerOf(request, verdict);
};

const answerOf = (
  { transactionId, attemptId, amount }: HostRequest,
  verdict: Exclude<HostVerdict, { is: 'undone' }>,
): LiveAnswer => {
  const named = { transactionId, attemptId, responseCode: verdict.responseCode };
  switch (verdict.is) {
    case 'approved': {
      const { approvalCode, hostReference, approved } = verdict;
      const answer = { ...named, result: 'approved' as const, approvalCode, hostReference };
      return approved.value === amount.value ? answer : { ...answer, approvedAmount: approved };
    }
    case 'declined':
      return { ...named, result: 'declined', hostReference: verdict.hostReference };
    case 'try again':
      return { ...named, result: 'declined' };
  }
};
