/**
 * A long ledger: what years of a small shop leave behind, written through the ledger itself, with many
 * sales to a commit. Most were approved online; some are stored and not decided yet.
 */
import type { Subject } from '../../contract/index.ts';
import { openLedger } from '../../agent/ledger/open.ts';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { next } from '../../agent/payments/payment.ts';
import type { Payment } from '../../agent/payments/states.ts';
import type { Happening } from '../../agent/payments/step.ts';
import { answerTo, idOf, orderOf, sealedCard, sealedRef, visa } from '../fixtures/payments.ts';
import { unflushed } from './unflushed.ts';

const salesACommit = 1_000;
/** Every so manieth sale is a stored one. */
const storedEvery = 400;

/** Writes a ledger with at least so many entries in its up log; gives how many. */
export const writeLongLedger = (path: string, subject: Subject, entries: number): number => {
  const ledger = openLedger(() => unflushed(path), subject, nodeWorld('.'));
  for (let sale = 1; ledger.upLog.head().seq < entries;) {
    ledger.commit(() => {
      for (let i = 0; i < salesACommit; i += 1, sale += 1) {
        if (sale % storedEvery === 0) store(ledger, sale);
        else approve(ledger, sale);
      }
    });
  }
  const written = ledger.upLog.head().seq;
  ledger.checkpoint();
  ledger.close();
  return written;
};

/** Enters a sale that the host approved; inside a commit. */
export const approve = (ledger: Ledger, sale: number): void => {
  const attemptId = idOf('att', sale);
  enter(ledger, sale, [
    { is: 'card read', card: visa, route: { to: 'host', attemptId } },
    { is: 'answered', answer: answerTo(idOf('txn', sale), attemptId) },
  ]);
};

const store = (ledger: Ledger, sale: number): void => {
  const route = stored(idOf('att', sale), sealedRef(sealedCard(sale)));
  enter(ledger, sale, [{ is: 'card read', card: visa, route }]);
};

const enter = (ledger: Ledger, sale: number, happenings: readonly Happening[]): void => {
  const order = orderOf(sale);
  const { application, keyHash } = order;
  const sealed = sealedCard(sale);
  ledger.enter(order, { is: 'awaiting_card' }, { application, keyHash, requestHash: keyHash });
  let payment: Payment = { is: 'awaiting_card' };
  for (const heard of happenings) {
    const step = next(order, payment, heard);
    if (step === undefined) throw new Error(`${heard.is} means nothing while ${payment.is}.`);
    ledger.take(order, payment, step, sealed);
    payment = step.then;
  }
};

const stored = (attemptId: string, sealed: ReturnType<typeof sealedRef>) =>
  ({ to: 'store', attemptId, sealed }) as const;
