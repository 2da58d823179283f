/** Words: sent in order until the device has them, and what happens when both sides remember differently. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chainHash, chainStart, linkLimits, type Frame } from '../../../contract/index.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { openSqlite } from '../../../agent/ledger/sqlite.ts';
import { until } from '../../../simulator/shop/until.ts';
import { Bench, newSale, reversal } from './bench.ts';
import type { ScriptedDevice } from './scripted-device.ts';

let bench: Bench;
let device: ScriptedDevice;

beforeEach(async () => {
  bench = await Bench.open();
  device = bench.device();
  await device.begin();
});
afterEach(() => bench.close());

const reverse = (count: number) =>
  device.tell(...Array.from({ length: count }, () => reversal(newSale())));

const start = () => ({ epoch: 1, through: 0, hash: chainStart(device.subject, 1, sha256) });
const isTaken = (through: number) =>
  until(`word ${through} is taken`, () => bench.portal.devices()[0]?.downTaken === through);

const expectChained = ({ epoch, from, prev, entries }: Frame) => {
  let before = prev;
  if (from === 1) expect(prev).toBe(chainStart(device.subject, epoch, sha256));
  for (const entry of entries) {
    expect(entry.hash).toBe(chainHash(before, entry, sha256));
    before = entry.hash;
  }
};

test('words are numbered and chained, and wait for the device to say where it stands', async () => {
  await reverse(3);
  expect(device.frames()).toEqual([]);
  await device.acknowledgeWords();
  await until('a frame came', () => device.frames().length > 0);
  const frame = device.frames()[0]!;
  expect(frame).toMatchObject({ session: device.session, epoch: 1, head: 3, from: 1 });
  expect(frame.entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
  expectChained(frame);
});

test('a device that never says where it stands is sent its words after a while', async () => {
  await reverse(1);
  await until('a frame came', () => device.frames().length > 0);
});

test('unacknowledged words are sent again, acknowledged ones are not', async () => {
  await device.acknowledgeWords();
  await reverse(2);
  await until('it was sent twice', () => device.frames().length >= 2);
  expect(bench.all('words.sent')).toMatchObject([{ again: false }, { again: true }]);
  await device.acknowledgeWords();
  await isTaken(2);
  const before = device.frames().length;
  await reverse(1);
  await until('the next came', () => device.frames().length > before);
  expect(device.frames().at(-1)).toMatchObject({ from: 3 });
});

test('words not acknowledged in one session come in the next', async () => {
  await device.acknowledgeWords();
  await reverse(2);
  await until('a frame came', () => device.frames().length > 0);
  device.die();
  await bench.happens('device.offline');
  device.heard.splice(0);
  await device.begin();
  await device.acknowledgeWords(start());
  await until('it came again', () => device.frames().length > 0);
  expect(device.frames()[0]).toMatchObject({ session: 2, from: 1, head: 2 });
});

test('no more frames are under way than the window allows, each within its size', async () => {
  // The session's first acknowledgements are heard before there is much to say; no other moves the window.
  await device.acknowledgeWords();
  await reverse(1);
  await until('a word came', () => device.words.length > 0);
  await device.acknowledgeWords();
  await isTaken(1);
  bench.portal.faults.arm('hold_decisions', { count: 1 });
  const [times, count] = [15, 100];
  for (let i = 0; i < times; i += 1) await reverse(count);
  bench.portal.faults.clear();
  const window = linkLimits.framesInFlight;
  const frames = () => device.frames().filter(({ from }) => from > 1);
  await until('the window is full', () => frames().length >= window);
  const sent = bench.all('words.sent').filter(({ from, again }) => from > 1 && !again);
  expect(sent.length).toBe(window);
  for (const { bytes } of device.heard) expect(bytes).toBeLessThanOrEqual(linkLimits.frameBytes);
  frames().slice(0, window).forEach(expectChained);
  await until('everything is taken', async () => {
    await device.acknowledgeWords();
    return bench.portal.devices()[0]?.downTaken === 1 + times * count;
  });
});

describe('the first acknowledgement of a session', () => {
  beforeEach(async () => {
    await device.acknowledgeWords();
    await reverse(3);
    await until('a frame came', () => device.words.length >= 3);
    await device.acknowledgeWords();
    await isTaken(3);
    device.die();
    await bench.happens('device.offline');
    device.heard.splice(0);
    device.words.splice(0);
    await device.begin();
  });

  test('may move back: words the ledger lost are sent again', async () => {
    const { hash } = chainedThrough(1);
    await device.acknowledgeWords({ epoch: 1, through: 1, hash });
    await until('a frame came', () => device.frames().length > 0);
    expect(device.frames()[0]).toMatchObject({ epoch: 1, from: 2, head: 3 });
  });

  test('ahead of the portal makes it open a new epoch and go on there', async () => {
    await device.acknowledgeWords({ epoch: 1, through: 9, hash: 'a'.repeat(64) });
    await bench.happens('words.epoch_opened');
    expect(bench.all('words.epoch_opened')).toMatchObject([{ epoch: 2, movedCount: 0 }]);
    await reverse(1);
    await until('a frame came', () => device.frames().length > 0);
    expect(device.frames()[0]).toMatchObject({ epoch: 2, from: 1, head: 1 });
    expectChained(device.frames()[0]!);
  });

  test('of an epoch the portal does not know makes it open the one after', async () => {
    await device.acknowledgeWords({ epoch: 5, through: 2, hash: 'a'.repeat(64) });
    await bench.happens('words.epoch_opened');
    expect(bench.portal.devices()).toMatchObject([{ downEpoch: 6, downTaken: 0 }]);
  });

  test('that is behind and different gets everything again in a new epoch', async () => {
    await device.acknowledgeWords({ epoch: 1, through: 2, hash: 'a'.repeat(64) });
    await until('a frame came', () => device.frames().length > 0);
    expect(device.frames()[0]).toMatchObject({ epoch: 2, from: 1, head: 3 });
  });

  test('of an earlier epoch gets what was moved from it', async () => {
    await device.acknowledgeWords({ epoch: 1, through: 2, hash: 'a'.repeat(64) });
    await until('a frame came', () => device.frames().length > 0);
    device.die();
    await bench.happens('device.offline', 2);
    device.heard.splice(0);
    await device.begin();
    await device.acknowledgeWords(start());
    await until('a frame came', () => device.frames().length > 0);
    expect(device.frames()[0]).toMatchObject({ epoch: 2, from: 1, head: 3 });
  });

  test.each([
    ['back', () => ({ ...start() })],
    ['beyond the head', () => ({ epoch: 1, through: 9, hash: 'a'.repeat(64) })],
    ['to another epoch', () => ({ ...start(), epoch: 4 })],
  ])('binds: a later one may not move %s', async (_, standing) => {
    await device.acknowledgeWords({ epoch: 1, ...chainedThrough(3) });
    await device.acknowledgeWords(standing());
    await bench.happens('words.ack_ignored');
    expect(bench.portal.devices()).toMatchObject([{ downEpoch: 1, downTaken: 3 }]);
  });
});

// Read from an image of the store: the device of these tests has forgotten them.
const chainedThrough = (through: number): { through: number; hash: string } => {
  const db = openSqlite(':memory:', bench.portal.snapshot());
  const word = db
    .prepare<[number], { hash: string }>('select hash from word where epoch = 1 and seq = ?')
    .get(through);
  db.close();
  if (word === undefined) throw new Error(`There is no word ${through}.`);
  return { through, hash: word.hash };
};
