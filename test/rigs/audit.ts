/**
 * The audit of a shop: what the POS was answered, what the agent's ledger says, what the portal took in and
 * what the issuer's host was asked to pay, laid side by side.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteReadOnly } from '../../agent/ledger/sqlite.ts';
import type { LedgerReport } from '../../agent/ledger/verify.ts';
import { channelOf, subjectName, type Frame, type Outcome } from '../../contract/index.ts';
import type { Sold } from '../../simulator/demo/till.ts';
import type { HostTotals, HostTransaction } from '../../simulator/portal/host.ts';
import { builtCommand } from '../../simulator/shop/agent-process.ts';
import { startChild } from '../../simulator/shop/child.ts';
import { shopSubject, type Shop } from './shop.ts';

/** Everything an auditor is shown. */
export interface Books {
  /** What the POS was answered in the moment of each sale, in that order. */
  readonly answers: readonly Pick<Sold, 'transactionId' | 'outcome'>[];
  /** What the agent says of those sales in the end. */
  readonly final: readonly Pick<Sold, 'transactionId' | 'outcome' | 'amount'>[];
  readonly ledger: Pick<LedgerReport, 'sound' | 'open' | 'findings' | 'netByCurrency'>;
  /** What the portal took in. */
  readonly facts: readonly FactRow[];
  /** What the agent's ledger has in its log. */
  readonly log: readonly ChainLink[];
  readonly host: readonly Pick<
    HostTransaction,
    'transactionId' | 'netApprovedValue' | 'attempts'
  >[];
  readonly totals: HostTotals;
  /** Files of the data directory that still hold sealed data which was sent. */
  readonly unerased: readonly string[];
}

/** Where a fact stands in its chain; equal hashes mean equal facts, and equal ones before. */
export interface ChainLink {
  readonly epoch: number;
  readonly seq: number;
  readonly hash: string;
}

/** A fact as the portal keeps it. */
export interface FactRow extends ChainLink {
  readonly type: string;
  readonly transactionId: string | null;
  readonly outcome: string | null;
}

/** Everything that does not fit, a sentence each; empty on a good day. It ends the agent. */
export const auditOf = async (shop: Shop, answers: readonly Sold[]): Promise<string[]> => {
  const final: Sold[] = [];
  for (const id of new Set(answers.map(({ transactionId }) => transactionId))) {
    final.push(await shop.till.look(id));
  }
  await shop.agent.stop();
  return complaintsOf({
    ...{ answers, final, ledger: await verified(shop) },
    ...{ facts: factsAtPortal(shop), log: logOf(shop) },
    ...{ host: shop.portal.transactions(), totals: shop.portal.host(), unerased: unerased(shop) },
  });
};

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

/** Everything in the books that does not fit. Pure. */
export const complaintsOf = (books: Books): string[] => [
  ...brokenPromises(books),
  ...wrongAtHost(books),
  ...wrongInLog(books.facts),
  ...wrongInChain(books),
  ...wrongInOrder(books),
  ...wrongAtPortal(books),
  ...wrongInLedger(books),
  ...books.unerased.map((path) => `sealed data of a decided sale is still in ${path}`),
];

const brokenPromises = ({ answers, final }: Books): string[] => {
  const became = new Map(final.map(({ transactionId, outcome }) => [transactionId, outcome]));
  return answers.flatMap(({ transactionId, outcome }) => {
    const allowed: readonly string[] = becomes[outcome as Outcome] ?? [];
    const found = became.get(transactionId) ?? 'gone';
    if (allowed.includes(found)) return [];
    return [`${transactionId} was answered as ${outcome}, and is ${found}`];
  });
};

const wrongAtHost = ({ host, final }: Books): string[] =>
  final.flatMap(({ transactionId, outcome, amount }) => {
    const known = host.find((each) => each.transactionId === transactionId);
    const net = known?.netApprovedValue ?? 0;
    const expected = outcome === 'approved' ? amount.value : 0;
    const approvals = known?.attempts.filter(({ state }) => state === 'approved').length ?? 0;
    if (net === expected && approvals === (expected > 0 ? 1 : 0)) return [];
    return [`${transactionId} is ${outcome}, and the host has ${approvals} approvals of ${net}`];
  });

const wrongInLog = (facts: readonly FactRow[]): string[] =>
  facts.flatMap(({ epoch, seq }, at) => {
    const before = facts[at - 1];
    const expected = before?.epoch === epoch ? before.seq + 1 : 1;
    return seq === expected ? [] : [`the portal has a gap before ${epoch}/${seq}`];
  });

