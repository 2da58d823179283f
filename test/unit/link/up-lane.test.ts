/** The up lane: a window of frames, cumulative acknowledgements, and going back. */
import { describe, expect, test } from 'vitest';
import { canonical, linkLimits, type Ack, type Frame } from '../../../contract/index.ts';
import { openEpoch } from '../../../agent/ledger/epoch.ts';
import { takeWords } from '../../../agent/payments/words.ts';
import { upLaneOf } from '../../../agent/portal/up-lane.ts';
import { answerTo, idOf, orderOf, sealedCard } from '../../fixtures/payments.ts';
import { enter, openedLedger, store } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';
import { wordLog } from '../../rigs/word-log.ts';

const session = 7;

/** A ledger with so many facts, and its lane. */
const laneOver = (facts: number, differently = {}) => {
  const { ledger } = openedLedger(quietWorld());
  ledger.commit(() => {
    for (let number = 1; number <= facts; number += 1) {
      const order = orderOf(number, differently);
      ledger.enter(order, { is: 'awaiting_card' }, requestOf(number));
    }
  });
  const ack = (through: number, other: Partial<Ack> = {}): Ack => ({
    ...{ session, epoch: ledger.upLog.head().epoch, through },
    hash: ledger.upLog.hashAt(through) ?? '0'.repeat(64),
    ...other,
  });
  return { ledger, lane: upLaneOf(ledger, session), ack };
};

const requestOf = (number: number) => ({
  ...{ application: 'till', requestHash: 'r' },
  keyHash: String(number),
});

const spans = (frames: readonly Frame[]) =>
  frames.map(({ from, entries }) => [from, from + entries.length - 1]);

const bytesOf = (frame: Frame): number => Buffer.byteLength(JSON.stringify(frame));

describe('before the portal has said where it stands', () => {
  test('nothing is sent, however much there is', () => {
    const { lane } = laneOver(10);
    expect([lane.due(), lane.isOpen(), lane.isWaiting(), lane.unsent()]).toEqual([
      [],
      false,
      false,
      10,
    ]);
    lane.goBack();
    expect(lane.due()).toEqual([]);
  });

  test('acknowledgements of another session are ignored', () => {
    const { lane, ack } = laneOver(10);
    for (const other of [session - 1, session + 1]) {
      expect(lane.heard(ack(3, { session: other }))).toBe('ignored');
    }
    expect(lane.isOpen()).toBe(false);
  });
});

describe('the first acknowledgement of a session', () => {
  test.each([0, 4, 10])('begins after %i', (through) => {
    const { lane, ack } = laneOver(10);
    expect(lane.heard(ack(through))).toBe('moved');
    const due = lane.due();
    expect(spans(due)).toEqual(through === 10 ? [] : [[through + 1, 10]]);
    expect(lane.unsent()).toBe(10 - through);
  });

  test('may move backwards: a portal restored from a backup gets everything again', () => {
    const { ledger, ack } = laneOver(10);
    const before = upLaneOf(ledger, session);
    before.heard(ack(10));
    ledger.commit(() => undefined);
    expect(ledger.meta.get('acknowledged')).toBe(10);
    const after = upLaneOf(ledger, session + 1);
    expect(after.heard(ack(2, { session: session + 1 }))).toBe('moved');
    expect(spans(after.due())).toEqual([[3, 10]]);
    expect(ledger.meta.get('acknowledged')).toBe(2);
  });

  test('later ones may not', () => {
    const { lane, ack } = laneOver(10);
    lane.heard(ack(6));
    expect([lane.heard(ack(6)), lane.heard(ack(2))]).toEqual(['repeated', 'repeated']);
    expect(lane.unsent()).toBe(4);
    expect(spans(lane.due())).toEqual([[7, 10]]);
  });

  test('of an epoch the portal has not heard of begins at nothing', () => {
    const { ledger, lane, ack } = laneOver(3);
    openEpoch(ledger, 2);
    expect(lane.heard(ack(3, { epoch: 1 }))).toBe('moved');
    expect(lane.due()[0]).toMatchObject({ epoch: 2, from: 1 });
  });
});

describe('a ledger that was restored or cloned', () => {
  test.each<[string, (ack: (through: number, other?: Partial<Ack>) => Ack) => Ack]>([
    ['is ahead of the log', (ack) => ack(11)],
    ['has another hash', (ack) => ack(5, { hash: 'f'.repeat(64) })],
    ['has another beginning', (ack) => ack(0, { hash: 'f'.repeat(64) })],
    ['is in a later epoch', (ack) => ack(1, { epoch: 2 })],
  ])('is noticed when the portal %s', (_what, heard) => {
    const { lane, ack } = laneOver(10);
    expect(lane.heard(heard(ack))).toBe('ledger_rolled_back');
    expect([lane.isOpen(), lane.due()]).toEqual([false, []]);
  });

  test('is noticed in the middle of a session too', () => {
    const { lane, ack } = laneOver(10);
    lane.heard(ack(0));
    expect(lane.heard(ack(99))).toBe('ledger_rolled_back');
  });
});

