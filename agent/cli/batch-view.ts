/** Batches for people: a line of a list, and the whole of one, with what its outcome means and asks for. */
import { formatAmount } from '../../contract/index.ts';
import type { BatchAnswer } from '../local-api/batches.ts';
import { counted, pairs, signedAmount, table } from './print.ts';

const nameOf = ({ batchName, batchNumber }: BatchAnswer): string => `${batchName} ${batchNumber}`;

const amountsOf = (amounts: BatchAnswer['net']): string =>
  amounts.length === 0 ? 'nothing' : amounts.map(signedAmount).join(', ');

/** Where it stands: its outcome, or its state while there is none. */
const standingOf = ({ outcome, state }: BatchAnswer): string =>
  (outcome ?? state).replaceAll('_', ' ');

export const batchTable = (batches: readonly BatchAnswer[]): string =>
  batches.length === 0
    ? 'No batches.'
    : table(
        ['batch', 'stands', 'transactions', 'net', 'opened', 'closed'],
        batches.map((each) => [
          each.batchId,
          standingOf(each),
          String(each.count),
          amountsOf(each.net),
          each.openedAt,
          each.closedAt ?? '',
        ]),
      );

/** What its outcome means and what to do about it, its totals, and where the portal differs. */
export const batchText = (batch: BatchAnswer): string =>
  [adviceOn(batch), detailsOf(batch), totalsOf(batch), ...differencesOf(batch)].join('\n');

const adviceOn = (batch: BatchAnswer): string => {
  const name = nameOf(batch);
  switch (batch.outcome) {
    case 'agreed':
      return `Agreed. The portal has the same transactions and amounts as ${name}; nothing to do.`;
    case 'not_agreed':
      return (
        `Not agreed. The portal’s books differ from ${name} as listed below. ` +
        'Its totals stay as they are; ask whoever keeps the portal to look, and do not charge anyone again.'
      );
    case 'unconfirmed':
      return (
        `Could not confirm yet. ${name} is closed for good; the portal has still to compare it, ` +
        'which it does by itself once it is reached and every pending transaction is decided. ' +
        `Look again later: \`holdfast batch show ${batch.batchId}\`.`
      );
    case null:
      return batch.state === 'open'
        ? `Open. \`holdfast batch close\` closes ${name}.`
        : `Closing. New transactions are not in ${name} any more; it waits for ${waitsText(batch)}.`;
  }
};

const waitsText = ({ waitsFor }: BatchAnswer): string => {
  const { underWay = 0, reversals = 0, undecided = 0 } = waitsFor ?? {};
  const told = [
    ...(underWay === 0 ? [] : [`${counted(underWay, 'transaction')} under way`]),
    ...(reversals === 0 ? [] : [`${counted(reversals, 'reversal')}`]),
    ...(undecided === 0 ? [] : [`${counted(undecided, 'decision')} of the portal`]),
  ];
  return told.length === 0 ? 'its turn' : told.join(', ');
};

const detailsOf = (batch: BatchAnswer): string =>
  pairs([
    ['batch', batch.batchId],
    ['opened', batch.openedAt],
    ...(batch.closedAt === undefined ? [] : [['closed', batch.closedAt] as const]),
    ...(batch.trigger === undefined ? [] : [['closed by', askedBy(batch)] as const]),
    ['transactions', String(batch.count)],
    ['net', amountsOf(batch.net)],
    ...(batch.settled === undefined ? [] : [['settled', amountsOf(batch.settled)] as const]),
    ...(batch.carriedTo === undefined
      ? []
      : [['carried to', `${batch.carriedTo.name}-${batch.carriedTo.number}`] as const]),
  ]);

const askedBy = ({ trigger, by }: BatchAnswer): string =>
  by === undefined ? `${trigger}` : `${trigger} (${[by.userId, by.role ?? ''].join(' ').trim()})`;

const totalsOf = ({ totals }: BatchAnswer): string => {
  if (totals.length === 0) return 'No transaction is in its totals.';
  const sum = (currency: string, { count, value }: { count: number; value: number }) =>
    count === 0 ? '' : `${count}: ${formatAmount({ value, currency })}`;
  return table(
    ['type', 'approved', 'pending', 'carried'],
    totals.map(({ type, currency, approved, pending, carried }) => [
      type,
      ...[approved, pending, carried].map((each) => sum(currency, each)),
    ]),
  );
};

const differencesOf = (batch: BatchAnswer): string[] => {
  const { differences = [], differenceCount = 0, declinedAfterClose = [] } = batch;
  const unlisted = differenceCount - differences.length;
  const differing = differences.map(({ transactionId, is, device, portal }) => [
    transactionId,
    is.replaceAll('_', ' '),
    device === undefined ? '' : formatAmount(device),
    portal === undefined ? '' : formatAmount(portal),
  ]);
  const declined = declinedAfterClose.map(({ transactionId, amount }) => [
    transactionId,
    formatAmount(amount),
  ]);
  return [
    ...(differing.length === 0
      ? []
      : [table(['transaction', 'difference', 'here', 'at the portal'], differing)]),
    ...(unlisted > 0 ? [`… and ${unlisted} more.`] : []),
    ...(declined.length === 0 ? [] : [table(['declined after the close', 'amount'], declined)]),
  ];
};
