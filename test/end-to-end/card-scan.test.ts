/** Card data has nowhere to go: what was swiped in a day is in nothing the agent writes or sends (I6). */
import { appendFileSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqlite } from '../../agent/ledger/sqlite.ts';
import { bytesOf, securityLevels } from '../../drivers/index.ts';
import { testCards, type TestCardName } from '../../simulator/readers/cards.ts';
import { cutAfter, damagedOnce, garbageBefore } from '../../simulator/readers/magtek-habits.ts';
import type { MagtekSwipe } from '../../simulator/readers/magtek-serial-line.ts';
import { cardScanner } from '../rigs/card-scan.ts';
import { Recorder } from '../rigs/recorder.ts';
import { openShop, type Shop } from '../rigs/shop.ts';

const cards = Object.values(testCards);
const names = Object.keys(testCards) as TestCardName[];
const [track1, track2] = testCards.visa.tracks;
const scanner = cardScanner({
  pans: cards.map(({ pan }) => pan),
  tracks: cards.flatMap(({ tracks }) => tracks.filter((track) => track !== '')),
});

let shop: Shop;
/** Scanned while the agent ran, before its end tidied anything. */
let running: ReturnType<typeof scanner.tree>;

beforeAll(async () => {
  shop = await openShop();
  // All that can be logged, and all that can be read from a card.
  await shop.restartWith({ allowClearCards: true, settings: { log: { level: 'debug' } } });
  await shop.ready();
});

afterAll(() => shop.close());

const everyWay = names.flatMap((card) => securityLevels.map((level) => [card, level] as const));

describe('a day with all the cards there are', () => {
  test.each(everyWay)('%s, %s, online and stored', async (card, level) => {
    shop.proxy.mend();
    await shop.till.linkIs('online');
    const online = await shop.till.sell({ value: 10_00, card, how: { level } });
    expect(online).toMatchObject({ outcome: 'approved' });
    await shop.cutLine();
    const stored = await shop.till.sell({ value: 11_00, card, how: { level } });
    expect(['approved_offline', 'declined']).toContain(stored.outcome);
  });

  const spoiled: [string, MagtekSwipe][] = [
    ['a bad first track', { level: 'clear', badTracks: [1, 2] }],
    ['a damaged record', { behaving: [damagedOnce(40)] }],
    ['a record with a track in front', { behaving: [garbageBefore(`\u0000${track2}`)] }],
    ['a clear record with a track in front', { level: 'clear', behaving: [garbageBefore(track1)] }],
    ['no authentication', { ends: 'not authenticated' }],
    ['no swipe in time', { ends: 'timed out' }],
  ];
  test.each(spoiled)('%s, and then a good swipe', async (_, how) => {
    const begun = await shop.till.begin(12_00);
    const seen = shop.log.length;
    await shop.till.swipe(begun.transactionId, 'visa', how);
    await shop.holds('the swipe is answered', () =>
      shop.log.slice(seen).some(({ event }) => event.startsWith('payment.')),
    );
    const { outcome } = await shop.till.look(begun.transactionId);
    if (outcome === null) await shop.till.swipe(begun.transactionId, 'mastercard');
    await shop.till.answer(begun.transactionId);
  });

  test.each([
    ['a track among noise', `\u0001\u0002${track2}\u0003\r`],
    ['half a track', `${track1.slice(0, 30)}\r`],
    ['more noise than a line may have', `${'x'.repeat(3_000)}${track1}${track2}\r`],
    ['a whole track while nobody sells', `${track1}${track2}\r`],
  ])('%s on the cable', async (_, noise) => {
    shop.reader.send(bytesOf(noise));
    const test = await shop.agent.client.post('/v1/readers/counter/test');
    expect(test.status).toBe(200);
    const begun = await shop.till.begin(13_00);
    shop.reader.send(bytesOf(`~~${noise}`));
    await shop.till.swipe(begun.transactionId, 'amex');
    await shop.till.answer(begun.transactionId);
  });

  test('a plug pulled in the middle of a clear record', async () => {
    const begun = await shop.till.begin(14_00);
    const how = { level: 'clear', behaving: [cutAfter(60)] } as const;
    await shop.till.swipe(begun.transactionId, 'visa', how);
    await shop.reader.unplug();
    await shop.till.answer(begun.transactionId);
    await shop.reader.replug();
    await shop.till.readerIs('ready');
  });

  test('a power cut right after a clear card', async () => {
    const begun = await shop.till.begin(15_00);
    await shop.till.swipe(begun.transactionId, 'visa', { level: 'clear' });
    await shop.holds('the card is read', async () =>
      shop.log.some(
        ({ event, transactionId }) =>
          event === 'payment.step' && transactionId === begun.transactionId,
      ),
    );
    await shop.agent.kill9();
    await shop.agent.start();
    await shop.till.readerIs('ready');
  });

  test('used-up keys', async () => {
    await shop.till.sell({ value: 16_00, how: { ends: 'keys exhausted' } });
  });

  test('a POS that puts a card where none belongs', async () => {
    const { client } = shop.agent;
    const { pan } = testCards.visa;
    const key = { 'idempotency-key': crypto.randomUUID() };
    const sale = { type: 'sale', amount: { value: 10_00, currency: 'USD' } };
    expect((await client.post('/v1/transactions', { ...sale, pan }, key)).status).toBe(400);
    expect((await client.post('/v1/transactions', track2, key)).status).toBe(400);
    expect((await client.post('/v1/transactions', { type: pan }, key)).status).toBe(400);
    // A key is kept as a hash only.
    const begun = await shop.till.begin(17_00, `order-${pan}`);
    await shop.till.swipe(begun.transactionId);
    await shop.till.answer(begun.transactionId);
  });

  test('and somebody who reads all there is to read', async () => {
    const { client } = shop.agent;
    for (const path of ['health', 'status', 'readers', 'queue', 'config', 'transactions']) {
      expect((await client.get(`/v1/${path}`)).status).toBe(200);
    }
    const { body } = await client.get('/v1/transactions?limit=200');
    const { transactions } = body as { transactions: { transactionId: string }[] };
    for (const { transactionId } of transactions) {
      expect((await client.get(`/v1/transactions/${transactionId}`)).status).toBe(200);
    }
    await shop.mendLine();
    await shop.settled();
    running = scanner.tree(shop.directory);
  });
});

