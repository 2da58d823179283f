/** Transactions: begin a sale, ask for it, list them, cancel one. */
import { Type, type Static } from 'typebox';
import { amountValueMax, Prompts, transactionTypes } from '../../contract/index.ts';
import { applicationOf } from '../access/asker.ts';
import type { Transaction } from '../ledger/transactions.ts';
import { isFinal, outcomeOf } from '../payments/states.ts';
import { isoTime, transactionView } from '../payments/view.ts';
import type { Shop } from '../shop.ts';
import { memberWithCardNumber } from './card-number.ts';
import { filterOf, PageQuery } from './history.ts';
import { preferenceApplied, preferHeader, preferredWait } from './prefer.ts';
import { ok, refused, route, type Answer, type Ask, type HeaderRow } from './route.ts';
import { settledAnswer } from './settled.ts';
import { text, TransactionShape, TransactionWithHistory } from './shapes.ts';
import { unknownName } from './unknown.ts';

const amount = (minimum: number) =>
  Type.Object(
    {
      value: Type.Integer({ minimum, maximum: amountValueMax }),
      currency: Type.String({ pattern: '^[A-Z]{3}$' }),
    },
    { additionalProperties: false },
  );

const Wanted = Type.Object(
  {
    type: Type.Enum([...transactionTypes]),
    amount: Type.Optional(amount(1)),
    tipAmount: Type.Optional(amount(0)),
    surchargeAmount: Type.Optional(amount(0)),
    originalTransactionId: Type.Optional(text(64)),
    batchName: Type.Optional(text(64)),
    reader: Type.Optional(text(64)),
    offline: Type.Optional(Type.Enum(['allow', 'forbid'])),
    prompts: Type.Optional(Prompts),
    reference: Type.Optional(text(64)),
    userDefinedFields: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' }), text(256), {
        maxProperties: 32,
        additionalProperties: false,
      }),
    ),
    echo: Type.Optional(text(1_024)),
  },
  { additionalProperties: false },
);

const keyForm = /^[\x21-\x7e]{1,255}$/;
const keyHeader: HeaderRow = {
  name: 'Idempotency-Key',
  says: 'The client’s own name for this sale; the same key again gives the same transaction.',
  schema: Type.String({ pattern: '^[\\x21-\\x7e]{1,255}$' }),
  required: true,
};

const beginTransaction = async (ask: Ask<Static<typeof Wanted>>, shop: Shop): Promise<Answer> => {
  const key = ask.header('idempotency-key');
  if (key === undefined) return refused('idempotency_key_missing');
  if (!keyForm.test(key)) {
    const why = 'The Idempotency-Key must be 1 to 255 visible ASCII characters.';
    return refused('idempotency_key_missing', why);
  }
  const { batchName, reference, userDefinedFields, echo, prompts } = ask.body;
  const place = memberWithCardNumber({ batchName, reference, userDefinedFields, echo, prompts });
  if (place !== undefined) {
    return refused(
      'card_data_refused',
      `${place} holds what looks like a card number; leave it out.`,
    );
  }
  const begun = shop.cashier.begin(ask.body, applicationOf(ask.by), key);
  if (begun.is === 'refused') {
    return begun.code === 'not_found' ? unknownName('reader', ask.body.reader ?? '') : begun;
  }
  const { transactionId } = begun.transaction.order;
  const { transaction, headers } = await awaited(ask, shop, transactionId);
  if (transaction === undefined) return unknownName('transaction', transactionId);
  const { payment } = transaction;
  if (outcomeOf(payment) === undefined && shop.cashier.troubled()) {
    return { is: 'refused', code: 'storage_unavailable', transactionId };
  }
  return {
    is: 'answered',
    status: isFinal(payment) ? 201 : 202,
    body: shown(transaction, shop),
    headers: {
      Location: `/v1/transactions/${transactionId}`,
      ...headers,
      ...(begun.is === 'repeated' ? { 'Idempotency-Replayed': 'true' } : {}),
    },
  };
};

/** The transaction as it stands once it has an outcome, or once the client would not wait any longer. */
const awaited = async (ask: Ask, { cashier, ledger }: Shop, transactionId: string) => {
  const seconds = preferredWait(ask.header('prefer'));
  if (seconds !== undefined && seconds > 0) await cashier.answered(transactionId, seconds * 1_000);
  const transaction = ledger.transactions.find(transactionId);
  return { transaction, headers: preferenceApplied(seconds) };
};

const getTransaction = async (ask: Ask, shop: Shop): Promise<Answer> => {
  const { id = '' } = ask.path;
  const { transaction, headers } = await awaited(ask, shop, id);
  if (transaction === undefined) return unknownName('transaction', id);
  const facts = shop.ledger.upLog.historyOf(id);
  const history = facts.map(({ type, at, clock }) => ({ type, time: isoTime(at), clock }));
  return { ...ok({ ...shown(transaction, shop), history }), headers };
};

