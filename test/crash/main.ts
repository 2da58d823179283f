/**
 * `npm run crash -- [--sales N] [--kills N] [--seed S] [--offline] [--json]`: a long bad week with the real
 * agent on real files, over Mosquitto with TLS; with `--offline` every sale is made with the line cut. Exit 1
 * when anything does not fit in the end, with the story and the seed.
 */
import { parseArgs } from 'node:util';
import { transactionsMost } from '../../simulator/portal/portal.ts';
import { ensureTools } from '../../simulator/tools.ts';
import { seededDice } from '../../simulator/world/dice.ts';
import { seed as fresh } from '../fixtures/seed.ts';
import { factsAtPortal } from '../rigs/audit.ts';
import { openShop } from '../rigs/shop.ts';
import { playWeek, type Week } from './week.ts';

const usual = { sales: 500, kills: 100 } as const;
const storyLinesMax = 200;
const barCharacters = 30;

interface Orders {
  readonly sales: number;
  readonly kills: number;
  readonly seed: number;
  readonly offline: boolean;
  readonly json: boolean;
}

const ordersOf = (words: string[]): Orders => {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { sales: text, kills: text, seed: text, offline: flag, json: flag } as const;
  const { values } = parseArgs({ args: words, options });
  const { sales = usual.sales, kills = usual.kills, seed = fresh } = values;
  const { offline = false, json = false } = values;
  const orders = { sales: Number(sales), kills: Number(kills), seed: Number(seed), offline, json };
  const isWhole = [orders.sales, orders.kills, orders.seed].every(Number.isInteger);
  // The portal lists so many transactions, and the audit has to see all of them.
  if (isWhole && orders.sales > 0 && orders.sales <= transactionsMost && orders.kills >= 0) {
    return orders;
  }
  throw new Error(
    `Give whole numbers: --sales 1 to ${transactionsMost}, --kills 0 or more, --seed.`,
  );
};

/** A line that is drawn over itself, on a terminal; nothing elsewhere. */
const barOf = ({ sales, kills }: Orders, terminal: NodeJS.WriteStream) => ({
  show: (sold: number, died: number): void => {
    if (!terminal.isTTY) return;
    const full = Math.floor((barCharacters * sold) / sales);
    const bar = '█'.repeat(full).padEnd(barCharacters, '░');
    terminal.write(`\r${bar} ${sold}/${sales} sales, ${died}/${kills} kills `);
  },
  clear: (): void => {
    if (terminal.isTTY) terminal.write(`\r${' '.repeat(80)}\r`);
  },
});

const countedBy = (names: readonly (string | null)[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name ?? 'none'] = (counts[name ?? 'none'] ?? 0) + 1;
  return counts;
};

interface Result extends Orders, Pick<Week, 'complaints'> {
  readonly seconds: number;
  readonly facts: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly ends: Readonly<Record<string, number>>;
}

const play = async (orders: Orders, story: string[]): Promise<Result> => {
  const began = performance.now();
  const bar = barOf(orders, process.stderr);
  ensureTools(['mosquitto', 'socat'], (line) => process.stderr.write(`${line}\n`));
  const shop = await openShop({ settings: { batch: { closeAtCount: 25 } } });
  try {
    const dice = seededDice(orders.seed);
    const week = await playWeek(shop, { ...orders, dice }, (line, sold, died) => {
      story.push(line);
      bar.show(sold, died);
    });
    return {
      ...orders,
      seconds: Math.round((performance.now() - began) / 1_000),
      facts: factsAtPortal(shop).length,
      answers: countedBy(week.notes.map(({ outcome }) => outcome)),
      ends: Object.fromEntries([...week.ends].sort(([, a], [, b]) => b - a)),
      complaints: week.complaints,
    };
  } finally {
    bar.clear();
    await shop.close();
  }
};

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

const told = ({ sales, kills, seed, offline, ends, complaints, ...rest }: Result): string =>
  [
    `Seed ${seed}: ${sales} ${offline ? 'offline sales' : 'sales'}, ${kills} kills, ` +
      `${rest.facts} facts in ${rest.seconds} s.`,
    `Answers: ${listed(rest.answers)}.`,
    `Lives ended: ${listed(ends)}.`,
    ...(complaints.length > 0
      ? complaints.map((complaint) => `WRONG: ${complaint}`)
      : [
          'Every answered sale is at the portal once and in order, the chain and the ledger verify,',
          'and the host’s money is the ledger’s.',
        ]),
  ].join('\n');

const main = async (): Promise<number> => {
  try {
    return await run(ordersOf(process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
};

const run = async (orders: Orders): Promise<number> => {
  const { sales, kills, seed, offline } = orders;
  const again =
    `npm run crash -- --sales ${sales} --kills ${kills} --seed ${seed}` +
    (offline ? ' --offline' : '');
  const story: string[] = [];
  const tellStory = () =>
    process.stderr.write(`${story.slice(-storyLinesMax).join('\n')}\nOnce more: ${again}\n`);
  if (!orders.json) process.stdout.write(`${again}\n`);
  try {
    const result = await play(orders, story);
    process.stdout.write(`${orders.json ? JSON.stringify(result, null, 2) : told(result)}\n`);
    if (result.complaints.length === 0) return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  tellStory();
  return 1;
};

// Ends the broker and the agent too, which outlive nobody who ends in order.
process.once('SIGINT', () => process.exit(130));
process.exitCode = await main();
