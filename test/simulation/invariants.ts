/** What has to hold after every step of a day, and at its end, whatever happened in it. */
import type { Ledger } from '../../agent/ledger/ledger.ts';
import { verifyLedger } from '../../agent/ledger/verify.ts';
import {
  amountOf,
  chargedOf,
  isFinal,
  outcomeOf,
  type Payment,
} from '../../agent/payments/states.ts';
import { deliberateReasons } from '../../contract/index.ts';
import type { Order } from '../../agent/payments/order.ts';
import { ofSettings } from './pushes.ts';
import type { Town } from './town.ts';

/** Everything that does not hold now, a sentence each; nothing is asked of an agent that is down. */
export const findingsNow = (town: Town, isEvening = false): string[] => {
  const { agent, disk, answers } = town;
  if (agent === undefined) return [];
  const { ledger } = agent.shop;
  const all = ledger.transactions.list({ limit: 1_000 });
  return [
    ...verifyLedger(disk.database).findings.map(({ invariant, says }) => `${invariant}: ${says}`),
    ...all.flatMap(({ order, payment }) =>
      answers.tell(order.transactionId, order.type, outcomeOf(payment)),
    ),
    ...answers
      .all()
      .filter((id) => ledger.transactions.find(id) === undefined && !town.till.old.has(id))
      .map((id) => `I3: ${id} was answered and is gone`),
    ...ofReaders(ledger),
    ...ofTotals(ledger),
    ...ofChanges(town, ledger),
    ...ofFinalOnes(town, ledger, isEvening),
    ...ofSettings(town, isEvening),
    ...town.host
      .totals()
      .doubleCharges.map((charge) => `I2: a double charge: ${JSON.stringify(charge)}`),
  ];
};

/** I8: a reader serves one transaction at a time. */
const ofReaders = (ledger: Ledger): string[] => {
  const serving = new Set<string>();
  return ledger.transactions
    .open()
    .filter(({ payment }) => payment.is === 'awaiting_card')
    .flatMap(({ order: { readerId = '', transactionId } }) => {
      if (!serving.has(readerId)) {
        serving.add(readerId);
        return [];
      }
      return [`I8: ${transactionId} waits at ${readerId}, which serves another already`];
    });
};

/** I4: what counts is what the host has not answered; added up here once more, from the states alone. */
const ofTotals = ({ transactions, exposure }: Ledger): string[] => {
  const sums = new Map<string, number>();
  for (const { order, payment } of transactions.open()) {
    const { currency } = order.amount;
    sums.set(currency, (sums.get(currency) ?? 0) + atRiskOf(order, payment));
  }
  const rows = exposure.rows();
  const currencies = new Set([...sums.keys(), ...rows.map(({ currency }) => currency)]);
  return [...currencies].flatMap((currency) => {
    const kept = rows.find((row) => row.currency === currency)?.total ?? 0;
    const summed = sums.get(currency) ?? 0;
    return kept === summed ? [] : [`I4: ${currency} counts ${kept}, the records say ${summed}`];
  });
};

/** Undone although the host had approved: nobody waits for that money. */
const givenBack: ReadonlySet<string> = new Set(deliberateReasons);

/** What of it the host has not answered for: of a change to an original only what that takes more. */
const atRiskOf = ({ type, amount, increase = 0 }: Order, payment: Payment): number => {
  if (!isChangeOfTotal({ type })) return isAtRisk(payment) ? amount.value : 0;
  return payment.is === 'advised' || payment.is === 'held' ? increase : 0;
};

// What its card approved by itself is its issuer's risk.
const isIssuersRisk = (payment: Payment): boolean =>
  payment.is !== 'unknown' && 'card' in payment && payment.card.chip?.cryptogramType === 'TC';

const isAtRisk = (payment: Payment): boolean => !isIssuersRisk(payment) && isOpenAtHost(payment);

const isOpenAtHost = (payment: Payment): boolean =>
  payment.is === 'stored' ||
  (payment.is === 'unknown' && !givenBack.has(payment.reason ?? '')) ||
  payment.is === 'void_pending' ||
  (payment.is === 'held' && payment.held.was === 'stored');

/**
 * I4: what an original may come to through changes that wait is counted. What it stands for, and what each of
 * them takes more, is never less than the largest total that was asked for.
 */
const ofChanges = (town: Town, { transactions }: Ledger): string[] => {
  const waiting = transactions
    .open()
    .filter(({ order, payment }) => isChangeOfTotal(order) && payment.is !== 'created');
  const ids = new Set(waiting.map(({ order }) => order.originalTransactionId ?? ''));
  return [...ids].flatMap((id) => {
    const original = transactions.find(id);
    const followUps = transactions.followUpsOf(id).filter(({ order }) => isChangeOfTotal(order));
    // What was refused, or changed at the portal, moved the ground the others were measured on.
    const moved = followUps.some(({ payment }) => /declined$/.test(payment.is));
    if (original === undefined || moved || town.changed.has(id) || town.forgotten.has(id))
      return [];
    const open = followUps.filter(({ payment }) => !isFinal(payment)).map(({ order }) => order);
    const stands = amountOf(original.order, original.payment).value;
    const counted = open.reduce((sum, { increase = 0 }) => sum + increase, stands);
    const most = Math.max(...open.map(({ amount }) => amount.value));
    return most <= counted
      ? []
      : [`I4: ${id} may come to ${most}, of which only ${counted} is counted`];
  });
};

const isChangeOfTotal = ({ type }: Pick<Order, 'type'>): boolean =>
  type === 'capture' || type === 'adjustment';

