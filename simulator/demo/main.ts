/**
 * The demo: a whole shop on this machine. Without arguments it stays open until Ctrl-C; `--script day`
 * plays a day by itself and ends with its tally (exit 1 when agent and portal differ); `--json` prints the
 * tally only.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureTools } from '../tools.ts';
import { playDay } from './day.ts';
import { narratorTo, type Narrator } from './narrator.ts';
import { takeOrders, welcome, willingCustomer } from './open-house.ts';
import { setStage, type Stage } from './stage.ts';
import { tallyOf, type Tally } from './tally.ts';
import { Till } from './till.ts';

const help = `holdfast demo: broker, portal, card reader and agent on this machine.

  --script day    play a shop's day and end; exit 1 when agent and portal do not agree
  --json          with --script: print one JSON document and nothing else
  --port N        port of the local API (7420; with --script a free one)
  --admin-port N  port of the portal's admin API (7430; with --script a free one)
  --keep          do not remove the data afterwards
`;

const flags = {
  script: { type: 'string' },
  json: { type: 'boolean', default: false },
  port: { type: 'string' },
  'admin-port': { type: 'string' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

interface Wish {
  readonly scripted: boolean;
  readonly json: boolean;
  readonly apiPort: number;
  readonly adminPort: number;
  readonly directory: string;
}

const wrongUse = 2;

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: flags });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  if (values.script !== undefined && values.script !== 'day') {
    process.stderr.write(`There is no script "${values.script}"; there is: day.\n`);
    return wrongUse;
  }
  ensureTools(['socat'], (line) => process.stderr.write(`${line}\n`));
  const scripted = values.script === 'day';
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
  const wish: Wish = {
    scripted,
    json: values.json,
    apiPort: Number(values.port ?? (scripted ? 0 : 7420)),
    adminPort: Number(values['admin-port'] ?? (scripted ? 0 : 7430)),
    directory,
  };
  try {
    return scripted ? await script(wish) : await openHouse(wish);
  } finally {
    if (!values.keep) rmSync(directory, { recursive: true, force: true });
  }
};

const narratorFor = ({ json }: Wish): Narrator =>
  narratorTo(json ? () => undefined : (line) => process.stdout.write(`${line}\n`), Date.now);

const script = async (wish: Wish): Promise<number> => {
  const narrator = narratorFor(wish);
  const heard: { by?: Till } = {};
  const stage = await setStage({
    ...wish,
    hearAgent: (event) => {
      narrator.agent(event);
      heard.by?.hear(event);
    },
    hearPortal: narrator.portal,
  });
  const till = new Till(stage);
  heard.by = till;
  const tally = await dayOf(stage, till, narrator);
  process.stdout.write(wish.json ? `${JSON.stringify(tally, null, 2)}\n` : toldTally(tally));
  return tally.differences.length === 0 ? 0 : 1;
};

const dayOf = async (stage: Stage, till: Till, narrator: Narrator): Promise<Tally> => {
  try {
    const book = await playDay(stage, till, narrator.scene);
    const final = await Promise.all(till.started.map((transactionId) => till.look(transactionId)));
    await stage.agent.stop();
    return tallyOf(stage, book, final);
  } finally {
    await stage.close();
  }
};

const toldTally = (tally: Tally): string => {
  const { differences, portal, agent, ledger, reader, ...counts } = tally;
  const lines = Object.entries(counts).map(
    ([name, count]) => `  ${name.padEnd(20)} ${String(count)}`,
  );
  return [
    '',
    'The day:',
    ...lines,
    `  portal’s host        ${JSON.stringify(portal.netByCurrency)} in ${portal.transactions} transactions`,
    `  agent’s ledger       ${JSON.stringify(agent.netByCurrency)}, ${ledger.entries} entries`,
    `  reader               ${reader.protocol} on ${reader.path}`,
    differences.length === 0 ? 'Agent and portal agree.' : `They differ: ${differences.join('; ')}`,
    '',
  ].join('\n');
};

const openHouse = async (wish: Wish): Promise<number> => {
  const narrator = narratorFor(wish);
  const set: { stage?: Stage } = {};
  const swipe = willingCustomer(() => set.stage);
  const stage = await setStage({
    ...wish,
    hearAgent: (event) => {
      narrator.agent(event);
      swipe(event);
    },
    hearPortal: narrator.portal,
  });
  set.stage = stage;
  process.stdout.write(welcome(stage));
  const stopOrders = takeOrders(stage, narrator);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  stopOrders();
  process.stdout.write('\nClosing the shop.\n');
  await stage.close();
  return 0;
};

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
