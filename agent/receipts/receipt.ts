/**
 * A receipt: what a slip says of a transaction, as data. Made anew from the ledger whenever it is asked for,
 * so it always says how the transaction stands now.
 *
 * The customer's copy has the last four digits of the card and no more; neither copy has its expiry.
 */
import type { Amount, ClockTrust, MaskedCard, Outcome } from '../../contract/index.ts';
import type { Calendar } from '../calendar.ts';
import type { Transaction } from '../ledger/transactions.ts';
import type { Order } from '../payments/order.ts';
import { isApprovedByCard, isFinal, outcomeOf } from '../payments/states.ts';
import { isoTime } from '../payments/view.ts';
import { present } from '../present.ts';
import { emvOf } from './emv.ts';
import { suggestedTips, type SuggestedTip } from './tips.ts';
import { acceptedInPart, approvedByCard, headlines, titles } from './wording.ts';

export const copies = ['customer', 'merchant'] as const;
export type Copy = (typeof copies)[number];

/** What of a payment a receipt may tell, each where its state has it. */
interface Kept {
  readonly is: string;
  readonly card?: MaskedCard;
  readonly amount?: Amount;
  readonly tipAmount?: Amount;
  readonly responseCode?: string;
  readonly approvalCode?: string;
  readonly hostReference?: string;
  readonly reason?: string;
  readonly changes?: readonly { readonly kind: string; readonly amount: Amount }[];
}

/** A transaction as the ledger has it, as far as a receipt looks at it. */
export type Receipted = Pick<Transaction, 'order' | 'payment' | 'createdAt' | 'clock'>;

export interface ReceiptPlan {
  readonly copy: Copy;
  /** Printed before: it says so. */
  readonly duplicate: boolean;
  readonly deviceId: string;
  readonly calendar: Calendar;
  readonly header: readonly string[];
  readonly footer: readonly string[];
  /** Whether its batch is open, so that a tip can still be added. */
  readonly batchIsOpen: boolean;
  readonly hasTipLine: boolean;
  /** Percentages to suggest; none: no suggestion. */
  readonly tipPercents: readonly number[];
}

export type Receipt = ReturnType<typeof receiptOf>;

/** The receipt of a transaction as it stands now. */
export const receiptOf = (receipted: Receipted, plan: ReceiptPlan) => {
  const { order, createdAt, clock } = receipted;
  const { copy, duplicate, deviceId, header, footer } = plan;
  const payment: Kept = receipted.payment;
  const outcome = outcomeOf(receipted.payment);
  const amounts = amountsOf(order, payment);
  const mayStillTip = copy === 'merchant' && isAdjustable(order, payment, outcome, plan);
  return {
    ...{ copy, duplicate, header, footer, deviceId },
    ...{ transactionId: order.transactionId, type: order.type, title: titles[order.type].title },
    ...{ state: payment.is, outcome: outcome ?? null, final: isFinal(receipted.payment) },
    headline: headlineOf(receipted, amounts.acceptedInPart),
    time: timeOf(createdAt, clock, plan.calendar),
    batchName: order.batch.name,
    batchNumber: order.batch.number,
    ...(payment.card === undefined ? {} : { card: cardOn(copy, payment.card) }),
    ...(payment.card?.chip === undefined ? {} : { emv: emvOf(payment.card.chip) }),
    ...present(order, 'reference', 'originalTransactionId', 'requestedType'),
    ...present(payment, 'reason', 'responseCode', 'approvalCode'),
    ...(payment.hostReference === undefined ? {} : { referenceId: payment.hostReference }),
    ...amounts.shown,
    signatureLine: copy === 'merchant' && isSigned(order, outcome, payment.card),
    ...(mayStillTip ? { tipLine: { suggested: tipsFor(amounts.shown, plan) } } : {}),
  };
};

