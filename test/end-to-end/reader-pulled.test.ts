/** A reader whose cable is pulled at each step of a sale: what becomes of it, here and at the portal. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Sold } from '../../simulator/demo/till.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import { chipCard } from '../../simulator/readers/chip-card.ts';
import { requestIn } from '../../simulator/readers/magtek-mms-wire.ts';
import type { MmsBehaviour } from '../../simulator/readers/magtek-mms.ts';
import { builtCommand } from '../../simulator/shop/agent-process.ts';
import { startChild } from '../../simulator/shop/child.ts';
import { until } from '../../simulator/shop/until.ts';
import { auditOf, hostRecord } from '../rigs/audit.ts';
import { chipReader, counterReader, openShop, type Shop } from '../rigs/shop.ts';

let shop: Shop;
/** What the POS was answered first, in the order of the sales. */
const answers: Sold[] = [];

/** Resume, the request that brings a chip its host's answer (command 1004). */
const bringsAnswer = (message: Uint8Array) => requestIn(message)?.id === 0x1004;

/** While this is so, a chip takes its host's answer and says nothing to it. */
let isPondering = false;
const ponders: MmsBehaviour = (stimulus) =>
  isPondering && stimulus.is === 'request' && bringsAnswer(stimulus.message)
    ? { pieces: [] }
    : undefined;

beforeAll(async () => {
  shop = await openShop({
    chips: { behaviours: [ponders] },
    settings: {
      // The test says when an answer comes; no clock is to be quicker.
      host: { answerWithinMs: 15_000 },
      link: { ackWithinMs: 15_000 },
      offline: { duplicateWindowSeconds: 300 },
    },
  });
});

afterAll(() => shop.close());

// A test that failed leaves the shop to the next one as it should have.
afterEach(async () => {
  isPondering = false;
  shop.proxy.flow();
  shop.proxy.mend();
  if (!shop.agent.isRunning()) return;
  const { body } = await shop.agent.client.get('/v1/readers');
  for (const { id, state } of (body as { readers: { id: ReaderName; state: string }[] }).readers) {
    if (state === 'lost') await plugIn(id);
  }
});

type ReaderName = typeof counterReader | typeof chipReader;
const cableOf = (reader: ReaderName) => (reader === chipReader ? shop.chips : shop.reader);

const begin = (reader: ReaderName, value: number) => shop.till.begin(value, undefined, { reader });

/** Begins a sale and has its card read. */
const beginWithCard = async (reader: ReaderName, value: number): Promise<Sold> => {
  const seen = shop.log.length;
  const begun = await begin(reader, value);
  const { transactionId } = begun;
  await shop.says('payment.prompt', seen, { transactionId });
  if (reader === chipReader) shop.chips.reader.insert(chipCard(testCards.visa));
  else shop.reader.swipe(testCards.visa);
  return begun;
};

/** The answer the POS can build on. */
const answered = async ({ transactionId }: Sold): Promise<Sold> => {
  const sold = await shop.till.answer(transactionId);
  answers.push(sold);
  return sold;
};

/** Begins a sale whose answer is on its way to the agent, and goes no further until the line flows. */
const beginUnanswered = async (reader: ReaderName, value: number): Promise<Sold> => {
  shop.proxy.stall('to agent');
  const begun = await beginWithCard(reader, value);
  await shop.holds('the host has answered', () =>
    shop.portalLog.some(
      (told) => told.is === 'live.answered' && told.transactionId === begun.transactionId,
    ),
  );
  return begun;
};

/** Begins a sale whose approval the chip has, and has not spoken to. */
const beginPondered = async (value: number): Promise<Sold> => {
  isPondering = true;
  const before = shop.chips.reader.heard.length;
  const begun = await beginWithCard(chipReader, value);
  const hasAnswer = () => shop.chips.reader.heard.slice(before).some(bringsAnswer);
  await shop.holds('the chip has its answer', hasAnswer);
  return begun;
};

/** Pulls the cable; the customer takes the card along. */
const pull = async (reader: ReaderName): Promise<void> => {
  const seen = shop.log.length;
  await cableOf(reader).unplug();
  if (reader === chipReader) shop.chips.reader.remove();
  await shop.says('reader.lost', seen, { readerId: reader, why: 'unplugged' });
};

const plugIn = async (reader: ReaderName): Promise<void> => {
  const seen = shop.log.length;
  await cableOf(reader).replug();
  await shop.says('reader.ready', seen, { readerId: reader });
};

