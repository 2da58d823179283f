/**
 * `npm run bench [-- --json]`: what a sale, a seal and a start cost here. Medians of several rounds on a
 * real disk; timings live here, never in tests.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rawPublicOf, privateKeyOf } from '../../agent/identity/raw-keys.ts';
import { sealerTo } from '../../agent/identity/hpke.ts';
import { openSqlite } from '../../agent/ledger/sqlite.ts';
import { benchShop } from './shop.ts';

const rounds = 5;
const salesPerRound = 200;
const sealsPerRound = 200;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const timed = (work: () => void): number => {
  const began = performance.now();
  work();
  return performance.now() - began;
};

const measure = (directory: string) => {
  const sales: number[] = [];
  const bare: number[] = [];
  const seals: number[] = [];
  const recipient = rawPublicOf(privateKeyOf('x25519', new Uint8Array(32).fill(1)));
  const seal = sealerTo(recipient);
  const plain = new Uint8Array(700).fill(65);
  for (let round = 0; round < rounds; round += 1) {
    const shop = benchShop(join(directory, `ledger-${round}.sqlite`));
    sales.push(timed(() => shop.sellOffline(salesPerRound)) / salesPerRound);
    const { commits, bytes } = shop.written();
    shop.close();
    const perCommit = Math.round(bytes / commits);
    bare.push(
      timed(() => bareCommits(join(directory, `bare-${round}.sqlite`), commits, perCommit)) /
        salesPerRound,
    );
    const context = { info: 'bench', aad: 'bench' };
    seals.push(
      timed(() => {
        for (let i = 0; i < sealsPerRound; i += 1) {
          seal(plain, context, new Uint8Array(32).fill(i + 1));
        }
      }) / sealsPerRound,
    );
  }
  return {
    offlineSalesPerSecond: Math.round(1000 / median(sales)),
    bareSqlitePerSecond: Math.round(1000 / median(bare)),
    ratios: { saleVsSqlite: Number((median(bare) / median(sales)).toFixed(2)) },
    sealMicroseconds: Math.round(1000 * median(seals)),
    residentMiB: Math.round(process.memoryUsage().rss / 1_048_576),
  };
};

/** The same number of commits and bytes, written by bare SQLite at the same durability. */
const bareCommits = (path: string, commits: number, bytesEach: number): void => {
  const db = openSqlite(path);
  db.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY, body BLOB)');
  const insert = db.prepare('INSERT INTO rows (body) VALUES (?)');
  const body = Buffer.alloc(bytesEach, 65);
  for (let i = 0; i < commits; i += 1) insert.run(body);
  db.close();
};

const main = (): void => {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  try {
    const result = measure(directory);
    if (values.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    else {
      const { ratios, ...rest } = result;
      for (const [name, value] of Object.entries({ ...rest, ...ratios })) {
        process.stdout.write(`${name.padEnd(24)} ${String(value)}\n`);
      }
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

main();
