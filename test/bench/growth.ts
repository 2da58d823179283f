/**
 * What grows with a ledger and must not: a sale, a status call and the first page of history, with a hundred
 * transactions and with a hundred thousand; the report of yesterday, with two days in the ledger and with a
 * hundred; and what the report of all days costs then.
 */
import { join } from 'node:path';
import type { Subject } from '../../contract/index.ts';
import { nobody } from '../../agent/access/asker.ts';
import { dateOf, dayMs } from '../../agent/calendar.ts';
import { routes } from '../../agent/local-api/routes.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { till } from './keys.ts';
import { saleEveryMs, writeOldLedger } from './old-ledger.ts';
import { inTurn, median, ratioOf, rounded, timed } from './rounds.ts';
import { openShop, type BenchShop } from './shop.ts';

const rounds = 9;
/** What takes microseconds needs more of them, each short: a busy machine does not stay equally busy. */
const roundsOfCalls = 49;
const [few, many] = [100, 100_000];
/** Yesterday is a whole day in here, and nearly all there is besides today. */
const twoDays = 2_000;
const salesARound = 60;
const callsARound = 20;

export interface GrowthMeasured {
  readonly ratios: {
    readonly saleManyVsFew: number;
    readonly statusManyVsFew: number;
    readonly historyManyVsFew: number;
    readonly dayReportManyVsFew: number;
  };
  readonly transactions: number;
  readonly saleManyMs: number;
  readonly statusManyMs: number;
  readonly historyManyMs: number;
  /** Of a whole day of a thousand sales in the old ledger, and of all its hundred days. */
  readonly dayReportMs: number;
  readonly allDaysReportMs: number;
}

export const measureGrowth = async (directory: string): Promise<GrowthMeasured> => {
  const shopWith = (sales: number, subject: Subject): BenchShop => {
    const path = join(directory, `growth-${sales}.sqlite`);
    writeOldLedger(path, subject, sales);
    return openShop({ path, subject });
  };
  const young = shopWith(few, till(5));
  const recent = shopWith(twoDays, till(9));
  const old = shopWith(many, till(6));
  const sales = (shop: BenchShop) => () => timed(() => shop.sellOffline(salesARound));
  const calls = (shop: BenchShop, name: string) => async () => {
    await asked(shop, name); // whoever comes first in a round would pay for the others
    return timed(async () => {
      for (let i = 0; i < callsARound; i += 1) await asked(shop, name);
    });
  };
  const dayReport = (shop: BenchShop) => async () => {
    await reported(shop, 1);
    return timed(() => reported(shop, 1));
  };
  const taken = await inTurn(rounds, {
    ...{ saleFew: sales(young), saleMany: sales(old) },
    allDaysReport: () => timed(() => reported(old, (many * saleEveryMs) / dayMs)),
  });
  const called = await inTurn(roundsOfCalls, {
    ...{ statusFew: calls(young, 'getStatus'), statusMany: calls(old, 'getStatus') },
    historyFew: calls(young, 'listTransactions'),
    historyMany: calls(old, 'listTransactions'),
    ...{ dayReportFew: dayReport(recent), dayReportMany: dayReport(old) },
  });
  for (const shop of [young, recent, old]) await shop.close();
  return {
    ratios: {
      saleManyVsFew: rounded(ratioOf(taken.saleMany, taken.saleFew), 2),
      statusManyVsFew: rounded(ratioOf(called.statusMany, called.statusFew), 2),
      historyManyVsFew: rounded(ratioOf(called.historyMany, called.historyFew), 2),
      dayReportManyVsFew: rounded(ratioOf(called.dayReportMany, called.dayReportFew), 2),
    },
    transactions: many,
    saleManyMs: rounded(median(taken.saleMany) / salesARound, 2),
    statusManyMs: rounded(median(called.statusMany) / callsARound, 2),
    historyManyMs: rounded(median(called.historyMany) / callsARound, 2),
    dayReportMs: rounded(median(called.dayReportMany), 1),
    allDaysReportMs: rounded(median(taken.allDaysReport), 1),
  };
};

const { clock } = nodeWorld('.');

/** Asks a route, without the wire; gives its answer as it would be sent. */
const asked = async (shop: BenchShop, name: string, query: object = {}): Promise<string> => {
  const route = routes.find((each) => each.name === name);
  const ask = { path: {}, body: {}, query, header: () => undefined, by: nobody, isSecure: false };
  const answer = await route?.answer(ask, shop.counter, clock);
  if (answer?.is !== 'answered') throw new Error(`${name} answered ${JSON.stringify(answer)}.`);
  return JSON.stringify(answer);
};

/** The report of the last so many whole days, today not among them. */
const reported = async (shop: BenchShop, days: number): Promise<void> => {
  const today = Math.floor(clock.wallMs() / dayMs);
  const [from, to] = [dateOf(today - Math.ceil(days)), dateOf(today - 1)];
  await asked(shop, 'getSummary', { from, to, by: 'brand' });
};
