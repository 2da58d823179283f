/** Entering an order: what a client application asks for, whether it may, and the order it becomes. */
import {
  batchLimits,
  decimalsOf,
  type Amount,
  type DesiredDevice,
  type FollowUpType,
  type Prompts,
  type RefusalCode,
  type TransactionType,
} from '../../contract/index.ts';
import type { Settings } from '../../config/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Transaction } from '../ledger/transactions.ts';
import { aOrAn } from '../article.ts';
import { present } from '../present.ts';
import { judge, percentOf, type Allowed } from './account.ts';
import type { Followed } from './follow-up.ts';
import type { Order } from './order.ts';

/** What a client application asks for. */
export interface TransactionRequest {
  readonly type: TransactionType;
  /** The total; of a follow-up what is to be captured, given back or charged from now on. */
  readonly amount?: Amount;
  readonly tipAmount?: Amount;
  readonly surchargeAmount?: Amount;
  readonly originalTransactionId?: string;
  readonly batchName?: string;
  readonly reader?: string;
  readonly offline?: 'allow' | 'forbid';
  readonly prompts?: Prompts;
  readonly reference?: string;
  readonly userDefinedFields?: Readonly<Record<string, string>>;
  readonly echo?: string;
}

/** A refusal; `transactionId` names what stands in the way. */
export interface Refused {
  readonly is: 'refused';
  readonly code: RefusalCode;
  readonly detail?: string;
  readonly transactionId?: string;
  /** When asking again may help, where that is known. */
  readonly retryAfterSeconds?: number;
}

const refused = (code: RefusalCode, detail?: string): Refused => ({
  ...{ is: 'refused', code },
  ...(detail === undefined ? {} : { detail }),
});

/** Whether a request begins with a card, whatever its type. */
export const needsCard = ({ type, originalTransactionId }: TransactionRequest): boolean =>
  type === 'sale' ||
  type === 'authorization' ||
  (type === 'refund' && originalTransactionId === undefined);

/** Why the amounts of a request cannot be charged. */
export const unfitAmounts = (request: TransactionRequest): Refused | undefined => {
  const { amount, tipAmount, surchargeAmount } = request;
  const named = [amount, tipAmount, surchargeAmount].filter((each) => each !== undefined);
  const currencies = new Set(named.map(({ currency }) => currency));
  const strange = [...currencies].find((currency) => decimalsOf(currency) === undefined);
  if (strange !== undefined) return refused('currency_unsupported');
  if (currencies.size > 1) {
    return refused('amount_invalid', 'Amount, tip and surcharge must be in one currency.');
  }
  if (!needsCard(request)) return unfitParts(request);
  if (request.originalTransactionId !== undefined) {
    const why = `${aOrAn(request.type, 'A')} follows nothing; it begins with a card.`;
    return refused('original_not_fit', why);
  }
  if (amount === undefined) return refused('amount_invalid', 'Send the amount to be charged.');
  if (amount.value === 0) return refused('amount_invalid', 'A sale of nothing cannot be charged.');
  const parts = (tipAmount?.value ?? 0) + (surchargeAmount?.value ?? 0);
  if (parts > amount.value) {
    return refused(
      'amount_invalid',
      'Tip and surcharge are parts of the amount, and more than it.',
    );
  }
  return undefined;
};

/** Types that take each part of an amount; a follow-up that leaves one out keeps what there is. */
const takenWith = {
  tipAmount: 'a sale, an authorization, a capture or an adjustment',
  surchargeAmount: 'a sale or an authorization',
} as const;

/** A part that a follow-up does not take is refused rather than dropped. */
const unfitParts = ({
  type,
  tipAmount,
  surchargeAmount,
}: TransactionRequest): Refused | undefined => {
  const takesTip = type === 'capture' || type === 'adjustment';
  const name =
    surchargeAmount !== undefined
      ? 'surchargeAmount'
      : tipAmount !== undefined && !takesTip
        ? 'tipAmount'
        : undefined;
  if (name === undefined) return undefined;
  return refused('amount_invalid', `${name} is sent with ${takenWith[name]}; leave it out here.`);
};

/** Why a request is nothing for this device as it stands: disabled, or not to be charged, or not here. */
export const unfitHere = (
  parts: { readonly ledger: Ledger; readonly settings: Settings },
  request: TransactionRequest,
): Refused | undefined =>
  unfitDevice(parts, request) ?? unfitAmounts(request) ?? unfitForBatch(parts, request);

/** A device that the portal has put out of service takes no more money; a void gives some back. */
const unfitDevice = (
  { ledger, settings }: { readonly ledger: Ledger; readonly settings: Settings },
  { type }: TransactionRequest,
): Refused | undefined => {
  if (type === 'void') return undefined;
  if (ledger.meta.get('revoked') === 1) return refused('device_revoked');
  if (isDisabled(ledger)) return refused('device_disabled');
  if (isGroupInactive(settings)) return refused('group_inactive');
  return ledger.meta.get('configurationAwaited') === 1
    ? refused('configuration_awaited')
    : undefined;
};

