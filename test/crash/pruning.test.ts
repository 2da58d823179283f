/** A process dies by SIGKILL in every commit that prunes, and nothing is gone that is not accounted for. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fatalPointVariable, type DurabilityPoint } from '../../agent/durability.ts';
import { openSqliteReadOnly } from '../../agent/ledger/sqlite.ts';
import { verifyLedger, type LedgerReport } from '../../agent/ledger/verify.ts';
import { startChild, type Ended } from '../../simulator/shop/child.ts';
import { AgedLedger } from '../rigs/aged-ledger.ts';
import { freshPath } from '../rigs/open-ledger.ts';

const pruner = fileURLToPath(new URL('../../dist/test/crash/pruner.js', import.meta.url));

const sales = 150;
/** Every so manieth was stored and decided later. */
const storedEvery = 10;

/** A file with so many old sales in it, and the time it is. */
const oldLedger = (): { path: string; wallMs: number } => {
  const path = freshPath();
  const aged = new AgedLedger(path);
  aged.db.pragma('synchronous = OFF');
  for (let number = 1; number <= sales; number += 1) {
    const isStored = number % storedEvery === 0;
    aged.sell(number, isStored ? 'stored' : 'approved');
    if (isStored) aged.decide(number);
  }
  aged.growOld();
  aged.ledger.close();
  return { path, wallMs: aged.world.clock.wallMs() };
};

const live = (
  { path, wallMs }: { path: string; wallMs: number },
  env: Readonly<Record<string, string>>,
): Promise<Ended> =>
  startChild({ command: process.execPath, args: [pruner, path, String(wallMs)], env }).ended;

const reportOn = (path: string): LedgerReport => {
  const db = openSqliteReadOnly(path);
  try {
    return verifyLedger(db);
  } finally {
    db.close();
  }
};

test.each<readonly [DurabilityPoint, number]>([
  ['before-prune', 1],
  ['before-prune', 3],
  ['after-prune', 1],
  ['after-prune', 2],
  ['before-commit', 2],
  ['after-commit', 1],
  ['after-commit', 2],
  ['before-checkpoint', 1],
  ['after-checkpoint', 1],
])('it dies at %s, time %i, and the next life finishes what it began', async (point, time) => {
  const old = oldLedger();
  const before = reportOn(old.path);
  const death = await live(old, { [fatalPointVariable]: `${point}:${time}` });
  expect(death).toEqual({ code: null, signal: 'SIGKILL' });
  const between = reportOn(old.path);
  expect(between.findings).toEqual([]);
  expect(between.entries + between.pruned.entries).toBe(before.entries);
  expect(between.netByCurrency).toEqual(before.netByCurrency);
  expect(await live(old, {})).toEqual({ code: 0, signal: null });
  expect(reportOn(old.path)).toMatchObject({
    ...{ sound: true, findings: [], transactions: 0, entries: 1 },
    pruned: { entries: before.entries - 1, transactions: sales },
    netByCurrency: before.netByCurrency,
    sealed: before.sealed,
  });
});