/** Plugs the reader in again, and a sale of a hundred goes as if nothing had been. */
const sellsAgain = async (reader: ReaderName): Promise<void> => {
  isPondering = false;
  await plugIn(reader);
  const sold = await answered(await beginWithCard(reader, 100_00));
  if (reader === chipReader) shop.chips.reader.remove();
  expect(sold).toMatchObject({ outcome: 'approved', amount: { value: 100_00 } });
  expect(atHost(sold)).toEqual({ net: 100_00, attempts: ['live approved'] });
};

const atHost = ({ transactionId }: Sold) => {
  const record = hostRecord(shop, transactionId);
  const attempts = record?.attempts.map(({ way, state }) => `${way} ${state}`);
  return { net: record?.netApprovedValue ?? 0, attempts: attempts ?? [] };
};

/** Once the portal has done all it was told. */
const inTheEnd = async ({ transactionId }: Sold): Promise<Sold> => {
  await shop.settled();
  return shop.till.look(transactionId);
};

/** What the agent tells of a metric, by its labels. */
const metric = async (name: string, labels: string): Promise<number> => {
  const { text } = await shop.agent.client.get('/metrics');
  const line = text.split('\n').find((each) => each.startsWith(`${name}{${labels}} `));
  return Number(line?.split(' ').at(-1));
};

/** What `holdfast` says to a person, in one line. */
const holdfast = async (...words: string[]): Promise<string> => {
  const args = [builtCommand, ...words, '--data', shop.dataDirectory];
  const child = startChild({ command: process.execPath, args });
  await child.ended;
  return child.output().replaceAll(/\s+/g, ' ');
};

const isBecome = (state: string, { transactionId }: Sold) =>
  until(`the sale is ${state}`, async () => {
    return (await shop.till.look(transactionId)).state === state;
  });

describe.each([counterReader, chipReader] as const)('the reader "%s" is pulled', (reader) => {
  test('before the card: the sale is cancelled, and nobody was asked', async () => {
    const begun = await begin(reader, 11_00);
    expect(await metric('holdfast_reader_state', `reader="${reader}",state="busy"`)).toBe(1);
    await pull(reader);
    expect(await metric('holdfast_reader_state', `reader="${reader}",state="busy"`)).toBe(0);
    const losses = `reader="${reader}",why="unplugged"`;
    expect(await metric('holdfast_reader_losses_total', losses)).toBe(1);
    const sold = await answered(begun);
    expect(sold).toMatchObject({ outcome: 'cancelled', final: true, reason: 'reader_lost' });
    expect(atHost(sold)).toEqual({ net: 0, attempts: [] });
    expect(await holdfast('status')).toMatch(
      new RegExp(`reader ${reader} (lost|opening) \\(magtek-[a-z-]+\\).*check the cable`),
    );
    expect(await holdfast('transactions', sold.transactionId)).toContain('Cancelled. The reader');
    await sellsAgain(reader);
  });

  test('after the card, while the POS is asked whether it means it: the POS decides', async () => {
    await shop.cutLine();
    // One card at both readers is one card, so each has an amount of its own.
    const value = reader === chipReader ? 42_00 : 41_00;
    const first = await answered(await beginWithCard(reader, value));
    expect(first).toMatchObject({ outcome: 'approved_offline' });
    if (reader === chipReader) shop.chips.reader.remove();
    await shop.till.readerIs('ready');
    const second = await beginWithCard(reader, value);
    await isBecome('challenged', second);
    await pull(reader);
    await shop.till.settle(second.transactionId, 'accept');
    expect(await answered(second)).toMatchObject({ outcome: 'approved_offline', final: false });
    await shop.mendLine();
    for (const sold of [first, second]) {
      expect(await inTheEnd(sold)).toMatchObject({ outcome: 'approved' });
      expect(atHost(sold)).toEqual({ net: value, attempts: ['forwarded approved'] });
    }
    await sellsAgain(reader);
  });

  test('while the host declines: it stays declined', async () => {
    const begun = await beginUnanswered(reader, 13_05);
    await pull(reader);
    shop.proxy.flow();
    const sold = await answered(begun);
    expect(sold).toMatchObject({ outcome: 'declined', declinedBy: 'host', responseCode: '05' });
    expect(atHost(sold)).toEqual({ net: 0, attempts: ['live declined'] });
    await sellsAgain(reader);
  });

  test('and then the line is cut, so that no answer comes: the sale is reversed', async () => {
    const begun = await beginUnanswered(reader, 14_00);
    await pull(reader);
    await shop.cutLine();
    shop.proxy.flow();
    expect(await answered(begun)).toMatchObject({ outcome: 'unknown', reason: 'no_answer' });
    await shop.mendLine();
    expect(await inTheEnd(begun)).toMatchObject({ outcome: 'reversed', reason: 'no_answer' });
    expect(atHost(begun)).toEqual({ net: 0, attempts: ['live reversed'] });
    await sellsAgain(reader);
  });
});