const wrongInChain = ({ facts, log }: Books): string[] => {
  const named = ({ epoch, seq, hash }: ChainLink) => `${epoch}/${seq} ${hash}`;
  const taken = new Set(facts.map(named));
  const kept = new Set(log.map(named));
  return [
    ...[...kept].filter((link) => !taken.has(link)).map((link) => `the portal lacks ${link}`),
    ...[...taken].filter((link) => !kept.has(link)).map((link) => `the ledger lacks ${link}`),
  ];
};

const wrongInOrder = ({ facts, final }: Books): string[] => {
  const created = facts.filter(({ type }) => type === 'transaction.created');
  const order = created.map(({ transactionId }) => transactionId);
  const known = final.map(({ transactionId }) => transactionId);
  const lost = known.filter((id) => !order.includes(id));
  const repeated = order.filter((id, at) => order.indexOf(id) !== at);
  const asCaptured =
    order.filter((id) => id !== null && known.includes(id)).join() === known.join();
  return [
    ...lost.map((id) => `the portal never heard of ${id}`),
    ...repeated.map((id) => `the portal heard twice of ${id}`),
    ...(asCaptured ? [] : ['the portal has the sales in another order than the POS']),
  ];
};

const wrongAtPortal = ({ facts, final }: Books): string[] => {
  const told = new Map(
    facts
      .filter(({ type }) => type === 'transaction.finished')
      .map(({ transactionId, outcome }) => [transactionId, outcome]),
  );
  return final.flatMap(({ transactionId, outcome }) => {
    const heard = told.get(transactionId);
    if (heard === undefined || heard === outcome) return [];
    return [`${transactionId} is ${outcome}, and the portal was told ${heard}`];
  });
};

const wrongInLedger = ({ ledger, totals }: Books): string[] => {
  const [agentNet, hostNet] = [ledger.netByCurrency, totals.netByCurrency].map((net) =>
    JSON.stringify(Object.entries(net).filter(([, value]) => value !== 0)),
  );
  return [
    ...ledger.findings.map(({ says }) => `the ledger: ${says}`),
    ...(ledger.sound ? [] : ['the ledger does not verify']),
    ...(ledger.open === 0 ? [] : [`${ledger.open} transactions are not final`]),
    ...(agentNet === hostNet ? [] : [`the agent has ${agentNet}, the host ${hostNet}`]),
    ...totals.doubleCharges.map(({ transactionId }) => `${transactionId} was charged twice`),
  ];
};

/** What `holdfast ledger verify --json` says of a shop's ledger. */
export const verified = async (shop: Shop): Promise<LedgerReport> => {
  const args = [builtCommand, 'ledger', 'verify', '--json', '--data', shop.dataDirectory];
  const child = startChild({ command: process.execPath, args });
  await child.ended;
  return JSON.parse(child.output()) as LedgerReport;
};

/** What the issuer's host has of a transaction. */
export const hostRecord = (shop: Shop, transactionId: string): HostTransaction | undefined =>
  shop.portal.transactions().find((each) => each.transactionId === transactionId);

/** Every fact the portal took in, in order. */
export const factsAtPortal = (shop: Shop): FactRow[] => {
  const db = openSqliteReadOnly(join(shop.directory, 'portal.db'));
  try {
    return db
      .prepare<[string], FactRow>(
        `select epoch, seq, hash, type, body ->> '$.transactionId' as transactionId,
           body ->> '$.outcome' as outcome from entry where device = ? order by epoch, seq`,
      )
      .all(subjectName(shopSubject));
  } finally {
    db.close();
  }
};

/** The agent's own log; it does not run any more. */
const logOf = (shop: Shop): ChainLink[] => {
  const db = openSqliteReadOnly(join(shop.dataDirectory, 'ledger.sqlite'));
  try {
    return db.prepare<[], ChainLink>('select epoch, seq, hash from up_log').all();
  } finally {
    db.close();
  }
};

// Once all is decided, nothing that was ever sealed and sent may be left in the data directory.
const unerased = (shop: Shop): string[] => {
  const sealed = sealedSent(shop);
  return readdirSync(shop.dataDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      return sealed.some((each) => bytes.includes(each));
    });
};

/** The sealed attachments the agent has sent in its log. */
export const sealedSent = (shop: Shop): Buffer[] =>
  shop.overheard
    .filter(({ topic }) => {
      const place = channelOf(topic);
      return place?.is === 'device' && place.channel === 'log/up';
    })
    .flatMap(({ payload }) => (JSON.parse(Buffer.from(payload).toString()) as Frame).entries)
    .flatMap(({ sealed }) => (sealed === undefined ? [] : [Buffer.from(sealed, 'base64')]));
