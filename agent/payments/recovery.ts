/** Recovery: ends, at the start, what a power cut interrupted; one commit for all of it. */
import type { Ledger } from '../ledger/ledger.ts';
import { afterPowerCut, next } from './payment.ts';

/** Takes every payment under way that nobody runs to where it has to be; gives how many that were. */
export const recoverPayments = (
  ledger: Ledger,
  isRunning: (transactionId: string) => boolean,
): number =>
  ledger.commit(() => {
    let ended = 0;
    for (const { order, payment } of ledger.transactions.underWay()) {
      if (isRunning(order.transactionId)) continue;
      const heard = afterPowerCut(payment);
      const step = heard === undefined ? undefined : next(order, payment, heard);
      if (step === undefined) continue;
      ledger.take(order, payment, step);
      ended += 1;
    }
    return ended;
  });
