/**
 * From starting the program to its taking a sale, reader and all: with an empty ledger, and with one of a
 * hundred thousand entries.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { portalKeysFile } from '../../simulator/portal/keys.ts';
import { BenchAgent } from './agent.ts';
import { benchKeys, till } from './keys.ts';
import { writeLongLedger } from './long-ledger.ts';
import { inTurn, median, ratioOf, rounded } from './rounds.ts';

const rounds = 7;
const entries = 100_000;

export interface StartMeasured {
  readonly ratios: { readonly startFullVsEmpty: number };
  readonly startEmptyMs: number;
  readonly startFullMs: number;
  readonly fullEntries: number;
}

export const measureStart = async (directory: string): Promise<StartMeasured> => {
  const subject = till(4);
  const identity = { subject, portalKeys: portalKeysFile(benchKeys) };
  const agentIn = (name: string) =>
    BenchAgent.set({ directory: join(directory, name), identity, readers: 1 });
  const data = join(directory, 'full', 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const ledger = join(data, 'ledger.sqlite');
  const fullEntries = writeLongLedger(ledger, subject, entries);
  chmodSync(ledger, 0o600);
  const empty = await agentIn('empty');
  const full = await agentIn('full');
  const taken = await inTurn(rounds, { empty: () => started(empty), full: () => started(full) });
  await empty.unplug();
  await full.unplug();
  return {
    ratios: { startFullVsEmpty: rounded(ratioOf(taken.full, taken.empty), 2) },
    startEmptyMs: Math.round(median(taken.empty)),
    startFullMs: Math.round(median(taken.full)),
    fullEntries,
  };
};

const started = async (agent: BenchAgent): Promise<number> => {
  const ms = await agent.start();
  await agent.stop();
  return ms;
};