/** Whether the portal has put the whole group out of service. */
export const isGroupInactive = ({ status }: Pick<Settings, 'status'>): boolean =>
  status.toLowerCase() !== 'active';

/** Whether the portal has disabled this device for new payments. */
export const isDisabled = ({ desired }: Ledger): boolean =>
  (desired.find('device')?.body as DesiredDevice['body'] | undefined)?.status === 'Disabled';

/** Why what begins with a card cannot go into its batch; a follow-up is asked once its original is known. */
const unfitForBatch = (
  { ledger, settings }: { readonly ledger: Ledger; readonly settings: Settings },
  request: TransactionRequest,
): Refused | undefined => {
  const { amount } = request;
  if (amount === undefined || !needsCard(request)) return undefined;
  return strangeToBatch(ledger, batchNameOf(request, settings), amount);
};

/** Why a batch that holds its most currencies takes no other one. */
const strangeToBatch = (
  { holdings }: Ledger,
  batchName: string,
  { currency }: Amount,
): Refused | undefined => {
  const held = holdings.openCurrencies(batchName);
  if (held.length < batchLimits.currenciesMost || held.includes(currency)) return undefined;
  const detail =
    `Batch ${batchName} holds ${held.length} currencies, the most there may be, and ${currency} is none ` +
    'of them: close the batch first.';
  return refused('currency_unsupported', detail);
};

/** Why tip, surcharge or prompts are not what the settings allow; for requests that begin with a card. */
export const unfitForSettings = (
  { type, amount, tipAmount, surchargeAmount, prompts }: TransactionRequest,
  settings: Settings,
): Refused | undefined => {
  const tip = tipAmount?.value ?? 0;
  const surcharge = surchargeAmount?.value ?? 0;
  const base = (amount?.value ?? 0) - tip - surcharge;
  if (tip > percentOf(base, settings['tip.limitPercent'])) return refused('tip_exceeds_limit');
  if (surcharge > percentOf(base, settings['surcharge.limitPercent'])) {
    return refused('surcharge_exceeds_limit');
  }
  return type === 'refund' ? undefined : missingPrompt(prompts, settings);
};

const missingPrompt = (prompts: Prompts | undefined, settings: Settings): Refused | undefined => {
  if (settings.hasZipCodePrompt && prompts?.zipCode === undefined) {
    const why =
      'Ask for the ZIP code and send prompts.zipCode (`--zip CODE`), or null when it was not given ' +
      '(`--no-zip`).';
    return refused('prompt_missing', why);
  }
  if (settings.hasCvvPrompt && prompts?.cvv === undefined) {
    const why =
      'No reader here reads a CVV: send prompts.cvv (`--cvv`) as bypassed, illegible or not_present.';
    return refused('prompt_missing', why);
  }
  return undefined;
};

/** What a follow-up follows, and what is allowed of it. */
export interface Following extends Followed {
  readonly allowed: Allowed;
}

export const following = (
  ledger: Ledger,
  request: TransactionRequest,
  settings: Settings,
): Following | Refused => {
  const { originalTransactionId: id } = request;
  if (id === undefined) {
    return refused(
      'original_unknown',
      `${aOrAn(request.type, 'A')} names its originalTransactionId.`,
    );
  }
  const original = ledger.transactions.find(id);
  if (original === undefined) return refused('original_unknown');
  const followUps = ledger.transactions.followUpsOf(id);
  const wish = {
    type: request.type as FollowUpType,
    ...present(request, 'amount', 'tipAmount'),
  };
  const batchIsOpen = ledger.batches.isOpen(original.order.batch);
  const allowed = judge(wish, { ...original, followUps, batchIsOpen }, settings);
  if (allowed.is === 'refused') return { ...allowed, transactionId: id };
  const full = strangeToBatch(ledger, batchNameOf(request, settings, original), allowed.amount);
  if (full !== undefined) return full;
  return { allowed, original, followUps };
};

/** What the agent adds to a request. */
export type Given = Pick<Order, 'transactionId' | 'application' | 'keyHash' | 'batch'> & {
  readonly readerId?: string;
};

export const orderOf = (request: TransactionRequest, given: Given, allowed?: Allowed): Order => {
  const { type, amount, tipAmount, surchargeAmount } = allowed ?? request;
  const increase = allowed?.increase ?? 0;
  if (amount === undefined)
    throw new Error('An order has an amount; the request was not examined.');
  const asked = [
    'originalTransactionId',
    'prompts',
    'reference',
    'userDefinedFields',
    'echo',
  ] as const;
  return {
    ...{ ...given, type, amount, offline: request.offline ?? 'allow' },
    ...(type === request.type ? {} : { requestedType: request.type }),
    ...present({ tipAmount, surchargeAmount }, 'tipAmount', 'surchargeAmount'),
    ...(increase > 0 ? { increase } : {}),
    ...present(request, ...asked),
  } as Order;
};

/** The name of the batch a request goes into: the one it names, or its original's. */
export const batchNameOf = (
  request: TransactionRequest,
  settings: Settings,
  original?: Transaction,
): string => request.batchName ?? original?.order.batch.name ?? settings['batch.name'];
