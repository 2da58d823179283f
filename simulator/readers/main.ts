/**
 * One simulated reader at the end of a cable, for whoever has no hardware: `npm run reader -- PROTOCOL --link
 * PATH`. The agent opens the link like a serial port; keys swipe, insert and tap.
 */
import { parseArgs } from 'node:util';
import { isProtocol, type ProtocolName, type Timers } from '../../drivers/index.ts';
import { ensureTools } from '../tools.ts';
import { testCards, type TestCardName } from './cards.ts';
import { chipCard } from './chip-card.ts';
import { deedOf, keysHelp, type KeyDeed } from './keys.ts';
import { plugReader, type PluggedReader } from './plug.ts';
import { chipReaders, shelf } from './shelf.ts';
import type { SimulatedReader } from './simulated-reader.ts';

const help = `A simulated card reader at the end of a cable.

  npm run reader -- PROTOCOL --link PATH

  PROTOCOL      one of ${Object.keys(shelf).join(', ')}
  --link PATH   where the agent finds it, as its \`path\`; ./reader unless given

${keysHelp()}
`;

const timers: Timers = {
  after(ms, then) {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    options: { link: { type: 'string' }, help: { type: 'boolean' } },
    allowPositionals: true,
  });
  const [protocol = ''] = positionals;
  const make = isProtocol(protocol) ? shelf[protocol] : undefined;
  if (values.help === true || make === undefined) {
    const found = protocol === '' ? 'Name a protocol.' : `There is no simulated "${protocol}".`;
    (values.help === true ? process.stdout : process.stderr).write(
      values.help === true ? help : `${found}\n\n${help}`,
    );
    if (values.help !== true) process.exitCode = 2;
    return;
  }
  ensureTools(['socat'], (line) => process.stderr.write(`${line}\n`));
  const link = values.link ?? 'reader';
  const plugged = await plugReader({ link, reader: (send) => make(timers, send) });
  say(`A reader of ${protocol} is plugged in at ${link}.\n${keysHelp()}`);
  takeKeys(plugged, chipReaders.has(protocol as ProtocolName));
};

const takeKeys = (plugged: PluggedReader<SimulatedReader>, hasChips: boolean): void => {
  let card: TestCardName = 'visa';
  const { stdin } = process;
  const quit = async (): Promise<void> => {
    stdin.pause();
    await plugged.stop();
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
        void carryOut(deed.is, { plugged, hasChips, name: card }).then(say);
      }
    }
  });
  stdin.on('end', () => void quit());
};

type Deed = Exclude<KeyDeed['is'], 'choose' | 'quit'>;

/** What somebody has in their hands: the reader, and a card with or without a chip. */
interface Hands {
  readonly plugged: PluggedReader<SimulatedReader>;
  readonly hasChips: boolean;
  readonly name: TestCardName;
}

/** Does it, and says what was done. */
const carryOut = async (deed: Deed, { plugged, hasChips, name }: Hands): Promise<string> => {
  const { reader } = plugged;
  const card = testCards[name];
  switch (deed) {
    case 'help':
      return keysHelp();
    case 'unplug':
      await plugged.unplug();
      return 'The cable is pulled.';
    case 'plug':
      await plugged.replug();
      return 'The cable is plugged in.';
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

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
