/** An order: what a client application asked for. Fixed once it is created. */
import type { Amount, BatchId, TransactionType } from '../../contract/index.ts';

export interface Order {
  readonly transactionId: string;
  readonly application: string;
  /** SHA-256 of the key it was asked under. */
  readonly keyHash: string;
  readonly type: TransactionType;
  readonly amount: Amount;
  readonly batch: BatchId;
  readonly readerId: string;
  /** A request may forbid an offline approval, never loosen a gate. */
  readonly offline: 'allow' | 'forbid';
  readonly reference?: string;
  readonly userDefinedFields?: Readonly<Record<string, string>>;
  /** Given back as it came, and sent nowhere. */
  readonly echo?: string;
}
