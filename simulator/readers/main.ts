/**
 * One simulated reader, for whoever has no hardware: `npm run reader -- PROTOCOL`. It hangs on a pseudo
 * terminal that the agent opens like a serial port, or is a HID device of this machine; keys swipe, insert
 * and tap.
 */
import { parseArgs } from 'node:util';
import type { Timers } from '../../drivers/index.ts';
import { ensureTools } from '../tools.ts';
import { testCards, type TestCardName } from './cards.ts';
import { chipCard } from './chip-card.ts';
import { habits } from './habits.ts';
import { deedOf, keysHelp, type KeyDeed } from './keys.ts';
import { plugReader } from './plug.ts';
import { chipReaders, hidShelf, shelf, type CardSlots, type Shelved } from './shelf.ts';
import { switchedHabit, type SwitchedHabit } from './switched.ts';
import { plugHidReader } from './uhid.ts';
import { help, wantedOf, type Wanted } from './wanted.ts';

const timers: Timers = {
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A reader that hangs here, on whatever line. */
interface Played {
  readonly reader: CardSlots;
  readonly where: string;
  unplug(): void | Promise<void>;
  replug(): void | Promise<void>;
  stop(): void | Promise<void>;
}

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    options: {
      ...{ link: { type: 'string' }, hid: { type: 'boolean' } },
      ...{ habit: { type: 'string' }, help: { type: 'boolean' } },
    },
    allowPositionals: true,
  });
  if (values.help === true) return say(help());
  const { link, hid = false, habit } = values;
  const wanted = wantedOf({ protocol: positionals[0], link, hid, habit });
  if (typeof wanted === 'string') {
    process.stderr.write(`${wanted} \`npm run reader -- --help\` lists what there is.\n`);
    process.exitCode = 2;
    return;
  }
  // The agent may speak to it before it is in anybody's hands.
  const plugged: { played?: Played } = {};
  const pull = () => void plugged.played?.unplug();
  const fault = wanted.habit && switchedHabit(habits[wanted.habit], timers, pull);
  const given: Shelved = { timers, behaviours: fault ? [fault.habit] : [] };
  const played = await plug(wanted, given);
  plugged.played = played;
  say(`A reader of ${wanted.protocol} is plugged in at ${played.where}.\n${keysHelp()}`);
  if (wanted.habit) say(`Its fault is on: it ${habits[wanted.habit].says}.`);
  takeKeys({ played, fault, hasChips: chipReaders.has(wanted.protocol) });
};

const plug = async ({ protocol, link }: Wanted, given: Shelved): Promise<Played> => {
  const [make, hid] = [shelf[protocol], hidShelf[protocol]];
  if (make !== undefined && link !== undefined) {
    ensureTools(['socat'], (line) => process.stderr.write(`${line}\n`));
    const plugged = await plugReader({ link, reader: (send) => make(given, send) });
    return { ...plugged, reader: plugged.reader, where: link };
  }
  if (hid === undefined) throw new Error(`There is no simulated reader of ${protocol}.`);
  const { vendorId, productId } = hid.identity;
  const ids = [vendorId, productId].map((id) => id.toString(16).padStart(4, '0')).join(':');
  const plugged = plugHidReader((to) => hid.make(given, to), hid.identity);
  return { ...plugged, where: `usb:${ids}; the agent has to run as a user who may open it` };
};

/** What somebody has in their hands: the reader, its fault, and whether its cards have chips. */
interface Hands {
  readonly played: Played;
  readonly fault: SwitchedHabit | undefined;
  readonly hasChips: boolean;
}

const takeKeys = (hands: Hands): void => {
  let card: TestCardName = 'visa';
  const { stdin } = process;
  const quit = async (): Promise<void> => {
    stdin.pause();
    await hands.played.stop();
  };
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.on('data', (text: string) => {
    for (const key of text) {
      const deed = deedOf(key);
      if (deed === undefined) continue;
      if (deed.is === 'choose') {
        ({ card } = deed);
        say(`card: ${card}, ${testCards[card].says}`);
      } else if (deed.is === 'quit') {
        void quit();
      } else {
        void carryOut(deed.is, hands, card).then(say);
      }
    }
  });
  stdin.on('end', () => void quit());
};

type Deed = Exclude<KeyDeed['is'], 'choose' | 'quit'>;

/** Does it, and says what was done. */
const carryOut = async (deed: Deed, hands: Hands, name: TestCardName): Promise<string> => {
  const { played, fault, hasChips } = hands;
  const { reader } = played;
  const card = testCards[name];
  switch (deed) {
    case 'help':
      return keysHelp();
    case 'unplug':
      await played.unplug();
      return 'The cable is pulled.';
    case 'plug':
      await played.replug();
      return 'The cable is plugged in.';
    case 'fault':
      return switchOver(fault);
    case 'swipe':
      reader.swipe(card);
      return `swiped ${name}`;
    case 'insert':
    case 'tap':
      if (reader[deed] === undefined) return `This reader takes no card that way: swipe (s).`;
      reader[deed]?.(hasChips ? chipCard(card) : card);
      return `${deed === 'tap' ? 'tapped' : 'inserted'} ${name}`;
    case 'remove':
      if (reader.remove === undefined) return 'This reader holds no card.';
      reader.remove();
      return 'removed';
  }
};

const switchOver = (fault: SwitchedHabit | undefined): string => {
  if (fault === undefined) return 'It has no fault: --habit names one.';
  fault.toggle();
  return fault.isOn() ? 'Its fault is on.' : 'Its fault is off.';
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
