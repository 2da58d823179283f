/**
 * A new epoch of the up log, after the ledger was restored or cloned: the portal asked for it, and told again
 * is all that is not final, and all of which the portal may lack a fact. The portal knows transactions and
 * attempts by their ids across epochs.
 */
import type { Fact } from '../../contract/index.ts';
import type { Ledger } from './ledger.ts';

/**
 * Opens the epoch and restates what the portal has to know, in one commit. Without effect unless it is a
 * higher one.
 */
export const openEpoch = (ledger: Ledger, epoch: number): boolean => {
  const last = ledger.upLog.head();
  if (epoch <= last.epoch) return false;
  const reason = ledger.meta.get('rolledBack') ?? 'asked for by the portal';
  ledger.commit(() => {
    const open = ledger.transactions.open().map(({ order }) => order.transactionId);
    const untold = ledger.upLog.transactionsAfter(ledger.meta.get('acknowledged') ?? 0);
    const restated = [...new Set([...untold.filter((id) => !open.includes(id)), ...open])].flatMap(
      (transactionId) => restatement(ledger, transactionId),
    );
    const besides = besidesToTell(ledger);
    ledger.upLog.openEpoch(epoch);
    ledger.append({
      type: 'epoch.opened',
      body: { previousEpoch: last.epoch, lastSeq: last.seq, lastHash: last.hash, reason },
    });
    for (const fact of [...restated, ...besides]) ledger.append(fact);
    ledger.meta.clear('rolledBack');
  });
  return true;
};

const restatable: ReadonlySet<string> = new Set([
  'transaction.created',
  'attempt.sent',
  'transaction.stored',
  'transaction.advised',
  'transaction.partially_approved',
  'transaction.held',
  'transaction.released',
  'reversal',
  'transaction.finished',
]);

/**
 * Closed batches the portal has not settled, and what else it may lack that is about no single transaction:
 * word for word, behind the transactions they speak of.
 */
const besidesToTell = (ledger: Ledger): Fact[] => {
  const { epoch } = ledger.upLog.head();
  const acknowledged = ledger.meta.get('acknowledged') ?? 0;
  const told = new Map<string, Fact>();
  for (const { fact, ...place } of ledger.upLog.beside()) {
    const batch = 'batch' in fact.body ? fact.body.batch : undefined;
    const isUntold = place.epoch === epoch && place.seq > acknowledged;
    const isOpen = batch !== undefined && ledger.batches.find(batch)?.state.is === 'closed';
    if (isUntold || isOpen) told.set(JSON.stringify([fact.type, fact.body]), fact);
  }
  return [...told.values()];
};

const parking: ReadonlySet<string> = new Set(['transaction.held', 'transaction.released']);

// Facts are told again word for word; a transaction restated twice is restated from its first epoch only.
// It may have been parked and released again and again: only where that ended is told.
const restatement = (ledger: Ledger, transactionId: string): Fact[] => {
  const told = new Set<string>();
  const history = ledger.upLog.historyOf(transactionId);
  const isHeld = ledger.transactions.find(transactionId)?.payment.is === 'held';
  const ended = history.findLastIndex(({ type }) => parking.has(type));
  return history
    .filter(({ type, body }, place) => {
      if (parking.has(type)) return place === ended && (type === 'transaction.held') === isHeld;
      const once = JSON.stringify([type, body]);
      if (!restatable.has(type) || told.has(once)) return false;
      told.add(once);
      return true;
    })
    .map(({ type, body }) => ({ type, body }) as Fact);
};