/** What the host charged for each transaction, in minor units; what was given back is below 0. */
export const chargesOf = (town: Town): Map<string, number> => {
  const charges = new Map<string, number>();
  for (const { transactionId, netApprovedValue, attempts } of town.host.transactions(1_000)) {
    // What was given back at the portal is booked on its original here.
    const atPortal = attempts.find(({ way }) => way === 'portal');
    const booked = atPortal?.originalTransactionId ?? transactionId;
    charges.set(booked, (charges.get(booked) ?? 0) + netApprovedValue);
  }
  return charges;
};

/** I2: what is final is so at the host too, from the moment it is. */
const ofFinalOnes = (town: Town, ledger: Ledger, isEvening: boolean): string[] => {
  const charges = chargesOf(town);
  return ledger.transactions.list({ limit: 1_000 }).flatMap(({ order, payment }) => {
    const { transactionId } = order;
    if (!isFinal(payment) || town.orphaned.has(transactionId)) return [];
    // A restored ledger gives up a sale that waited for its card, and never hears what became of it.
    const isLost = payment.is === 'cancelled' && payment.reason === 'interrupted';
    if (isLost && town.forgotten.has(transactionId)) return [];
    // A void or an adjustment under way may have reached the host already.
    const followUps = ledger.transactions.followUpsOf(transactionId);
    if (followUps.some((each) => !isFinal(each.payment))) return [];
    // And what was changed at the portal is at the host before the device hears of it.
    if (town.changed.has(transactionId) && !isEvening) return [];
    const expected = chargedOf(order, payment);
    const charged = charges.get(transactionId) ?? 0;
    return charged === expected
      ? []
      : [`I2: ${transactionId} is ${payment.is} for ${expected}, the host charged ${charged}`];
  });
};

/** What has to hold once everything has healed and had its time. */
export const findingsAtEnd = (town: Town): string[] => {
  const { agent, portal } = town;
  if (agent === undefined) return ['The agent does not run in the evening.'];
  const { ledger } = agent.shop;
  const head = ledger.upLog.head();
  const [device] = portal.devices();
  const isTold = device?.upEpoch === head.epoch && device.upHash === head.hash;
  return [
    ...findingsNow(town, true),
    ...ofBatches(town, ledger),
    ...ledger.transactions
      .open()
      .map(({ order, payment }) => `I3: ${order.transactionId} is still ${payment.is}`),
    ...(isTold
      ? []
      : [`I5: the log ends at ${head.epoch}/${head.seq}, the portal has it ${whereIs(device)}`]),
    ...(agent.shop.faults().includes('log_pruned')
      ? ['I5: the portal has not gone on from where the log begins']
      : []),
    ...ofKeys(town),
    ...ofForgotten(town, ledger),
    ...ofRefunds(ledger),
  ];
};

const whereIs = (device: { upEpoch: number; upThrough: number } | undefined): string =>
  device === undefined ? 'nowhere' : `through ${device.upEpoch}/${device.upThrough}`;

/** I1, I2: a key is charged once, whatever a restored ledger made of it. */
const ofKeys = (town: Town): string[] => {
  const charges = chargesOf(town);
  return [...town.till.notes.values()].flatMap(({ key, request, transactionIds }) => {
    const ids = new Set(transactionIds);
    const charged = [...ids].reduce((sum, id) => sum + (charges.get(id) ?? 0), 0);
    // Partly approved it is less; with the most a tip may add in this town it is a fifth more.
    const most = Math.floor(((request.amount?.value ?? 0) * 12) / 10);
    const isRight = request.originalTransactionId === undefined ? Math.abs(charged) <= most : true;
    return isRight ? [] : [`I2: ${key} is worth ${most} at most, the host charged ${charged}`];
  });
};

/** An approval the portal had been told outlives the ledger; and nothing is charged that nobody asked for. */
const ofForgotten = (town: Town, ledger: Ledger): string[] => {
  const charges = chargesOf(town);
  // What was voided since, here or at the portal, is undone with somebody's will.
  const isWanted = (id: string) =>
    town.changed.has(id) ||
    town.orphaned.has(id) ||
    ledger.transactions.find(id)?.payment.is === 'voided';
  const undone = [...town.standing].filter((id) => charges.get(id) === 0 && !isWanted(id));
  const strange = [...charges].filter(
    ([id, value]) =>
      value > 0 &&
      !town.forgotten.has(id) &&
      !town.till.old.has(id) &&
      ledger.transactions.find(id) === undefined,
  );
  return [
    ...undone.map((id) => `I2: ${id} was told as approved, and was undone`),
    ...strange.map(([id, value]) => `I2: the host charged ${value} for ${id}, which nobody knows`),
  ];
};

/** What is given back of an original never sums past what it took. */
const ofRefunds = ({ transactions }: Ledger): string[] =>
  transactions.list({ limit: 1_000 }).flatMap(({ order, payment }) => {
    if (payment.is !== 'approved') return [];
    const back = transactions
      .followUpsOf(order.transactionId)
      .filter((each) => each.order.type === 'refund')
      .reduce((sum, each) => sum - chargedOf(each.order, each.payment), 0);
    const { value } = amountOf(order, payment);
    return back <= value
      ? []
      : [`I2: of ${order.transactionId} ${back} was given back, it took ${value}`];
  });

/** What was closed is settled, and agreed about unless somebody lost something. */
const ofBatches = (town: Town, { batches }: Ledger): string[] =>
  batches.list({ limit: 1_000 }).flatMap(({ batch, state }) => {
    const name = `batch ${batch.name}-${batch.number}`;
    if (state.is === 'closing') return [`${name} is still closing`];
    if (state.is === 'closed') return [`${name} is still unconfirmed`];
    if (state.is === 'open' || town.mayDisagree()) return [];
    const { outcome, differences } = state.settlement;
    return outcome === 'agreed' ? [] : [`${name} is not agreed: ${JSON.stringify(differences)}`];
  });
