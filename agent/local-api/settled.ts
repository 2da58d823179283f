/** The answer to something a person or a POS wanted of a transaction that exists. */
import type { Settled } from '../payments/cashier.ts';
import { transactionView } from '../payments/view.ts';
import type { Shop } from '../shop.ts';
import { ok, type Answer } from './route.ts';
import { unknownName } from './unknown.ts';

export const settledAnswer = (settled: Settled, id: string, { subject }: Shop): Answer => {
  if (settled.is === 'settled') return ok(transactionView(settled.transaction, subject.deviceId));
  return settled.code === 'not_found' ? unknownName('transaction', id) : settled;
};
