/** The queue: what waits for the portal, what it adds up to, and how to send it now. */
import { Type, type Static } from 'typebox';
import { Amount, MaskedCard, type Amount as Money } from '../../contract/index.ts';
import type { Transaction } from '../ledger/transactions.ts';
import { isCounted } from '../payments/payment.ts';
import { isoTime } from '../payments/view.ts';
import type { Shop } from '../shop.ts';
import { apiLimits } from './limits.ts';
import { ok, route, type Answer, type Ask, type CallClock } from './route.ts';
import { ExposureShape, IsoTime, LinkShape, Trust } from './shapes.ts';

const Count = Type.Integer({ minimum: 0 });

const QueueShape = Type.Object({
  records: Type.Array(
    Type.Object({
      transactionId: Type.String(),
      state: Type.Enum(['stored', 'unknown']),
      amount: Amount,
      card: Type.Optional(MaskedCard),
      reference: Type.Optional(Type.String()),
      createdAt: IsoTime,
      clock: Trust,
      ageSeconds: Count,
    }),
    { description: `Oldest first; at most ${apiLimits.queueRecords}.` },
  ),
  count: Type.Integer({ description: 'Records there are, listed or not.' }),
  exposure: Type.Array(ExposureShape),
  oldestStoredSeconds: Type.Union([Count, Type.Null()], {
    description: 'Age of the oldest stored sale as offline.windowHours counts it.',
  }),
  reversing: Type.Object({
    count: Count,
    attempts: Type.Array(Type.Object({ transactionId: Type.String(), attemptId: Type.String() })),
  }),
  unsentEntries: Type.Integer({ description: 'Facts the portal has not acknowledged.' }),
});
/** The queue as the API answers it. */
export type QueueAnswer = Static<typeof QueueShape>;

/** Entries of the log the portal has not acknowledged. */
export const unsentEntries = ({ ledger }: Shop): number =>
  ledger.upLog.head().seq - (ledger.meta.get('acknowledged') ?? 0);

/** What is at the merchant's risk or unclear, by currency. */
export const exposureOf = ({ ledger }: Shop): { count: number; amount: Money }[] =>
  ledger.exposure
    .rows()
    .filter(({ count }) => count > 0)
    .map(({ currency, count, total }) => ({ count, amount: { value: total, currency } }));

const recordOf = ({ order, payment, createdAt, clock }: Transaction, wallMs: number) => ({
  transactionId: order.transactionId,
  state: payment.is,
  amount: order.amount,
  ...('card' in payment ? { card: payment.card } : {}),
  ...(order.reference === undefined ? {} : { reference: order.reference }),
  createdAt: isoTime(createdAt),
  clock,
  ageSeconds: Math.max(0, Math.floor((wallMs - createdAt) / 1_000)),
});

const getQueue = (_ask: Ask, shop: Shop, clock: CallClock): Answer => {
  const { transactions, attempts, elapsed } = shop.ledger;
  const waiting = transactions.open().filter(({ payment }) => isCounted(payment));
  const { oldestAt } = transactions.storedSales();
  const wallMs = clock.wallMs();
  return ok({
    records: waiting.slice(0, apiLimits.queueRecords).map((each) => recordOf(each, wallMs)),
    count: waiting.length,
    exposure: exposureOf(shop),
    oldestStoredSeconds:
      oldestAt === undefined ? null : Math.floor((elapsed.now() - oldestAt) / 1_000),
    reversing: {
      count: attempts.reversingCount(),
      attempts: attempts.reversing(apiLimits.queueRecords),
    },
    unsentEntries: unsentEntries(shop),
  });
};

const forwardQueue = (_ask: Ask, shop: Shop): Answer => {
  shop.link.connectNow();
  const body = { link: shop.link.status(), unsentEntries: unsentEntries(shop) };
  return { is: 'answered', status: 202, body };
};

export const queueRoutes = [
  route({
    name: 'getQueue',
    method: 'GET',
    path: '/v1/queue',
    says: 'Stored sales and unclear ones, reversals to do, and how much of the log is unsent.',
    answers: { 200: { says: 'The queue.', schema: QueueShape } },
    answer: getQueue,
  }),
  route({
    name: 'forwardQueue',
    method: 'POST',
    path: '/v1/queue/forward',
    says: 'Connects to the portal now instead of waiting, and sends what waits.',
    answers: {
      202: {
        says: 'It is being tried.',
        schema: Type.Object({ link: LinkShape, unsentEntries: Type.Integer() }),
      },
    },
    answer: forwardQueue,
  }),
];
