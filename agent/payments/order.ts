/** An order: what a client application asked for. Fixed once it is created. */
import type { Amount, BatchId, Prompts, TransactionType } from '../../contract/index.ts';
import { present } from '../present.ts';

export interface Order {
  readonly transactionId: string;
  readonly application: string;
  /** SHA-256 of the key it was asked under. */
  readonly keyHash: string;
  readonly type: TransactionType;
  /** Where another type was asked for: a full refund of a sale that is only stored becomes a void. */
  readonly requestedType?: TransactionType;
  /** The total; tip and surcharge are parts of it. */
  readonly amount: Amount;
  readonly tipAmount?: Amount;
  readonly surchargeAmount?: Amount;
  /**
   * What an adjustment or a capture takes beyond what its original takes without it, in minor units: at the
   * merchant's risk until the host has answered.
   */
  readonly increase?: number;
  /** What a follow-up follows. */
  readonly originalTransactionId?: string;
  /** The batch it was entered into; one that is carried stands in a later one. */
  readonly batch: BatchId;
  /** The number of the configuration that decides it. */
  readonly configuration?: number;
  /** The reader its card is read by; a follow-up needs none. */
  readonly readerId?: string;
  /** A request may forbid an offline approval, never loosen a gate. */
  readonly offline: 'allow' | 'forbid';
  readonly prompts?: Prompts;
  readonly reference?: string;
  readonly userDefinedFields?: Readonly<Record<string, string>>;
  /** Given back as it came, and sent nowhere. */
  readonly echo?: string;
}

/** What is charged, and its parts, as facts and requests carry it. */
export const chargeOf = (order: Order) => present(order, 'amount', 'tipAmount', 'surchargeAmount');
