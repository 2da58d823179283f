/** Problems: how a refusal is answered over HTTP, as `application/problem+json` (RFC 9457). */
import { Type, type Static } from 'typebox';
import { refusals, type RefusalRow } from '../../contract/index.ts';
import type { Refused } from '../payments/entering.ts';
import { apiLimits } from './limits.ts';

/** The media type of every refusal. */
export const problemType = 'application/problem+json';

/** The body of a refusal. */
export const Problem = Type.Object(
  {
    type: Type.String({ pattern: '^urn:holdfast:refusal:[a-z_]+$' }),
    title: Type.String({ description: 'The same for every refusal of this code.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What was found, and what to do.' }),
    code: Type.String({ description: 'Stable; docs/refusals.md lists them all.' }),
    transactionId: Type.Optional(
      Type.String({ description: 'The transaction that stands in the way, or was begun.' }),
    ),
    instance: Type.Optional(Type.String({ description: 'Where that transaction is.' })),
  },
  { title: 'Problem' },
);
export type Problem = Static<typeof Problem>;

/** The HTTP status a code is answered with; a well-formed request that is refused is 422. */
export const statusOf = (code: Refused['code']): number => rowOf(code).status ?? 422;

const rowOf = (code: Refused['code']): RefusalRow => refusals[code];

/** The body of a refusal, and the headers that go with it. */
export const problemOf = ({
  code,
  detail,
  transactionId,
  retryAfterSeconds = apiLimits.retryAfterSeconds,
}: Refused): { body: Problem; headers: Record<string, string> } => {
  const { says, retryable } = rowOf(code);
  const status = statusOf(code);
  const about =
    transactionId === undefined
      ? {}
      : { transactionId, instance: `/v1/transactions/${transactionId}` };
  const body = {
    type: `urn:holdfast:refusal:${code}`,
    title: says,
    status,
    detail: detail ?? says,
    code,
    ...about,
  };
  const again = retryable && (status === 429 || status === 503);
  return { body, headers: again ? { 'Retry-After': String(retryAfterSeconds) } : {} };
};