const listTransactions = (ask: Ask<unknown, Static<typeof PageQuery>>, shop: Shop): Answer => {
  const filter = filterOf(ask.query);
  if ('is' in filter) return filter;
  const { limit } = filter;
  // One more than is shown tells whether there is a next page. Numbers only grow, so new sales move no page.
  const found = shop.ledger.transactions.list({ ...filter, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return ok({
    transactions: page.map((each) => shown(each, shop)),
    nextCursor: found.length > limit && last !== undefined ? String(last.number) : null,
  });
};

const cancelTransaction = (ask: Ask, shop: Shop): Answer => {
  const { id = '' } = ask.path;
  const outcome = shop.cashier.cancel(id);
  if (outcome.is === 'cancelled') return ok(shown(outcome.transaction, shop));
  return outcome.code === 'not_found' ? unknownName('transaction', id) : outcome;
};

const acceptTransaction = (ask: Ask, shop: Shop): Answer => {
  const { id = '' } = ask.path;
  return settledAnswer(shop.cashier.accept(id), id, shop);
};

const rejectTransaction = (ask: Ask, shop: Shop): Answer => {
  const { id = '' } = ask.path;
  return settledAnswer(shop.cashier.reject(id), id, shop);
};

const shown = (transaction: Transaction, { subject, cashier }: Shop) => {
  const prompt = cashier.promptOf(transaction.order.transactionId);
  const view = transactionView(transaction, subject.deviceId);
  return prompt === undefined ? view : { ...view, prompt };
};

export const transactionRoutes = [
  route({
    name: 'beginTransaction',
    method: 'POST',
    path: '/v1/transactions',
    needs: 'sell',
    says:
      'Begins a sale, an authorization or a refund and arms a reader for it, or carries out what follows ' +
      'another transaction; the same key again gives the same transaction.',
    headers: [keyHeader, preferHeader],
    body: Wanted,
    answers: {
      201: { says: 'The outcome is final.', schema: TransactionShape },
      202: { says: 'The outcome is open, or may still change.', schema: TransactionShape },
    },
    refusals: [
      'idempotency_key_missing',
      'idempotency_mismatch',
      'idempotency_expired',
      'card_data_refused',
      'amount_invalid',
      'currency_unsupported',
      'original_unknown',
      'original_not_fit',
      'amount_exceeds_original',
      'tip_exceeds_limit',
      'surcharge_exceeds_limit',
      'prompt_missing',
      'batch_closed',
      'not_found',
      'busy',
      'reader_not_ready',
      'storage_unavailable',
    ],
    answer: beginTransaction,
  }),
  route({
    name: 'listTransactions',
    method: 'GET',
    path: '/v1/transactions',
    needs: 'read transactions',
    says: 'Transactions, newest first; `nextCursor` asks for the page before.',
    query: PageQuery,
    answers: {
      200: {
        says: 'A page, and where the next one begins; null when there is none.',
        schema: Type.Object({
          transactions: Type.Array(TransactionShape),
          nextCursor: Type.Union([Type.String(), Type.Null()]),
        }),
      },
    },
    refusals: ['period_invalid'],
    answer: listTransactions,
  }),
  route({
    name: 'getTransaction',
    method: 'GET',
    path: '/v1/transactions/{id}',
    needs: 'read transactions',
    says: 'A transaction as it stands now, and the facts that made it so.',
    headers: [preferHeader],
    answers: { 200: { says: 'The transaction.', schema: TransactionWithHistory } },
    refusals: ['not_found'],
    answer: getTransaction,
  }),
  route({
    name: 'cancelTransaction',
    method: 'POST',
    path: '/v1/transactions/{id}/cancel',
    needs: 'sell',
    says: 'Cancels a transaction that still waits for its card.',
    answers: { 200: { says: 'It is cancelled.', schema: TransactionShape } },
    refusals: ['not_found', 'conflict', 'storage_unavailable'],
    answer: cancelTransaction,
  }),
  route({
    name: 'acceptTransaction',
    method: 'POST',
    path: '/v1/transactions/{id}/accept',
    needs: 'sell',
    says: 'Accepts a partial approval, or says that what looked like a repetition is meant.',
    answers: { 200: { says: 'It goes on.', schema: TransactionShape } },
    refusals: ['not_found', 'conflict', 'storage_unavailable'],
    answer: acceptTransaction,
  }),
  route({
    name: 'rejectTransaction',
    method: 'POST',
    path: '/v1/transactions/{id}/reject',
    needs: 'sell',
    says: 'Rejects a partial approval, which is then undone, or a suspected repetition.',
    answers: { 200: { says: 'It is given up.', schema: TransactionShape } },
    refusals: ['not_found', 'conflict', 'storage_unavailable'],
    answer: rejectTransaction,
  }),
];