describe('the window', () => {
  // 300 facts of 1 kB: more frames than the window has room for.
  const large = { userDefinedFields: { note: 'x'.repeat(3_000) } };

  test('is full after as many frames as the contract allows', () => {
    const { lane, ack } = laneOver(300, large);
    lane.heard(ack(0));
    const frames = lane.due();
    expect(frames).toHaveLength(linkLimits.framesInFlight);
    expect(lane.due()).toEqual([]);
    expect(lane.isWaiting()).toBe(true);
  });

  test('moves on with every acknowledgement, and an early one stands for all before it', () => {
    const { lane, ack } = laneOver(300, large);
    lane.heard(ack(0));
    const [first, second, third] = spans(lane.due()) as [number, number][];
    expect(lane.heard(ack(first?.[1] ?? 0))).toBe('moved');
    expect(lane.due()).toHaveLength(1);
    expect(lane.heard(ack(third?.[1] ?? 0))).toBe('moved');
    expect(lane.heard(ack(second?.[1] ?? 0))).toBe('repeated');
    expect(lane.due()).toHaveLength(2);
  });

  test('an acknowledgement in the middle of a frame frees no place', () => {
    const { lane, ack } = laneOver(300, large);
    lane.heard(ack(0));
    const [first] = spans(lane.due()) as [number, number][];
    expect(lane.heard(ack((first?.[1] ?? 0) - 1))).toBe('moved');
    expect(lane.due()).toEqual([]);
  });

  test('going back sends the same again from where the portal stands', () => {
    const { lane, ack } = laneOver(300, large);
    lane.heard(ack(0));
    const [first, ...rest] = lane.due();
    lane.heard(ack((first?.from ?? 0) + (first?.entries.length ?? 0) - 1));
    const more = lane.due();
    lane.goBack();
    expect(lane.isWaiting()).toBe(false);
    expect(lane.due()).toEqual([...rest, ...more]);
  });

  test('all frames together are the log, without gap or repeat, each chained to the one before', () => {
    const { ledger, lane, ack } = laneOver(300, large);
    lane.heard(ack(0));
    let expected = 1;
    let prev = ledger.upLog.hashAt(0);
    for (let frames = lane.due(); frames.length > 0; frames = lane.due()) {
      for (const { from, prev: named, head, entries, epoch } of frames) {
        expect([from, named, head, epoch]).toEqual([expected, prev, 300, 1]);
        expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, place) => expected + place));
        expected += entries.length;
        prev = entries.at(-1)?.hash;
      }
      lane.heard(ack(expected - 1));
    }
    expect(expected).toBe(301);
    expect([lane.isWaiting(), lane.unsent()]).toEqual([false, 0]);
  });

  test('a new fact is due as soon as it is written', () => {
    const { ledger, lane, ack } = laneOver(1);
    lane.heard(ack(1));
    expect(lane.due()).toEqual([]);
    enter(ledger, orderOf(2));
    expect(spans(lane.due())).toEqual([[2, 2]]);
  });
});

describe('a frame', () => {
  const framesOf = ({ lane, ack }: ReturnType<typeof laneOver>): Frame[] => {
    const all: Frame[] = [];
    lane.heard(ack(0));
    for (let due = lane.due(); due.length > 0; due = lane.due()) {
      all.push(...due);
      const last = due.at(-1);
      lane.heard(ack((last?.from ?? 0) + (last?.entries.length ?? 0) - 1));
    }
    return all;
  };

  test('holds as many entries as the contract allows and no more', () => {
    expect(spans(framesOf(laneOver(300)))[0]?.[1]).toBeLessThanOrEqual(linkLimits.entriesPerFrame);
    expect(framesOf(laneOver(300)).flatMap(({ entries }) => entries)).toHaveLength(300);
  });

  test.each([
    ['Latin letters', 'x'],
    ['letters of three bytes', '桌'],
    ['signs of four bytes', '🍋'],
    ['signs JSON has to escape', '"'],
  ])('of %s is never larger than the contract allows', (_what, letter) => {
    const note = letter.repeat(Math.floor(250 / letter.length));
    const fields = Array.from({ length: 32 }, (_, place) => [`field-${place}`, note] as const);
    const frames = framesOf(laneOver(40, { userDefinedFields: Object.fromEntries(fields) }));
    expect(Math.max(...frames.map(bytesOf))).toBeLessThanOrEqual(linkLimits.frameBytes);
  });

  test('with the largest attachments is never larger than the contract allows', () => {
    const { ledger } = openedLedger(quietWorld());
    for (let number = 1; number <= 12; number += 1) {
      store(ledger, orderOf(number), number, sealedCard(number, linkLimits.sealedBytes));
    }
    const lane = upLaneOf(ledger, session);
    lane.heard({ session, epoch: 1, through: 0, hash: ledger.upLog.hashAt(0) ?? '' });
    const frames = lane.due();
    expect(Math.max(...frames.map(bytesOf))).toBeLessThanOrEqual(linkLimits.frameBytes);
    const kept = frames
      .flatMap(({ entries }) => entries)
      .filter(({ sealed }) => sealed !== undefined);
    expect(kept).toHaveLength(12);
  });

  test('with a word told again that was as large as a frame is not larger either', () => {
    const { ledger } = openedLedger(quietWorld());
    const words = wordLog();
    const large = { note: 'x'.repeat(60_000) };
    words.say('nobody knows this', large);
    words.say('transaction.decided', { ...answerTo(idOf('txn', 1), idOf('att', 1)), ...large });
    expect(takeWords(ledger, words.frame(1)).intake.is).toBe('taken');
    const lane = upLaneOf(ledger, session);
    lane.heard({ session, epoch: 1, through: 0, hash: ledger.upLog.hashAt(0) ?? '' });
    const [frame] = lane.due();
    expect(frame?.entries).toMatchObject([
      { body: { applied: false, content: null } },
      { body: { applied: false, content: null } },
    ]);
    expect(bytesOf(frame as Frame)).toBeLessThanOrEqual(linkLimits.frameBytes);
  });

  test('says what the ledger has, canonically', () => {
    const fixture = laneOver(3, { reference: 'é "x"' });
    for (const { entries } of framesOf(fixture)) {
      for (const { body } of entries) expect(JSON.parse(canonical(body))).toEqual(body);
    }
  });
});
