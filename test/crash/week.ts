/**
 * A bad week in a shop, thrown with dice: it sells while the agent is killed again and again, the line
 * misbehaves, and broker and portal are restarted and restored. The same dice throw the same week; the
 * processes keep their own time.
 */
import type { Sold } from '../../simulator/demo/till.ts';
import type { SeededDice } from '../../simulator/world/dice.ts';
import { auditOf } from '../rigs/audit.ts';
import type { Shop } from '../rigs/shop.ts';
import { drawn } from './draw.ts';
import { Lives, type Fate } from './lives.ts';
import { Misfortune } from './misfortune.ts';
import { Pos, type Sale } from './pos.ts';
import { forwardThroughCut, moments, sellThroughCut, type Cut, type Moment } from './power-cut.ts';

export interface WeekPlan {
  readonly dice: SeededDice;
  readonly sales: number;
  /** How often the agent is killed in all. */
  readonly kills: number;
  /** Whether the line is cut before the first sale, and mended after the last. */
  readonly offline?: boolean;
}

/** What a week comes to. */
export interface Week {
  /** Everything that does not fit in the end, a sentence each. */
  readonly complaints: readonly string[];
  /** What the POS was answered, repetitions included. */
  readonly notes: readonly Sold[];
  /** How many lives of the agent ended of what. */
  readonly ends: ReadonlyMap<Fate, number>;
}

/** Hears each thing that is done, and how many sales and deaths lie behind. */
export type Chronicler = (line: string, sold: number, died: number) => void;

interface Scene {
  readonly shop: Shop;
  readonly dice: SeededDice;
  readonly lives: Lives;
  readonly pos: Pos;
  readonly misfortune: Misfortune;
  readonly offline: boolean;
  readonly tell: (line: string) => void;
}

/** A sale is mostly over in these milliseconds; a later death meets facts that are being forwarded. */
const saleMs = 700;
/** How long what is left in the end may take, ms. */
const eveningMs = 120_000;

/** Plays a week in a shop that is open, and audits it; the shop's agent is stopped then. */
export const playWeek = async (shop: Shop, plan: WeekPlan, write: Chronicler): Promise<Week> => {
  const { dice, sales, kills, offline = false } = plan;
  let sold = 0;
  const lives = new Lives(shop, { dice, kills });
  const pos = new Pos(shop, () => lives.begin());
  const misfortune = new Misfortune(shop, dice);
  const tell = (line: string) => write(line, sold, lives.died());
  const scene: Scene = { shop, dice, lives, pos, misfortune, offline, tell };
  if (offline) await shop.cutLine();
  while (sold < sales) {
    const outcome = await playSale(scene, sales - sold);
    // Without a line, only what was stored counts: so many sales wait for the portal in the end.
    if (!offline || outcome !== 'cancelled') sold += 1;
  }
  const notes = [...pos.notes];
  await playEvening(scene);
  const complaints = [...(offline ? notOffline(notes) : []), ...(await auditOf(shop, pos.notes))];
  return { complaints, notes: pos.notes, ends: lives.ends };
};

/** With the line cut a sale is stored, unless the agent died before it had its card. */
const notOffline = (notes: readonly Sold[]): string[] =>
  notes
    .filter(({ outcome }) => outcome !== 'approved_offline' && outcome !== 'cancelled')
    .map(({ transactionId, outcome }) => `${transactionId} was ${outcome} while the line was cut`);

const playSale = async (scene: Scene, salesLeft: number): Promise<Sold['outcome']> => {
  const { dice, lives, pos, tell } = scene;
  if (!scene.offline) await playWeather(scene);
  const sale = drawnSale(dice);
  // As many deaths as are left are spread evenly over as many sales as are left.
  const cut = dice.fraction() * salesLeft < lives.left() ? drawnCut(dice) : undefined;
  tell(`sells ${sale.value}${cut === undefined ? '' : `; the power fails ${said(cut)}`}`);
  const { outcome } = await (cut === undefined ? pos.sell(sale) : sellThroughCut(scene, sale, cut));
  tell(`is answered ${outcome}`);
  return outcome;
};

/** The line, the broker and the portal come and go. */
const playWeather = async ({ shop, dice, pos, misfortune, tell }: Scene): Promise<void> => {
  if (dice.below(3) === 0) {
    misfortune.relent();
    if (dice.below(2) === 0) await pos.insist(() => shop.mendLine());
  }
  if (dice.below(3) === 0) tell(await misfortune.befall());
};

// Approved, declined by the host, or to be asked again when it is forwarded.
const drawnSale = (dice: SeededDice): Sale => ({
  value: 100 * (1 + dice.below(90)) + drawn(dice, [0, 0, 0, 20, 5, 51, 91]),
  key: Buffer.from(dice.bytes(16)).toString('hex'),
  card: drawn(dice, ['visa', 'mastercard', 'amex']),
});

// Whether the host will decide is nothing one can wait for on a line like this.
const kinds = Object.keys(moments).filter((moment) => moment !== 'decided') as Moment[];

const drawnCut = (dice: SeededDice): Cut =>
  dice.below(2) === 0 ? drawn(dice, kinds) : dice.below(saleMs);

const said = (cut: Cut): string => (typeof cut === 'string' ? moments[cut] : `after ${cut} ms`);

/** The deaths that are left meet an agent that forwards; then everything comes to rest. */
const playEvening = async (scene: Scene): Promise<void> => {
  const { shop, dice, lives, pos, misfortune, tell } = scene;
  misfortune.relent();
  await pos.insist(() => shop.till.readerIs('ready'));
  while (lives.left() > 0) {
    const afterMs = dice.below(saleMs);
    tell(`forwards; the power fails after ${afterMs} ms`);
    await forwardThroughCut(scene, afterMs);
  }
  tell('comes to rest');
  await shop.mendLine();
  await shop.settled(eveningMs);
};
