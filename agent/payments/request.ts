/** The live request of an attempt: self-contained, with what has to be reversed before it. */
import {
  linkLimits,
  type CardType,
  type FollowUpType,
  type MaskedCard,
} from '../../contract/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MoneyBody } from './host-line.ts';
import { chargeOf, type Order } from './order.ts';
import type { SealedCard } from './vault.ts';

export interface Asked {
  readonly order: Order;
  readonly attemptId: string;
  readonly card: MaskedCard;
  /** What was read; a follow-up has none. */
  readonly sealed: SealedCard | undefined;
  readonly partialApproval: boolean;
}

/** The body of the request, or `undefined` for a card type whose card is gone. */
export const requestOf = (
  ledger: Ledger,
  { order, attemptId, card, sealed, partialApproval }: Asked,
): MoneyBody | undefined => {
  const { transactionId, application, keyHash, batch, originalTransactionId, prompts } = order;
  const common = {
    ...{ transactionId, attemptId, application, keyHash, ...chargeOf(order), card, batch },
    reversals: ledger.attempts.reversing(linkLimits.reversalsNamed),
  };
  if (originalTransactionId !== undefined) {
    return { ...common, type: order.type as FollowUpType, originalTransactionId };
  }
  if (sealed === undefined) return undefined;
  return {
    ...{ ...common, type: order.type as CardType, keyId: sealed.keyId, partialApproval },
    sealed: Buffer.from(sealed.bytes).toString('base64'),
    ...(prompts === undefined ? {} : { prompts }),
  };
};