const headlineOf = ({ order, payment }: Receipted, isPart: boolean): string => {
  const outcome = outcomeOf(payment);
  if (isPart) return acceptedInPart[order.type];
  return outcome === 'approved_offline' && isApprovedByCard(payment)
    ? approvedByCard
    : headlines[order.type][outcome ?? 'open'];
};

const timeOf = (wallMs: number, clock: ClockTrust, calendar: Calendar) => {
  const { date, time, offset } = calendar.localTime(wallMs);
  return {
    ...{ date, time, offset, timeZone: calendar.timeZone, utc: isoTime(wallMs) },
    confirmed: clock !== 'untrusted',
  };
};

const cardOn = (copy: Copy, { maskedPan, brand, entryMode }: MaskedCard) => ({
  maskedPan: copy === 'customer' ? lastFourOf(maskedPan) : maskedPan,
  ...{ brand, entryMode },
});

// The last four stand behind the last asterisk; everything before it goes.
const lastFourOf = (maskedPan: string): string => maskedPan.replace(/\d(?=.*\*)/g, '*');

interface ShownAmounts {
  /** What was asked for, where the host approved less; tip and surcharge are parts of it then. */
  readonly requestedAmount?: Amount;
  readonly tipAmount?: Amount;
  readonly surchargeAmount?: Amount;
  readonly totalAmount: Amount;
  /** Given back at the portal since. */
  readonly givenBackAmount?: Amount;
}

const amountsOf = (
  order: Order,
  payment: Kept,
): { shown: ShownAmounts; acceptedInPart: boolean } => {
  const totalAmount = payment.amount ?? order.amount;
  const { currency } = totalAmount;
  // ISO 8583 field 39: 10 is an approval of less than was asked for.
  const isPart =
    totalAmount.value < order.amount.value &&
    (payment.is === 'partially_approved' || payment.responseCode === '10');
  const refunds = (payment.changes ?? []).filter(({ kind }) => kind === 'refund');
  const givenBack = refunds.reduce((sum, { amount }) => sum + amount.value, 0);
  return {
    acceptedInPart: isPart && payment.is === 'approved',
    shown: {
      ...(isPart ? { requestedAmount: order.amount } : {}),
      ...present({ ...order, ...present(payment, 'tipAmount') }, 'tipAmount', 'surchargeAmount'),
      totalAmount,
      ...(givenBack === 0 ? {} : { givenBackAmount: { value: givenBack, currency } }),
    },
  };
};

const isSigned = (
  { type, originalTransactionId }: Order,
  outcome: Outcome | undefined,
  card: MaskedCard | undefined,
): boolean => {
  // A chip says how its holder was verified: who gave a PIN does not sign, who may not have given one does.
  // Without contact whoever has to sign is told so: most readers tell nothing more of a tap.
  const { verification = 'signature' } = card?.chip ?? {};
  const isUntold = verification === 'unknown' && card?.entryMode !== 'contactless';
  if (verification !== 'signature' && !isUntold) return false;
  const hasCard = type === 'sale' || type === 'authorization' || type === 'refund';
  const stands = outcome === 'approved' || outcome === 'approved_offline';
  return hasCard && stands && originalTransactionId === undefined;
};

/** Whether a tip may still be added to it: it stands, has none yet, and its batch is open. */
const isAdjustable = (
  order: Order,
  payment: Kept,
  outcome: Outcome | undefined,
  { batchIsOpen, hasTipLine }: ReceiptPlan,
): boolean => {
  const isSale = order.type === 'sale' || order.type === 'capture';
  const stands = outcome === 'approved' || outcome === 'approved_offline';
  const tip = (payment.tipAmount ?? order.tipAmount)?.value ?? 0;
  return hasTipLine && isSale && stands && batchIsOpen && tip === 0;
};

const tipsFor = (
  { totalAmount, surchargeAmount }: ShownAmounts,
  { tipPercents }: ReceiptPlan,
): readonly SuggestedTip[] => suggestedTips(totalAmount, surchargeAmount, tipPercents);
