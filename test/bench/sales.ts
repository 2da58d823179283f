/**
 * Durable offline sales beside the least they could cost: bare SQLite with as many commits and as many bytes,
 * bare SQLite with as many commits of the sale's own bytes and nothing to find them by, and a job queue with
 * one job a sale.
 */
import { join } from 'node:path';
import { AlikeTable } from './alike.ts';
import { bareTable } from './bare.ts';
import { jobQueue } from './plainjob.ts';
import { inTurn, median, ratioOf, rounded, timed } from './rounds.ts';
import { openShop, type BenchShop } from './shop.ts';
import { bytesWritten } from './written.ts';

const rounds = 9;
const salesARound = 250;

export interface SalesMeasured {
  readonly ratios: {
    readonly saleVsSqlite: number;
    readonly saleVsSqlitePayload: number;
    readonly saleVsPlainjob: number;
  };
  readonly offlineSalesPerSecond: number;
  readonly bareSqlitePerSecond: number;
  readonly barePayloadPerSecond: number;
  readonly plainjobPerSecond: number;
  readonly saleCommits: number;
  /** KiB handed to write(2) for one sale, and for its bare counterpart. */
  readonly saleKiBWritten: number;
  readonly bareKiBWritten: number;
}

export const measureSales = async (directory: string): Promise<SalesMeasured> => {
  const shop = openShop({ path: join(directory, 'sales.sqlite') });
  const alike = new AlikeTable(join(directory, 'alike.sqlite'));
  const lean = bareTable(join(directory, 'lean.sqlite'));
  const jobs = jobQueue(join(directory, 'jobs.sqlite'));
  shop.sellOffline(salesARound);
  const { text, commits } = oneSale(shop);
  const taken = await inTurn(rounds, {
    sale: async () => {
      const before = bytesWritten();
      const ms = await timed(() => shop.sellOffline(salesARound));
      alike.heed((bytesWritten() - before) / (commits * salesARound));
      return ms;
    },
    bare: () => timed(() => alike.write(commits * salesARound)),
    payload: () => timed(() => lean.write(commits * salesARound, text.length / commits)),
    plainjob: () => timed(() => jobs.add(salesARound, text)),
  });
  const { wanted, wrote } = alike.bytes();
  await shop.close();
  for (const each of [alike, lean, jobs]) each.close();
  return {
    ratios: {
      saleVsSqlite: rounded(ratioOf(taken.bare, taken.sale), 2),
      saleVsSqlitePayload: rounded(ratioOf(taken.payload, taken.sale), 2),
      saleVsPlainjob: rounded(ratioOf(taken.plainjob, taken.sale), 2),
    },
    offlineSalesPerSecond: rateOf(taken.sale),
    bareSqlitePerSecond: rateOf(taken.bare),
    barePayloadPerSecond: rateOf(taken.payload),
    plainjobPerSecond: rateOf(taken.plainjob),
    saleCommits: commits,
    saleKiBWritten: Math.round((wanted * commits) / 1024),
    bareKiBWritten: Math.round((wrote * commits) / 1024),
  };
};

const rateOf = (ms: readonly number[]): number => Math.round((1000 * salesARound) / median(ms));

/** What one sale says to the portal, and how many commits it takes. */
const oneSale = (shop: BenchShop): { text: string; commits: number } => {
  const before = { commits: shop.commits, seq: shop.ledger.upLog.head().seq };
  shop.sellOffline(1);
  const run = shop.ledger.upLog.run(before.seq + 1);
  return { text: JSON.stringify(run?.entries), commits: shop.commits - before.commits };
};
