/**
 * Card data has nowhere to go, whatever reader it came by: every protocol at every level it can be played at,
 * sold with by the agent's own program, watched, tested, decoded and pulled (I6).
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runProgram } from '../../agent/cli/program.ts';
import { toHex } from '../../drivers/index.ts';
import { chipCard } from '../../simulator/readers/chip-card.ts';
import { until } from '../../simulator/shop/until.ts';
import { plantedCards, plantedIn } from '../fixtures/planted-cards.ts';
import { cardScanner } from '../rigs/card-scan.ts';
import { nameOf, playedReaders, type OnTheWay, type Piece } from '../rigs/played-readers.ts';
import { standReaders, type ReaderStand, type StandingReader } from '../rigs/reader-stand.ts';
import { openShop, type Shop } from '../rigs/shop.ts';

/** As many readers as settings may name. */
const readersOfAnAgent = 8;
const groups = Array.from(
  { length: Math.ceil(playedReaders.length / readersOfAnAgent) },
  (_, at) => {
    const some = playedReaders.slice(at * readersOfAnAgent, (at + 1) * readersOfAnAgent);
    return { says: [...new Set(some.map(({ protocol }) => protocol))].join(', '), some };
  },
);

const scanner = cardScanner(plantedIn(plantedCards, 12));
const [card] = plantedCards;
if (card === undefined) throw new Error('There is no card to plant.');
const [track1, track2] = card.tracks;

type Way = 'swipe' | 'insert' | 'tap';
const ways: readonly Way[] = ['swipe', 'insert', 'tap'];
const waysOf = ({ slot }: StandingReader) => ways.filter((way) => slot[way] !== undefined);

/** How long nothing may come of a card before its customer tries again, ms; and how often that is done. */
const patienceMs = 1_000;
const triesMost = 3;

let shop: Shop;
let stand: ReaderStand;
let sales = 0;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

/** Holds a card out in one way; the one that is in comes out first. */
const hold = ({ slot }: StandingReader, way: Way, at = 0): void => {
  const other = plantedCards[at % plantedCards.length] ?? card;
  if (way === 'swipe') return slot.swipe(other);
  slot.remove?.();
  slot[way]?.(chipCard(other));
};

const told = (transactionId: string) =>
  shop.log.filter((event) => event.transactionId === transactionId);
const isAsked = (transactionId: string): boolean =>
  told(transactionId).some(({ event }) => event === 'payment.prompt');
const isTaken = (transactionId: string): boolean =>
  told(transactionId).some(({ event }) => event === 'payment.step');
const isOver = (transactionId: string): boolean =>
  told(transactionId).some(({ outcome }) => outcome !== undefined);

/** What a customer holds a card out for once more. */
const pleas = ['use_stripe', 'try_again'];

/** Whether anything was said of a card that was not taken. */
const complained = ({ id }: StandingReader, transactionId: string, seen: number): boolean =>
  shop.log
    .slice(seen)
    .some(
      (said) =>
        (said.transactionId === transactionId && pleas.includes(String(said['prompt']))) ||
        (said.event === 'reader.noise' && said['readerId'] === id),
    );

const begun = async (reader: StandingReader): Promise<string> => {
  sales += 1;
  const { transactionId } = await shop.till.begin(10_00, undefined, { reader: reader.id });
  await shop.holds(`${reader.id} asks for a card`, () => isAsked(transactionId));
  return transactionId;
};

/** Sells at one reader; a customer of whose card nothing comes holds it out again, and then gives up. */
const sell = async (
  reader: StandingReader,
  act: (time: number) => void,
): Promise<string | null> => {
  const id = await begun(reader);
  for (let time = 0; time < triesMost && !isTaken(id); time += 1) {
    const seen = shop.log.length;
    act(time);
    const heard = () => isTaken(id) || complained(reader, id, seen);
    await until('a word', heard, patienceMs).catch(() => undefined);
  }
  if (!isTaken(id)) await shop.agent.client.post(`/v1/transactions/${id}/cancel`);
  await shop.holds(`the sale at ${reader.id} is over`, () => isOver(id));
  reader.slot.remove?.();
  return (await shop.till.look(id)).outcome;
};

const everywhere = <T>(work: (reader: StandingReader, at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(stand.readers.map(work));

const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));

/** Does something to one piece of this many bytes at least, and nothing to what comes after it. */
const once = (
  spoil: (bytes: Uint8Array) => readonly Uint8Array[],
  { bytesMin = 20 } = {},
): OnTheWay => {
  let isDone = false;
  return (piece) => {
    if (isDone || piece.bytes.length < bytesMin) return [piece];
    isDone = true;
    return spoil(Uint8Array.from(piece.bytes)).map((bytes): Piece => ({ ...piece, bytes }));
  };
};
const damaged = (part: number) => (): OnTheWay =>
  once((bytes) => {
    const at = Math.floor(bytes.length * part);
    return [bytes.with(at, (bytes[at] ?? 0) ^ 0x01)];
  });

const spoilings: readonly [string, () => OnTheWay][] = [
  ['damaged near its beginning', damaged(0.2)],
  ['damaged in the middle', damaged(0.5)],
  ['damaged near its end', damaged(0.9)],
  ['cut short', () => once((bytes) => [bytes.slice(0, Math.ceil(bytes.length / 2))])],
  ['with a track in front', () => once((bytes) => [latin1(track2), bytes])],
  [
    'with a refusal and a track in front',
    () => once((bytes) => [latin1(`\x15${track1}\r`), bytes]),
  ],
];

/** Runs a command as a person does; what it prints is kept. */
const holdfast = (...words: string[]): Promise<number> =>
  runProgram(words, {
    out: (text) => shop.recorder.note(`CLI ${words.slice(0, 2).join(' ')}`, text),
    err: (text) => shop.recorder.note('CLI errors', text),
    environment: { HOLDFAST_DATA: shop.dataDirectory },
    newKey: () => crypto.randomUUID(),
    onSignal: () => () => {},
  });