describe('a reader of stripes is pulled', () => {
  test('while the host approves: the sale is approved, for its card was read', async () => {
    const begun = await beginUnanswered(counterReader, 15_00);
    await pull(counterReader);
    shop.proxy.flow();
    const sold = await answered(begun);
    expect(sold).toMatchObject({ outcome: 'approved', final: true });
    expect(atHost(sold)).toEqual({ net: 15_00, attempts: ['live approved'] });
    await sellsAgain(counterReader);
  });
});

describe('a reader of chips is pulled', () => {
  /** A sale the host approved and no chip agreed to. */
  const isGivenBack = async (begun: Sold) => {
    const sold = await answered(begun);
    expect(['unknown', 'reversed']).toContain(sold.outcome);
    await shop.says('payment.step', 0, {
      ...{ transactionId: begun.transactionId, heard: 'chip done', outcome: 'unknown' },
      reason: 'chip_not_completed',
    });
    expect(await inTheEnd(begun)).toMatchObject({
      ...{ outcome: 'reversed', final: true, reason: 'chip_not_completed' },
    });
    expect(atHost(begun)).toEqual({ net: 0, attempts: ['live reversed'] });
    const said = await holdfast('transactions', begun.transactionId);
    expect(said).toContain('Reversed. Nothing is charged; the goods are not paid.');
    expect(said).toContain('reason chip_not_completed');
  };

  test('before the approval reached its chip: the sale is given back', async () => {
    const begun = await beginUnanswered(chipReader, 16_00);
    await pull(chipReader);
    shop.proxy.flow();
    await isGivenBack(begun);
    await sellsAgain(chipReader);
  });

  test('and back before the approval came: that goes to no chip but its own', async () => {
    const begun = await beginUnanswered(chipReader, 17_00);
    await pull(chipReader);
    await plugIn(chipReader);
    const before = shop.chips.reader.heard.length;
    const next = await beginUnanswered(chipReader, 18_00);
    expect(shop.chips.reader.heard.slice(before).some(bringsAnswer)).toBe(false);
    shop.proxy.flow();
    await isGivenBack(begun);
    expect(await answered(next)).toMatchObject({ outcome: 'approved', amount: { value: 18_00 } });
    expect(shop.chips.reader.heard.slice(before).filter(bringsAnswer)).toHaveLength(1);
    shop.chips.reader.remove();
  });

  test('before its chip spoke to the approval: the sale is given back', async () => {
    const begun = await beginPondered(19_00);
    await isBecome('completing', begun);
    const open = await holdfast('transactions', begun.transactionId);
    expect(open).toContain('No outcome yet. The host has approved, and the card has the last word');
    await pull(chipReader);
    await isGivenBack(begun);
    await sellsAgain(chipReader);
  });

  test('before its chip spoke to the decline: it stays declined', async () => {
    const begun = await beginPondered(20_05);
    const sold = await answered(begun);
    await pull(chipReader);
    expect(await inTheEnd(sold)).toMatchObject({ outcome: 'declined', declinedBy: 'host' });
    expect(atHost(sold)).toEqual({ net: 0, attempts: ['live declined'] });
    await sellsAgain(chipReader);
  });

  test('after its chip agreed: the sale stays approved', async () => {
    const sold = await answered(await beginWithCard(chipReader, 21_00));
    await pull(chipReader);
    expect(await inTheEnd(sold)).toMatchObject({ outcome: 'approved', final: true });
    expect(atHost(sold)).toEqual({ net: 21_00, attempts: ['live approved'] });
    await sellsAgain(chipReader);
  });
});

test('in the end the POS, the ledger, the portal and the host agree', async () => {
  await shop.settled();
  expect(await auditOf(shop, answers)).toEqual([]);
});
