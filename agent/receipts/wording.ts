/**
 * What a receipt says became of a transaction, in one table: a row for every type and outcome, `open` while
 * there is none. Only what the host approved is called approved without a word beside it; what is stored, in
 * doubt or undone says so, in words a cashier and a customer understand alike.
 */
import type { EntryMode, Outcome, TransactionType } from '../../contract/index.ts';

export type Standing = Outcome | 'open';

const open = 'NOT FINISHED - NO OUTCOME YET';
const voidRequested = 'VOID REQUESTED - NOT YET CONFIRMED';
const notAccepted = 'NOT YET ACCEPTED';

export const headlines: Readonly<Record<TransactionType, Readonly<Record<Standing, string>>>> = {
  sale: {
    open,
    approved: 'APPROVED',
    partially_approved: `PARTIALLY APPROVED - ${notAccepted}`,
    approved_offline: 'APPROVED OFFLINE - NOT YET AUTHORISED',
    declined: 'DECLINED - NOTHING CHARGED',
    unknown: 'UNKNOWN - DO NOT HAND OVER, ASK STATUS',
    void_pending: voidRequested,
    reversed: 'REVERSED - NOTHING CHARGED',
    voided: 'VOIDED - NOTHING CHARGED',
    cancelled: 'CANCELLED - NOTHING CHARGED',
    forward_declined: 'DECLINED AFTER OFFLINE APPROVAL - NOT PAID',
    held: 'PARKED - NOT YET AUTHORISED',
  },
  authorization: {
    open,
    approved: 'AUTHORISED - NOTHING CHARGED YET',
    partially_approved: `PARTIALLY AUTHORISED - ${notAccepted}`,
    approved_offline: 'ACCEPTED OFFLINE - NOT YET AUTHORISED',
    declined: 'DECLINED - NOTHING AUTHORISED',
    unknown: 'UNKNOWN - DO NOT HAND OVER, ASK STATUS',
    void_pending: voidRequested,
    reversed: 'REVERSED - NOTHING AUTHORISED',
    voided: 'VOIDED - NOTHING AUTHORISED',
    cancelled: 'CANCELLED - NOTHING AUTHORISED',
    forward_declined: 'DECLINED AFTER OFFLINE APPROVAL - NOTHING AUTHORISED',
    held: 'PARKED - NOT YET AUTHORISED',
  },
  capture: {
    open,
    approved: 'APPROVED',
    partially_approved: `PARTIALLY APPROVED - ${notAccepted}`,
    approved_offline: 'ACCEPTED - NOT YET CONFIRMED BY THE HOST',
    declined: 'DECLINED - NOTHING CHARGED',
    unknown: 'UNKNOWN - DO NOT REPEAT, ASK STATUS',
    void_pending: voidRequested,
    reversed: 'REVERSED - NOTHING CHARGED',
    voided: 'VOIDED - NOTHING CHARGED',
    cancelled: 'CANCELLED - NOTHING CHARGED',
    forward_declined: 'DECLINED BY THE HOST LATER - NOT PAID',
    held: 'PARKED - NOT YET CONFIRMED BY THE HOST',
  },
  refund: {
    open,
    approved: 'REFUND APPROVED',
    partially_approved: `REFUND PARTIALLY APPROVED - ${notAccepted}`,
    approved_offline: 'REFUND ACCEPTED - NOT YET AUTHORISED',
    declined: 'REFUND DECLINED - NOTHING GIVEN BACK',
    unknown: 'REFUND UNKNOWN - DO NOT REPEAT, ASK STATUS',
    void_pending: voidRequested,
    reversed: 'REFUND REVERSED - NOTHING GIVEN BACK',
    voided: 'REFUND VOIDED - NOTHING GIVEN BACK',
    cancelled: 'REFUND CANCELLED - NOTHING GIVEN BACK',
    forward_declined: 'REFUND DECLINED LATER - NOTHING GIVEN BACK',
    held: 'REFUND PARKED - NOT YET AUTHORISED',
  },
  // A void or an adjustment may be declined because its original was: nothing is said of that one here.
  void: {
    open,
    approved: 'VOID APPROVED - ORIGINAL UNDONE',
    partially_approved: `VOID PARTIALLY APPROVED - ${notAccepted}`,
    approved_offline: 'VOID ACCEPTED - NOT YET CONFIRMED',
    declined: 'VOID DECLINED - SEE THE ORIGINAL',
    unknown: 'VOID UNKNOWN - ASK STATUS',
    void_pending: voidRequested,
    reversed: 'VOID REVERSED - SEE THE ORIGINAL',
    voided: 'VOID UNDONE - SEE THE ORIGINAL',
    cancelled: 'VOID CANCELLED - SEE THE ORIGINAL',
    forward_declined: 'VOID DECLINED LATER - SEE THE ORIGINAL',
    held: 'VOID PARKED - NOT YET CONFIRMED',
  },
  adjustment: {
    open,
    approved: 'ADJUSTMENT APPROVED',
    partially_approved: `ADJUSTMENT PARTIALLY APPROVED - ${notAccepted}`,
    approved_offline: 'ADJUSTMENT ACCEPTED - NOT YET CONFIRMED',
    declined: 'ADJUSTMENT DECLINED - SEE THE ORIGINAL',
    unknown: 'ADJUSTMENT UNKNOWN - ASK STATUS',
    void_pending: voidRequested,
    reversed: 'ADJUSTMENT REVERSED - SEE THE ORIGINAL',
    voided: 'ADJUSTMENT UNDONE - SEE THE ORIGINAL',
    cancelled: 'ADJUSTMENT CANCELLED - SEE THE ORIGINAL',
    forward_declined: 'ADJUSTMENT DECLINED LATER - SEE THE ORIGINAL',
    held: 'ADJUSTMENT PARKED - NOT YET CONFIRMED',
  },
};

/** A host that approved less than was asked for, and a POS that took it. */
export const acceptedInPart: Readonly<Record<TransactionType, string>> = {
  sale: 'PARTIALLY APPROVED',
  authorization: 'PARTIALLY AUTHORISED - NOTHING CHARGED YET',
  capture: 'PARTIALLY APPROVED',
  refund: 'REFUND PARTIALLY APPROVED',
  void: 'VOID PARTIALLY APPROVED',
  adjustment: 'ADJUSTMENT PARTIALLY APPROVED',
};

/** What a receipt is of, and what its amount is called. */
export const titles: Readonly<Record<TransactionType, { title: string; total: string }>> = {
  sale: { title: 'SALE', total: 'TOTAL' },
  authorization: { title: 'AUTHORISATION', total: 'AUTHORISED' },
  capture: { title: 'CAPTURE', total: 'TOTAL' },
  refund: { title: 'REFUND', total: 'GIVEN BACK' },
  void: { title: 'VOID', total: 'UNDONE' },
  adjustment: { title: 'ADJUSTMENT', total: 'NEW TOTAL' },
};

/** Standings in which nothing is charged, or nobody knows: the amount is only what was asked for. */
export const onlyAskedFor: readonly Standing[] = [
  ...(['declined', 'reversed', 'voided', 'cancelled', 'forward_declined'] as const),
  ...(['open', 'unknown'] as const),
];

export const entryWords: Readonly<Record<EntryMode, string>> = {
  stripe: 'SWIPED',
  chip: 'CHIP',
  contactless: 'CONTACTLESS',
};

/** What is stored because the card itself approved it: its issuer answers for it, not the shop. */
export const approvedByCard = 'APPROVED OFFLINE BY THE CARD';
