/**
 * The demo: a whole shop on this machine. Without arguments it stays open until Ctrl-C; `--script day`
 * plays a day by itself and ends with its tally (exit 1 when agent and portal differ); `--json` prints the
 * tally only, or why there is none.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalOfPorts } from '../shop/wanted-ports.ts';
import { ensureTools } from '../tools.ts';
import { closingTime } from './closing-time.ts';
import { playDay } from './day.ts';
import { Mishap, mishapOf } from './mishap.ts';
import { narratorTo, type Narrator } from './narrator.ts';
import { takeOrders, welcome, willingCustomer } from './open-house.ts';
import { setStage, type Stage } from './stage.ts';
import { tallyOf, toldTally, type Tally } from './tally.ts';
import { Till } from './till.ts';
import { help, wishOf, type Wish } from './wish.ts';

interface Show extends Wish {
  readonly directory: string;
  /** Resolves with what ends the demo from outside. */
  readonly closing: Promise<string>;
}

const main = async (words: readonly string[], closing: Promise<string>): Promise<number> => {
  const wish = wishOf(words);
  if (wish.help) {
    process.stdout.write(help);
    return 0;
  }
  await prepare(wish);
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
  const show = { ...wish, directory, closing };
  try {
    return wish.scripted ? await script(show) : await openHouse(show);
  } finally {
    if (!wish.keep) rmSync(directory, { recursive: true, force: true });
  }
};

/** Whatever would be in the way is looked for before anything is begun. */
const prepare = async ({ apiPort, adminPort }: Wish): Promise<void> => {
  const refusal = await refusalOfPorts([
    { port: apiPort, what: 'the local API', option: '--port' },
    { port: adminPort, what: 'the portal’s admin API', option: '--admin-port' },
  ]);
  if (refusal !== undefined) throw new Mishap('port_taken', refusal);
  try {
    ensureTools(['socat'], (line) => process.stderr.write(`${line}\n`));
  } catch (error) {
    throw new Mishap('tools_missing', (error as Error).message);
  }
};

const narratorFor = ({ json }: Wish): Narrator =>
  narratorTo(json ? () => undefined : (line) => process.stdout.write(`${line}\n`), Date.now);

const script = async (show: Show): Promise<number> => {
  const narrator = narratorFor(show);
  const heard: { by?: Till } = {};
  const stage = await setStage({
    ...show,
    hearAgent: (event) => {
      narrator.agent(event);
      heard.by?.hear(event);
    },
    hearPortal: narrator.portal,
  });
  const till = new Till(stage);
  heard.by = till;
  const tally = await endedBy(show.closing, dayOf(stage, till, narrator), () => stage.close());
  process.stdout.write(show.json ? `${JSON.stringify(tally, null, 2)}\n` : toldTally(tally));
  if (tally.differences.length === 0) return 0;
  process.stderr.write(`Agent and portal differ: ${tally.differences.join('; ')}.\n`);
  return 1;
};

const dayOf = async (stage: Stage, till: Till, narrator: Narrator): Promise<Tally> => {
  const book = await playDay(stage, till, narrator.scene);
  const final = await Promise.all(till.started.map((transactionId) => till.look(transactionId)));
  await stage.agent.stop();
  return tallyOf(stage, book, final);
};

/** The day's tally, unless something cuts it short; the stage is struck in any case. */
const endedBy = async (
  closing: Promise<string>,
  day: Promise<Tally>,
  close: () => Promise<void>,
): Promise<Tally> => {
  const cutShort = closing.then((why): never => {
    throw new Mishap('interrupted', `The day was cut short by ${why}; there is no tally.`);
  });
  try {
    const tally = await Promise.race([day, cutShort]);
    await close();
    return tally;
  } catch (error) {
    // What went wrong first is told, not what followed from it.
    await close().catch(() => undefined);
    throw error;
  }
};

const openHouse = async (show: Show): Promise<number> => {
  const narrator = narratorFor(show);
  const set: { stage?: Stage } = {};
  const swipe = willingCustomer(() => set.stage);
  const stage = await setStage({
    ...show,
    hearAgent: (event) => {
      narrator.agent(event);
      swipe(event);
    },
    hearPortal: narrator.portal,
  });
  set.stage = stage;
  process.stdout.write(welcome(stage));
  const stopOrders = takeOrders(stage, narrator);
  await show.closing;
  stopOrders();
  process.stdout.write('\nClosing the shop.\n');
  await stage.close();
  return 0;
};

const tell = (error: unknown, json: boolean): number => {
  const { code, message, exit } = mishapOf(error);
  if (json) process.stdout.write(`${JSON.stringify({ error: { code, message } }, null, 2)}\n`);
  process.stderr.write(`${message}\n`);
  return exit;
};

const words = process.argv.slice(2);
const code = await main(words, closingTime()).catch((error: unknown) =>
  tell(error, words.includes('--json')),
);
// Not left to the event loop: a day that was cut short may still be waiting for something.
process.exit(code);