describe('what was swiped', () => {
  test('really went through: the portal could open every card', () => {
    expect(shop.portalLog.filter(({ is }) => is === 'card.not_opened')).toEqual([]);
    expect(shop.portal.transactions().length).toBeGreaterThan(everyWay.length);
  });

  test('is in no file, neither while the agent runs nor after it has ended', async () => {
    await shop.agent.stop();
    expect(running).toEqual([]);
    expect(scanner.tree(shop.directory)).toEqual([]);
  });

  test('is in nothing the agent printed, answered or sent', () => {
    const { recorder } = shop;
    expect(recorder.seen('agent stdout')).toBeGreaterThan(10_000);
    expect(recorder.seen('HTTP GET /v1/status')).toBeGreaterThan(0);
    for (const channel of ['log/up', 'live/req', 'reported', 'presence']) {
      expect(recorder.seen(`MQTT hf/1/corner-shop/till-1/${channel}`)).toBeGreaterThan(0);
    }
    expect(recorder.scan(scanner)).toEqual([]);
  });
});

describe('the scan would have found it', () => {
  const copied = (name: string): string => {
    const copy = join(shop.directory, name);
    cpSync(shop.dataDirectory, copy, { recursive: true });
    return copy;
  };

  test('at the end of any file', () => {
    const copy = copied('copy-1');
    expect(scanner.tree(copy)).toEqual([]);
    appendFileSync(join(copy, 'identity', 'local.key'), testCards.amex.pan);
    expect(scanner.tree(copy)).not.toEqual([]);
  });

  test('in a row of the ledger, still in its write-ahead log', () => {
    const copy = copied('copy-2');
    const db = openSqlite(join(copy, 'ledger.sqlite'));
    db.prepare("insert into meta values ('note', ?)").run(`swiped ${track2}`);
    const found = scanner.tree(copy).map(({ where }) => where);
    expect(found).toContain(join(copy, 'ledger.sqlite-wal'));
    db.close();
  });

  test('in what an agent prints, cut in two', () => {
    const recorder = new Recorder();
    const log = readFileSync(join(shop.dataDirectory, 'api.json'), 'utf8');
    const { pan } = testCards.mastercard;
    recorder.note('agent stdout', `${log} ${pan.slice(0, 9)}`);
    recorder.note('agent stdout', pan.slice(9));
    expect(recorder.scan(scanner)).not.toEqual([]);
  });
});
