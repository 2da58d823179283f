/** The queue: what waits for the portal, what it adds up to, and how to send it now. */
import { Type, type Static } from 'typebox';
import {
  Amount,
  MaskedCard,
  transactionTypes,
  type Amount as Money,
} from '../../contract/index.ts';
import { actorOf } from '../access/asker.ts';
import type { Transaction } from '../ledger/transactions.ts';
import type { Payment } from '../payments/states.ts';
import { isoTime } from '../payments/view.ts';
import type { Shop } from '../shop.ts';
import { memberWithCardNumber } from './card-number.ts';
import { apiLimits } from './limits.ts';
import { ok, refused, route, type Answer, type Ask, type CallClock } from './route.ts';
import { settledAnswer } from './settled.ts';
import { ExposureShape, IsoTime, LinkShape, text, TransactionShape, Trust } from './shapes.ts';

const Count = Type.Integer({ minimum: 0 });

const QueueShape = Type.Object({
  records: Type.Array(
    Type.Object({
      transactionId: Type.String(),
      state: Type.Enum(['stored', 'unknown', 'void_pending', 'held', 'advised']),
      type: Type.Enum([...transactionTypes]),
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

/** In the queue, counted or not: the portal has still to speak. */
const waiting: ReadonlySet<Payment['is']> = new Set([
  ...(['stored', 'void_pending', 'advised', 'held', 'unknown'] as const),
]);

const recordOf = ({ order, payment, createdAt, clock }: Transaction, wallMs: number) => ({
  transactionId: order.transactionId,
  state: payment.is,
  type: order.type,
  amount: order.amount,
  ...('card' in payment ? { card: payment.card } : {}),
  ...(order.reference === undefined ? {} : { reference: order.reference }),
  createdAt: isoTime(createdAt),
  clock,
  ageSeconds: Math.max(0, Math.floor((wallMs - createdAt) / 1_000)),
});

const getQueue = (_ask: Ask, shop: Shop, clock: CallClock): Answer => {
  const { transactions, attempts, elapsed } = shop.ledger;
  const queued = transactions.open().filter(({ payment }) => waiting.has(payment.is));
  const { oldestAt } = transactions.storedSales();
  const wallMs = clock.wallMs();
  return ok({
    records: queued.slice(0, apiLimits.queueRecords).map((each) => recordOf(each, wallMs)),
    count: queued.length,
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

const Hold = Type.Object({ reason: Type.Optional(text(200)) }, { additionalProperties: false });

const holdRecord = (ask: Ask<Static<typeof Hold>>, shop: Shop): Answer => {
  const { reason } = ask.body;
  if (memberWithCardNumber({ reason }) !== undefined) return refused('card_data_refused');
  const { id = '' } = ask.path;
  return settledAnswer(shop.cashier.hold(id, actorOf(ask.by), reason), id, shop);
};

const releaseRecord = (ask: Ask, shop: Shop): Answer => {
  const { id = '' } = ask.path;
  const settled = shop.cashier.release(id, actorOf(ask.by));
  shop.link.connectNow();
  return settledAnswer(settled, id, shop);
};

export const queueRoutes = [
  route({
    name: 'getQueue',
    method: 'GET',
    path: '/v1/queue',
    needs: 'read transactions',
    says: 'Stored sales and unclear ones, reversals to do, and how much of the log is unsent.',
    answers: { 200: { says: 'The queue.', schema: QueueShape } },
    answer: getQueue,
  }),
  route({
    name: 'forwardQueue',
    method: 'POST',
    path: '/v1/queue/forward',
    needs: 'connect',
    audited: 'queue.forward',
    says: 'Connects to the portal now instead of waiting, and sends what waits.',
    answers: {
      202: {
        says: 'It is being tried.',
        schema: Type.Object({ link: LinkShape, unsentEntries: Type.Integer() }),
      },
    },
    answer: forwardQueue,
  }),
  route({
    name: 'holdRecord',
    method: 'POST',
    path: '/v1/queue/{id}/hold',
    needs: 'hold queue',
    audited: 'queue.hold',
    says: 'Parks a transaction of the queue: the portal does not decide it before it is released.',
    body: Hold,
    bodyOptional: true,
    answers: { 200: { says: 'It is held.', schema: TransactionShape } },
    refusals: ['not_found', 'conflict', 'card_data_refused', 'storage_unavailable'],
    answer: holdRecord,
  }),
  route({
    name: 'releaseRecord',
    method: 'POST',
    path: '/v1/queue/{id}/release',
    needs: 'hold queue',
    audited: 'queue.release',
    says: 'Releases a parked transaction, and forwards it now.',
    answers: { 200: { says: 'It waits to be decided.', schema: TransactionShape } },
    refusals: ['not_found', 'conflict', 'storage_unavailable'],
    answer: releaseRecord,
  }),
];
