/** The whole way of a card: simulated reader, pseudo terminal, real serial port, driver. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  bytesOf,
  protocols,
  textOf,
  type CardRead,
  type Reader,
  type ReaderEvent,
} from '../../drivers/index.ts';
import { openSerialLine } from '../../drivers/lines/serial.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import { decrypt, keyFor, testBaseKey } from '../../simulator/readers/dukpt.ts';
import {
  cutAfter,
  damagedOnce,
  garbageBefore,
  slowly,
} from '../../simulator/readers/magtek-habits.ts';
import {
  simulateMagtekSerialLine,
  type MagtekOptions,
  type SimulatedMagtek,
} from '../../simulator/readers/magtek-serial-line.ts';
import { plugReader, type PluggedReader } from '../../simulator/readers/plug.ts';
import type { MakeReader } from '../../simulator/readers/simulated-reader.ts';
import { purchase } from '../fixtures/purchase.ts';
import { realTimers } from '../rigs/hand-timers.ts';
import { until } from '../../simulator/shop/until.ts';
import { containing } from '../rigs/containing.ts';

const { openReader, lines } = protocols['magtek-serial-line'];
const directory = mkdtempSync(join(tmpdir(), 'holdfast-reader-'));
const link = join(directory, 'reader');

const magtek =
  (options: Partial<MagtekOptions> = {}): MakeReader<SimulatedMagtek> =>
  (send) =>
    simulateMagtekSerialLine({ ...options, timers: realTimers }, send);

let plugged: PluggedReader<SimulatedMagtek>;
const opened: Reader[] = [];

/** Opens the reader behind the link, as the agent does, and keeps what it says. */
const open = () => {
  const events: ReaderEvent[] = [];
  const reader = openReader({
    open: openSerialLine({ path: link, ...lines.serial }, realTimers),
    line: 'serial',
    timers: realTimers,
    settings: {},
    hear: (event) => void events.push(event),
  });
  opened.push(reader);
  const kinds = (): string[] =>
    events.map((event) => (event.is === 'bad read' ? event.why : event.is));
  return {
    reader,
    kinds,
    says: (kind: string) => until(`the reader says "${kind}"`, () => kinds().includes(kind)),
    last: () => events.at(-1),
    async card(): Promise<CardRead> {
      const read = () => events.flatMap((event) => (event.is === 'card' ? [event.read] : []));
      await until('a card is read', () => read().length > 0);
      const [first] = read();
      if (first === undefined) throw new Error('There is no card.');
      return first;
    },
  };
};

const ready = async () => {
  const agent = open();
  await agent.says('ready');
  agent.reader.arm(purchase);
  return agent;
};

beforeEach(async () => {
  plugged = await plugReader({ link, reader: magtek() });
});

afterEach(async () => {
  for (const reader of opened.splice(0)) reader.close();
  await plugged.stop();
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('a reader on a serial port', () => {
  test('says who it is', async () => {
    const agent = await ready();
    expect(agent.last()).toEqual({
      is: 'ready',
      identity: {
        firmware: '21042812D01',
        serialNumber: 'B000795',
        securityLevel: 'encrypted',
        ksn: 'FFFF9876543210E00001',
      },
    });
  });

  test('reads a card whose ciphertext decrypts to its tracks', async () => {
    const agent = await ready();
    plugged.swipe(testCards.mastercard);
    const { card, securityLevel, accountData } = await agent.card();
    expect(card).toEqual({
      maskedPan: '5555********4444',
      expiry: '4912',
      brand: 'mastercard',
      entryMode: 'stripe',
    });
    expect(securityLevel).toBe('encrypted');
    const account = JSON.parse(accountData.use(textOf)) as { ksn: string; tracks: string[] };
    const key = keyFor('pin', testBaseKey, account.ksn);
    const clear = decrypt(key, Buffer.from(account.tracks[1] ?? '', 'hex')).toString('latin1');
    expect(clear.replace(/\0+$/, '')).toBe(testCards.mastercard.tracks[1]);
  });

  test.each(['clear', 'encrypted', 'authenticated'] as const)(
    'reads at level %s',
    async (level) => {
      const agent = await ready();
      plugged.swipe(testCards.visa, { level });
      expect(await agent.card()).toMatchObject({ securityLevel: level, card: { brand: 'visa' } });
    },
  );

  test('reads a card that comes slowly', async () => {
    const agent = await ready();
    plugged.swipe(testCards.visa, { behaving: [slowly(1)] });
    expect((await agent.card()).card.brand).toBe('visa');
  });

  test.each([
    ['garbage', garbageBefore('\u0000\u00fe??')],
    ['a line cut short', cutAfter(150)],
    ['a damaged record', damagedOnce(40)],
  ])('reads the next card after %s', async (_, habit) => {
    const agent = await ready();
    plugged.swipe(testCards.visa, { behaving: [habit] });
    // A line cut short ends where the next one does.
    plugged.send(bytesOf('\r'));
    await agent.says('damaged');
    plugged.swipe(testCards.visa);
    await agent.card();
    expect(agent.kinds()).toEqual(['ready', 'noise', 'damaged', 'card']);
  });

  test('is lost when it is pulled in the middle of a card, and another one takes its place', async () => {
    const agent = await ready();
    plugged.swipe(testCards.visa, { behaving: [cutAfter(300)] });
    await plugged.unplug();
    await agent.says('lost');
    expect(agent.last()).toMatchObject({ why: 'unplugged', detail: containing(link) });
    await plugged.replug(magtek({ deviceSerial: 'B000796', level: 'authenticated' }));
    const next = await ready();
    expect(next.last()).toMatchObject({ identity: { serialNumber: 'B000796' } });
    plugged.swipe(testCards.amex);
    expect((await next.card()).card.maskedPan).toBe('3782*******0005');
    expect(agent.kinds().filter((kind) => kind === 'lost')).toHaveLength(1);
  });

  test('keeps its place in its keys when it is plugged in again', async () => {
    const agent = await ready();
    plugged.swipe(testCards.visa);
    await agent.card();
    await plugged.replug();
    await agent.says('lost');
    const next = await ready();
    expect(next.last()).toMatchObject({ identity: { ksn: 'FFFF9876543210E00002' } });
  });

  test('that is in use elsewhere is lost as busy, and the first goes on', async () => {
    const agent = await ready();
    const second = open();
    await second.says('lost');
    expect(second.last()).toMatchObject({
      why: 'busy',
      detail: containing('PORT_BUSY'),
    });
    plugged.swipe(testCards.visa);
    await agent.card();
  });

  test('that is not there is lost as absent', async () => {
    await plugged.unplug();
    const agent = open();
    await agent.says('lost');
    expect(agent.last()).toMatchObject({ why: 'absent' });
  });
});
