/**
 * The audit of a shop: what the POS was answered, what the agent's ledger says, what the portal took in and
 * what the issuer's host was asked to pay, laid side by side. It ends the agent.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSqliteReadOnly } from '../../agent/ledger/sqlite.ts';
import type { LedgerReport } from '../../agent/ledger/verify.ts';
import { channelOf, subjectName, type Frame, type Outcome } from '../../contract/index.ts';
import type { Sold } from '../../simulator/demo/till.ts';
import type { HostTransaction } from '../../simulator/portal/host.ts';
import { startChild } from '../../simulator/shop/child.ts';
import { shopSubject, type Shop } from './shop.ts';

/** What an answer to the POS may still become, once the portal has decided everything. */
const becomes: Partial<Record<Outcome, readonly Outcome[]>> = {
  approved: ['approved'],
  declined: ['declined'],
  cancelled: ['cancelled'],
  reversed: ['reversed'],
  unknown: ['reversed'],
  approved_offline: ['approved', 'forward_declined'],
  forward_declined: ['forward_declined'],
};

/** Everything that does not fit; empty on a good day. `answers` in the order the POS heard them. */
export const auditOf = async (shop: Shop, answers: readonly Sold[]): Promise<string[]> => {
  const final = new Map<string, Sold>();
  for (const { transactionId } of answers) {
    final.set(transactionId, await shop.till.look(transactionId));
  }
  await shop.agent.stop();
  const report = await verified(shop);
  const facts = factsAtPortal(shop);
  return [
    ...answers.flatMap((answer) => brokenPromise(answer, final.get(answer.transactionId))),
    ...[...final.values()].flatMap((sold) => wrongAtHost(shop, sold)),
    ...wrongAtPortal(facts, [...final.values()]),
    ...(report.sound ? [] : report.findings.map(({ says }) => `the ledger: ${says}`)),
    ...(report.open === 0 ? [] : [`${report.open} transactions are not final`]),
    ...wrongTotals(shop, report),
    ...sealedRemains(shop),
  ];
};

/** What `holdfast ledger verify --json` says of a shop's ledger. */
export const verified = async (shop: Shop): Promise<LedgerReport> => {
  const program = fileURLToPath(new URL('../../dist/agent/cli/main.js', import.meta.url));
  const args = [program, 'ledger', 'verify', '--json', '--data', shop.dataDirectory];
  const child = startChild({ command: process.execPath, args });
  await child.ended;
  return JSON.parse(child.output()) as LedgerReport;
};

const brokenPromise = (answer: Sold, became: Sold | undefined): string[] => {
  const { transactionId, outcome } = answer;
  const allowed = becomes[outcome as Outcome] ?? [];
  const found = became?.outcome as Outcome | undefined;
  if (found !== undefined && allowed.includes(found)) return [];
  return [`${transactionId} was answered as ${outcome}, and is ${found ?? 'gone'}`];
};

const wrongAtHost = (shop: Shop, { transactionId, outcome, amount }: Sold): string[] => {
  const known = hostRecord(shop, transactionId);
  const net = known?.netApprovedValue ?? 0;
  const expected = outcome === 'approved' ? amount.value : 0;
  const approved = known?.attempts.filter(({ state }) => state === 'approved').length ?? 0;
  if (net === expected && approved === (expected > 0 ? 1 : 0)) return [];
  return [`${transactionId} is ${outcome}, and the host has ${approved} approvals of ${net}`];
};

/** What the issuer's host has of a transaction. */
export const hostRecord = (shop: Shop, transactionId: string): HostTransaction | undefined =>
  shop.portal.transactions().find((each) => each.transactionId === transactionId);

interface FactRow {
  readonly epoch: number;
  readonly seq: number;
  readonly type: string;
  readonly transactionId: string | null;
  readonly outcome: string | null;
}

/** Every fact the portal took in, in order. */
export const factsAtPortal = (shop: Shop): FactRow[] => {
  const db = openSqliteReadOnly(join(shop.directory, 'portal.db'));
  try {
    return db
      .prepare<[string], FactRow>(
        `select epoch, seq, type, body ->> '$.transactionId' as transactionId,
           body ->> '$.outcome' as outcome from entry where device = ? order by epoch, seq`,
      )
      .all(subjectName(shopSubject));
  } finally {
    db.close();
  }
};

const wrongAtPortal = (facts: readonly FactRow[], final: readonly Sold[]): string[] => {
  const gaps = facts.filter(
    ({ epoch, seq }, at) => seq !== 1 && facts[at - 1]?.seq !== seq - 1 && epoch > 0,
  );
  const created = facts.filter(({ type }) => type === 'transaction.created');
  const order = created.map(({ transactionId }) => transactionId);
  const known = final.map(({ transactionId }) => transactionId);
  const lost = known.filter((id) => !order.includes(id));
  const epochs = new Set(facts.map(({ epoch }) => epoch)).size;
  const repeated = epochs > 1 ? [] : order.filter((id, at) => order.indexOf(id) !== at);
  const told = new Map(
    facts
      .filter(({ type }) => type === 'transaction.finished')
      .map(({ transactionId, outcome }) => [transactionId, outcome]),
  );
  const captured = order.filter((id) => id !== null && known.includes(id));
  return [
    ...gaps.map(({ epoch, seq }) => `the portal has a gap before ${epoch}/${seq}`),
    ...lost.map((id) => `the portal never heard of ${id}`),
    ...repeated.map((id) => `the portal heard twice of ${id}`),
    ...(epochs > 1 || lost.length > 0 || captured.join() === known.join()
      ? []
      : ['the portal has the sales in another order than the POS']),
    ...final.flatMap(({ transactionId, outcome }) => {
      const heard = told.get(transactionId);
      return heard === undefined || heard === outcome
        ? []
        : [`${transactionId} is ${outcome}, and the portal was told ${heard}`];
    }),
  ];
};

const wrongTotals = (shop: Shop, report: LedgerReport): string[] => {
  const host = shop.portal.host();
  const [agentNet, hostNet] = [report.netByCurrency, host.netByCurrency].map((net) =>
    JSON.stringify(Object.entries(net).filter(([, value]) => value !== 0)),
  );
  return [
    ...(agentNet === hostNet ? [] : [`the agent has ${agentNet}, the host ${hostNet}`]),
    ...host.doubleCharges.map(({ transactionId }) => `${transactionId} was charged twice`),
  ];
};

// All that ever was sealed and sent is decided by now, so none of it may be left in the data directory.
const sealedRemains = (shop: Shop): string[] => {
  const files = readdirSync(shop.dataDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }));
  return sealedSent(shop).flatMap(([id, sealed]) =>
    files
      .filter(({ bytes }) => bytes.includes(sealed))
      .map(({ path }) => `the sealed data of ${id} is still in ${path}`),
  );
};

/** The sealed attachments the agent has sent in its log, by the id of their entry. */
export const sealedSent = (shop: Shop): (readonly [string, Buffer])[] =>
  shop.overheard
    .filter(({ topic }) => {
      const place = channelOf(topic);
      return place?.is === 'device' && place.channel === 'log/up';
    })
    .flatMap(({ payload }) => (JSON.parse(Buffer.from(payload).toString()) as Frame).entries)
    .flatMap(({ id, sealed }) =>
      sealed === undefined ? [] : [[id, Buffer.from(sealed, 'base64')] as const],
    );