describe.each(groups)('readers of $says', ({ some }) => {
  beforeAll(async () => {
    stand = await standReaders(shop.directory, some);
    const { settings: readers, entry, env } = stand;
    // The portal lives in this process, which has more to do than to answer.
    const settings = { log: { level: 'debug' }, host: { answerWithinMs: 10_000 } };
    await shop.restartWith({ readers, entry, env, settings });
    await shop.ready();
  }, 60_000);
  afterAll(async () => {
    await shop.agent.stop();
    await stand.close();
  });

  test('sell online, and the portal opens what they sealed', async () => {
    for (const way of ways) {
      const outcomes = await everywhere(async (reader, at) =>
        waysOf(reader).includes(way) ? sell(reader, () => hold(reader, way, at)) : 'approved',
      );
      expect(outcomes).toEqual(outcomes.map(() => 'approved'));
    }
  });

  test('sell while the line is down', async () => {
    await shop.cutLine();
    const outcomes = await everywhere((reader, at) =>
      sell(reader, () => hold(reader, 'swipe', at)),
    );
    expect(outcomes).toEqual(outcomes.map(() => 'approved_offline'));
    await shop.mendLine();
    await shop.settled();
  });

  test.each(spoilings)('are given a card %s', async (_, spoiling) => {
    const outcomes = await everywhere((reader) =>
      sell(reader, (time) => {
        if (time === 0) reader.spoil(spoiling());
        hold(reader, waysOf(reader).at(-1) ?? 'swipe');
        reader.spoil();
      }),
    );
    for (const outcome of outcomes) expect(['approved', 'cancelled']).toContain(outcome);
  });

  test('answer questions with a card', async () => {
    await shop.till.readerIs('ready');
    await everywhere(async (reader, at) => {
      reader.spoil(once(() => [latin1(`\x15${track2}\r`)], { bytesMin: 1 }));
      const exit = await holdfast(
        'readers',
        'test',
        reader.id,
        ...(at % 2 === 0 ? [] : ['--json']),
      );
      expect([0, 1]).toContain(exit);
      reader.spoil();
    });
  }, 60_000);

  test('are watched, listed, and what they sent is decoded', async () => {
    await everywhere(async ({ id, played, sent }) => {
      const { protocol, line } = played;
      const watch = ['readers', 'watch', id, '--for', '1'];
      expect(await Promise.all([holdfast(...watch), holdfast(...watch, '--json')])).toEqual([0, 0]);
      // What a card made it send, whole, cut, and with a track in front.
      const [{ bytes } = { bytes: new Uint8Array() }] = sent.filter((one) => one.bytes.length > 60);
      for (const some of [bytes, bytes.slice(0, -9), Uint8Array.of(...latin1(track2), ...bytes)]) {
        await holdfast('readers', 'decode', protocol, toHex(some), '--line', line);
        await holdfast('readers', 'decode', protocol, toHex(some), '--line', line, '--json');
      }
    });
    expect(await holdfast('readers', 'list')).toBe(0);
    expect(await holdfast('readers', 'list', '--json')).toBe(0);
  }, 60_000);

  test('are pulled in the middle of a card', async () => {
    await shop.till.readerIs('ready');
    await everywhere(async (reader) => {
      const transactionId = await begun(reader);
      reader.spoil(once((bytes) => [bytes.slice(0, Math.ceil(bytes.length / 2))]));
      hold(reader, 'swipe');
      await reader.unplug();
      await shop.holds(`${reader.id} is lost`, () => isOver(transactionId));
    });
    expect(await holdfast('readers', 'list')).toBe(0);
  });

  // Last, for it holds this process up for so long that connections are given up meanwhile.
  test('have left no card in a file while their agent still runs', () => {
    const found = scanner.tree(shop.directory);
    expect(shop.agent.isRunning()).toBe(true);
    expect(found).toEqual([]);
  });
});

describe('what was swiped', () => {
  test('really went through: the portal could open every card', () => {
    expect(shop.portalLog.filter(({ is }) => is === 'card.not_opened')).toEqual([]);
    expect(sales).toBeGreaterThan(playedReaders.length * spoilings.length);
    expect(shop.portal.transactions().length).toBeGreaterThan(2 * playedReaders.length);
  });

  test('is in no file after the last agent has ended', () => {
    expect(scanner.tree(shop.directory)).toEqual([]);
  });

  test('is in nothing that was printed, answered, watched, decoded or sent', () => {
    const { recorder } = shop;
    for (const where of [
      'readers watch',
      'readers decode',
      'readers test',
      'readers list',
      'errors',
    ]) {
      expect(recorder.seen(`CLI ${where}`)).toBeGreaterThan(0);
    }
    expect(recorder.seen('agent stdout')).toBeGreaterThan(100_000);
    expect(recorder.seen('MQTT hf/1/corner-shop/till-1/live/req')).toBeGreaterThan(0);
    expect(recorder.scan(scanner)).toEqual([]);
  });

  test('would have been found where somebody watches', async () => {
    const { recorder } = shop;
    recorder.note('CLI readers watch', Buffer.from(`57 13 ${Buffer.from(track2).toString('hex')}`));
    expect(recorder.scan(scanner).map(({ where }) => where)).toContain('CLI readers watch');
  });
});

test.each(playedReaders.map((played) => [nameOf(played)]))('%s was among them', (name) => {
  const ready = shop.log
    .filter(({ event }) => event === 'reader.ready')
    .map((told) => told['readerId']);
  expect(ready).toContain(name.replaceAll(' ', '-'));
});
