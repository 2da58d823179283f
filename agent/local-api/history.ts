/** History: what a page of transactions may be narrowed to. */
import { Type, type Static } from 'typebox';
import { Outcome, TransactionType } from '../../contract/index.ts';
import { dayOf } from '../calendar.ts';
import type { TransactionFilter } from '../ledger/history.ts';
import type { Refused } from '../payments/entering.ts';
import { apiLimits } from './limits.ts';
import { refused } from './route.ts';
import { text } from './shapes.ts';

/** RFC 3339: a date, a time and how far it is from UTC. */
const instantForm =
  '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$';
const Instant = (says: string) =>
  Type.Optional(Type.String({ pattern: instantForm, maxLength: 40, description: says }));

export const PageQuery = Type.Object(
  {
    reference: Type.Optional(text(64)),
    outcome: Type.Optional(Outcome),
    type: Type.Optional(TransactionType),
    batchName: Type.Optional(text(64)),
    batchNumber: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    originalTransactionId: Type.Optional(text(64)),
    from: Instant(
      'Begun at this time or later, like 2026-11-22T14:00:00Z; + is %2B in an address.',
    ),
    to: Instant('Begun before this time.'),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: apiLimits.pageMost })),
    cursor: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,14}$' })),
  },
  { additionalProperties: false },
);

/** What is asked of the ledger for a page, or why it cannot be. */
export const filterOf = (query: Static<typeof PageQuery>): TransactionFilter | Refused => {
  const { from, to, cursor, limit = apiLimits.pageUsual, ...narrowed } = query;
  const [fromMs, toMs] = [instantOf(from), instantOf(to)];
  const wrong = Number.isNaN(fromMs) ? from : Number.isNaN(toMs) ? to : undefined;
  if (wrong !== undefined) {
    return refused('period_invalid', `There is no time ${wrong}; write 2026-11-22T14:00:00Z.`);
  }
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    return refused('period_invalid', `The period ends (${to}) before it begins (${from}).`);
  }
  return {
    ...narrowed,
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
    ...(cursor === undefined ? {} : { before: Number(cursor) }),
    limit,
  };
};

/** Milliseconds of wall time; NaN for a time no clock shows, like the 30th of February. */
const instantOf = (written: string | undefined): number | undefined => {
  if (written === undefined) return undefined;
  return dayOf(written.slice(0, 10)) === undefined ? NaN : Date.parse(written);
};
