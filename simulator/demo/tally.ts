/** The tally of a day: what the till was told, what the portal's host has, what the agent's ledger has. */
import { join } from 'node:path';
import { openSqliteReadOnly } from '../../agent/ledger/sqlite.ts';
import { verifyLedger } from '../../agent/ledger/verify.ts';
import { places } from '../../agent/places.ts';
import { batchDifferences, batchOfAgent, batchOfPortal, type BatchTally } from './batch-tally.ts';
import type { DayBook } from './day.ts';
import { demoReader, type Stage } from './stage.ts';
import type { Sold } from './till.ts';

export interface Tally {
  readonly sales: number;
  readonly approved: number;
  readonly approvedOffline: number;
  readonly declined: number;
  readonly cancelled: number;
  readonly unknownThenReversed: number;
  /** Of which the host approved a part, and the customer did not want that. */
  readonly partialThenReversed: number;
  readonly forwarded: number;
  readonly forwardDeclined: number;
  readonly refusedByGate: number;
  readonly portal: {
    readonly transactions: number;
    readonly netByCurrency: Readonly<Record<string, number>>;
  };
  readonly agent: { readonly netByCurrency: Readonly<Record<string, number>> };
  /** The batch of the day as the agent has it, and as the portal has it. */
  readonly batch: BatchTally & { readonly portal: BatchTally };
  readonly ledger: {
    readonly verified: boolean;
    readonly entries: number;
    readonly findings: readonly { readonly invariant: string; readonly says: string }[];
  };
  readonly reader: {
    readonly transport: 'serial';
    readonly path: string;
    readonly protocol: string;
  };
  readonly doubleCharges: number;
  /** What does not agree; empty on a good day. */
  readonly differences: readonly string[];
}

/**
 * Counts the day. `book` is what the till was answered at once, `final` what became of each sale. The
 * portal is asked for its host's record; the agent's net comes from its ledger file, read after the agent
 * has ended.
 */
export const tallyOf = (stage: Stage, book: DayBook, final: readonly Sold[]): Tally => {
  const db = openSqliteReadOnly(join(stage.dataDirectory, places.ledger));
  const report = verifyLedger(db);
  db.close();
  const host = stage.portal.host();
  const batch = batchOf(stage, book);
  return {
    ...countsOf(book.answers, final),
    portal: { transactions: host.transactions, netByCurrency: host.netByCurrency },
    agent: { netByCurrency: report.netByCurrency },
    batch,
    ledger: { verified: report.sound, entries: report.entries, findings: report.findings },
    reader: { transport: 'serial', path: stage.reader.link, protocol: demoReader.protocol },
    doubleCharges: host.doubleCharges.length,
    differences: differencesIn(report.netByCurrency, host.netByCurrency, [
      ...batchDifferences(batch, batch.portal),
      ...(report.sound ? [] : ['the ledger does not verify']),
      ...(report.open === 0 ? [] : [`${report.open} transactions are not final`]),
      ...(host.doubleCharges.length === 0 ? [] : ['a customer was charged twice']),
    ]),
  };
};

const batchOf = ({ portal }: Stage, { batch }: DayBook): Tally['batch'] => {
  const { batchName, batchNumber } = batch;
  const settled = portal
    .batches()
    .find(({ closed }) => closed?.batch.name === batchName && closed.batch.number === batchNumber);
  return { ...batchOfAgent(batch), portal: batchOfPortal(settled) };
};

const countsOf = (answers: readonly Sold[], final: readonly Sold[]) => {
  const became = new Map(final.map((sold) => [sold.transactionId, sold]));
  const answered = (outcome: string) => answers.filter((sold) => sold.outcome === outcome);
  const forwarded = answered('approved_offline').map(({ transactionId }) =>
    became.get(transactionId),
  );
  const is = (outcome: string) => (sold: Sold | undefined) => sold?.outcome === outcome;
  const becameOf = ({ transactionId }: Sold) => became.get(transactionId);
  return {
    sales: answers.length,
    approved: answered('approved').length,
    approvedOffline: answered('approved_offline').length,
    declined: answered('declined').filter(({ declinedBy }) => declinedBy === 'host').length,
    cancelled: answered('cancelled').length,
    unknownThenReversed: [...answered('unknown'), ...answered('reversed')]
      .map(becameOf)
      .filter(is('reversed')).length,
    partialThenReversed: answered('partially_approved').map(becameOf).filter(is('reversed')).length,
    forwarded: forwarded.filter((sold) => is('approved')(sold) || is('forward_declined')(sold))
      .length,
    forwardDeclined: forwarded.filter(is('forward_declined')).length,
    refusedByGate: answered('declined').filter(({ declinedBy }) => declinedBy === 'agent').length,
  };
};

const differencesIn = (
  agent: Readonly<Record<string, number>>,
  portal: Readonly<Record<string, number>>,
  others: readonly string[],
): string[] => {
  const currencies = [...new Set([...Object.keys(agent), ...Object.keys(portal)])];
  const unequal = currencies
    .filter((currency) => (agent[currency] ?? 0) !== (portal[currency] ?? 0))
    .map(
      (currency) => `${currency}: agent ${agent[currency] ?? 0}, portal ${portal[currency] ?? 0}`,
    );
  return [...unequal, ...others];
};

/** The tally for people. */
export const toldTally = (tally: Tally): string => {
  const { differences, portal, agent, batch, ledger, reader, ...counts } = tally;
  const lines = Object.entries(counts).map(
    ([name, count]) => `  ${name.padEnd(20)} ${String(count)}`,
  );
  return [
    '',
    'The day:',
    ...lines,
    `  portal’s host        ${JSON.stringify(portal.netByCurrency)} in ${portal.transactions} transactions`,
    `  agent’s ledger       ${JSON.stringify(agent.netByCurrency)}, ${ledger.entries} entries`,
    `  batch ${String(batch.number).padEnd(14)} ${batch.outcome}: ${JSON.stringify(batch.amounts)}`,
    `                       ${JSON.stringify(batch.counts)}`,
    `  reader               ${reader.protocol} on ${reader.path}`,
    differences.length === 0 ? 'Agent and portal agree.' : 'Agent and portal do not agree.',
    '',
  ].join('\n');
};
