/** What has to hold at the end of a day, whatever happened in it. */
import { outcomeOf } from '../../agent/payments/payment.ts';
import { verifyLedger } from '../../agent/ledger/verify.ts';
import type { Town } from './town.ts';

/** What a POS was answered, by transaction: it may build on it, so it has to stay true (I7). */
export type Answers = Map<string, { outcome: string; final: boolean }>;

/** Everything that does not hold, a sentence each. */
export const findingsOf = (town: Town, answers: Answers): string[] => [
  ...ofLedger(town),
  ...ofMoney(town),
  ...ofAnswers(town, answers),
];

const ofLedger = (town: Town): string[] => {
  const report = verifyLedger(town.database);
  const open = town.agent.shop.ledger.transactions.open();
  return [
    ...report.findings.map(({ invariant, says }) => `${invariant}: ${says}`),
    ...open.map(
      ({ order, payment }) => `I3: ${order.transactionId} is still ${payment.is} in the evening`,
    ),
  ];
};

const ofMoney = (town: Town): string[] => {
  const agent = verifyLedger(town.database).netByCurrency;
  const { netByCurrency: host, doubleCharges } = town.host();
  const currencies = [...new Set([...Object.keys(agent), ...Object.keys(host)])];
  return [
    ...currencies
      .filter((currency) => (agent[currency] ?? 0) !== (host[currency] ?? 0))
      .map(
        (currency) => `I2: ${currency} agent ${agent[currency] ?? 0}, host ${host[currency] ?? 0}`,
      ),
    ...doubleCharges.map((charge) => `a double charge: ${JSON.stringify(charge)}`),
  ];
};

// A final answer stays; an approval offline ends approved or declined by the host, an unknown ends reversed.
const follows: Readonly<Record<string, readonly string[]>> = {
  approved_offline: ['approved', 'forward_declined'],
  unknown: ['reversed'],
};

const ofAnswers = (town: Town, answers: Answers): string[] =>
  [...answers].flatMap(([transactionId, { outcome, final }]) => {
    const found = town.agent.shop.ledger.transactions.find(transactionId);
    const now = found === undefined ? 'gone' : (outcomeOf(found.payment) ?? 'open');
    const may = final ? [outcome] : [outcome, ...(follows[outcome] ?? [])];
    return may.includes(now) ? [] : [`I7: ${transactionId} was answered ${outcome} and is ${now}`];
  });
