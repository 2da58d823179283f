/** Receipts: what a customer, or the merchant, takes away of a transaction, as JSON or as lines to print. */
import { Type, type Static } from 'typebox';
import {
  Amount,
  cryptogramTypes,
  MaskedCard,
  Outcome,
  TransactionType,
} from '../../contract/index.ts';
import { calendarOf } from '../calendar.ts';
import { paperWidths } from '../receipts/paper.ts';
import { copies, receiptOf, type Copy, type ReceiptPlan } from '../receipts/receipt.ts';
import { slipOf } from '../receipts/slip.ts';
import type { Shop } from '../shop.ts';
import { accepted, acceptHeader, varies } from './accept.ts';
import { ok, route, type Answer, type Ask } from './route.ts';
import { unknownName } from './unknown.ts';

const ReceiptQuery = Type.Object(
  {
    copy: Type.Optional(Type.Enum([...copies], { description: 'The customer’s unless given.' })),
    width: Type.Optional(
      Type.Integer({
        enum: [...paperWidths],
        description: 'Columns of the text; 42 unless given.',
      }),
    ),
    duplicate: Type.Optional(
      Type.Enum(['true', 'false'], { description: 'Whether it says that it was printed before.' }),
    ),
  },
  { additionalProperties: false },
);

const OptionalText = Type.Optional(Type.String());
const OptionalAmount = Type.Optional(Amount);

const ReceiptShape = Type.Object(
  {
    copy: Type.Enum([...copies]),
    duplicate: Type.Boolean(),
    header: Type.Array(Type.String()),
    footer: Type.Array(Type.String()),
    deviceId: Type.String(),
    transactionId: Type.String(),
    type: TransactionType,
    title: Type.String(),
    state: Type.String(),
    outcome: Type.Union([Outcome, Type.Null()]),
    final: Type.Boolean(),
    headline: Type.String({ description: 'What became of it, in the words that are printed.' }),
    time: Type.Object({
      ...{ date: Type.String(), time: Type.String(), offset: Type.String() },
      ...{ timeZone: Type.String(), utc: Type.String({ format: 'date-time' }) },
      confirmed: Type.Boolean({ description: 'False where the clock was not trusted.' }),
    }),
    batchName: Type.String(),
    batchNumber: Type.Integer({ minimum: 1 }),
    card: Type.Optional(Type.Omit(MaskedCard, ['expiry', 'chip', 'readerId', 'fallback'])),
    ...{ reference: OptionalText, originalTransactionId: OptionalText },
    requestedType: Type.Optional(TransactionType),
    ...{ reason: OptionalText, responseCode: OptionalText, approvalCode: OptionalText },
    referenceId: OptionalText,
    emv: Type.Optional(
      Type.Object({
        ...{ applicationLabel: OptionalText, aid: OptionalText, tvr: OptionalText },
        ...{ tsi: OptionalText, cryptogram: OptionalText },
        cryptogramType: Type.Enum([...cryptogramTypes]),
      }),
    ),
    ...{ requestedAmount: OptionalAmount, tipAmount: OptionalAmount },
    ...{ surchargeAmount: OptionalAmount, totalAmount: Amount, givenBackAmount: OptionalAmount },
    signatureLine: Type.Boolean(),
    tipLine: Type.Optional(
      Type.Object({
        suggested: Type.Array(
          Type.Object({ percent: Type.Integer(), tipAmount: Amount, totalAmount: Amount }),
        ),
      }),
    ),
  },
  { title: 'Receipt' },
);

const getReceipt = (ask: Ask<unknown, Static<typeof ReceiptQuery>>, shop: Shop): Answer => {
  const type = accepted(ask, ['application/json', 'text/plain']);
  if (typeof type === 'object') return type;
  const { id = '' } = ask.path;
  const transaction = shop.ledger.transactions.find(id);
  if (transaction === undefined) return unknownName('transaction', id);
  const { copy = 'customer', duplicate, width } = ask.query;
  const batchIsOpen = shop.ledger.batches.isOpen(transaction.order.batch);
  const plan = { ...planOf(shop, copy), duplicate: duplicate === 'true', batchIsOpen };
  const receipt = receiptOf(transaction, plan);
  if (type === 'application/json') return { ...ok(receipt), headers: varies };
  const text = `${slipOf(receipt, width === 32 ? 32 : 42).join('\n')}\n`;
  return { is: 'answered', status: 200, type, text, headers: varies };
};

const planOf = (
  { subject, settings }: Shop,
  copy: Copy,
): Omit<ReceiptPlan, 'duplicate' | 'batchIsOpen'> => ({
  copy,
  deviceId: subject.deviceId,
  calendar: calendarOf(settings.timeZone),
  header: settings['receipt.header'],
  footer: settings['receipt.footer'],
  hasTipLine: settings.hasTipLine,
  tipPercents: settings.hasTipRecommendation ? settings['tip.recommendedPercents'] : [],
});

export const receiptRoutes = [
  route({
    name: 'getReceipt',
    method: 'GET',
    path: '/v1/transactions/{id}/receipt',
    needs: 'read transactions',
    says: 'The receipt of a transaction as it stands now.',
    headers: [acceptHeader],
    query: ReceiptQuery,
    answers: { 200: { says: 'The receipt.', schema: ReceiptShape, texts: ['text/plain'] } },
    refusals: ['not_found', 'not_acceptable'],
    answer: getReceipt,
  }),
];
