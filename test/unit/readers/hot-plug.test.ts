/** A post whose reader comes and goes: looked for, left to settle, restarted on purpose, or another one. */
import { describe, expect, test } from 'vitest';
import { postOf, type PostNews } from '../../../agent/readers/post.ts';
import { lookEveryMs, settleMs } from '../../../agent/readers/reopening.ts';
import { tracedMost } from '../../../agent/readers/trace.ts';
import type { BaudFound, LineEvent, ReaderEvent } from '../../../drivers/index.ts';
import { virtualClock } from '../../../simulator/world/clock.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { containing } from '../../rigs/containing.ts';
import { cardRead, ReaderShelf } from '../../rigs/scripted-reader.ts';

interface Differently {
  readonly serialNumber?: string;
  readonly path?: string;
  readonly serial?: boolean;
}

const posted = (differently: Differently = {}) => {
  const { serialNumber, path = '/dev/ttyUSB0', serial = false } = differently;
  const clock = virtualClock();
  const shelf = new ReaderShelf();
  const news: PostNews[] = [];
  const moves: string[] = [];
  const plug = { isThere: true };
  let hear: (event: ReaderEvent) => void = () => undefined;
  let hearLine: (event: LineEvent) => void = () => undefined;
  const rates: number[] = [];
  const silent = () => undefined;
  const line = { send: silent, query: silent, skip: silent, close: silent };
  const post = postOf({
    clock,
    openReader: (opening) => {
      hear = opening.hear;
      const opened = opening.open((event) => void event);
      opened.send(new Uint8Array(3), 1);
      opened.query(new Uint8Array(4));
      opened.skip();
      return shelf.openReader(opening);
    },
    setting: {
      ...{ id: 'counter', protocol: 'scripted', path },
      ...(serialNumber === undefined ? {} : { serialNumber }),
    },
    line: 'serial',
    openLine: (listener) => {
      hearLine = listener;
      return line;
    },
    isThere: () => plug.isThere,
    ...(serial
      ? {
          serial: {
            baudRate: 9_600,
            openAt: (rate: number) => () => {
              rates.push(rate);
              return line;
            },
          },
        }
      : {}),
    tell: (each) => (each.is === 'moved' ? moves.push(each.to) : news.push(each)),
  });
  const kinds = () => news.map(({ is }) => is);
  const say = (event: ReaderEvent) => hear(event);
  const lineSays = (event: LineEvent) => hearLine(event);
  return { clock, shelf, news, moves, kinds, post, plug, say, lineSays, rates };
};

const readyPost = (...parts: Parameters<typeof posted>) => {
  const all = posted(...parts);
  all.post.start();
  all.shelf.last().ready();
  return all;
};

describe('a reader that was pulled', () => {
  test('is looked for each second, and opened once it has settled', () => {
    const { clock, shelf, plug } = readyPost();
    plug.isThere = false;
    shelf.last().lose();
    clock.advance(60_000);
    expect(shelf.opened).toHaveLength(1);
    plug.isThere = true;
    clock.advance(lookEveryMs);
    expect(shelf.opened).toHaveLength(1);
    clock.advance(settleMs);
    expect(shelf.opened).toHaveLength(2);
  });

  test('and came back, and is lost again, is told of anew; one that only fails is not', () => {
    const { clock, shelf, plug, kinds } = readyPost();
    plug.isThere = false;
    shelf.last().lose();
    plug.isThere = true;
    clock.advance(lookEveryMs + settleMs);
    shelf.last().lose('silent');
    clock.advance(500);
    shelf.last().lose('silent');
    expect(kinds()).toEqual(['ready', 'lost', 'lost']);
  });

  test('is looked for no more once the post stops', () => {
    const { clock, shelf, plug, post } = readyPost();
    plug.isThere = false;
    shelf.last().lose();
    post.stop();
    expect(clock.nextDueInMs()).toBe(undefined);
  });
});

test('a reader tells of every state it comes to, once', () => {
  const { clock, shelf, moves, post } = readyPost();
  post.claim('txn_1', purchase, () => undefined)?.release();
  shelf.last().lose();
  clock.advance(500);
  shelf.last().ready();
  shelf.last().lose();
  post.stop();
  post.stop();
  const again = ['opening', 'ready', 'lost', 'absent'];
  expect(moves).toEqual(['opening', 'ready', 'busy', 'ready', 'lost', ...again]);
});

describe('a reader that restarts', () => {
  test('may be gone for the time it named, and is told of as ready again only', () => {
    const { clock, shelf, say, kinds, post } = readyPost();
    say({ is: 'restarting', withinMs: 5_000 });
    shelf.last().lose();
    clock.advance(500);
    expect(kinds()).toEqual(['ready']);
    shelf.last().ready();
    clock.advance(60_000);
    expect([kinds(), post.state().is]).toEqual([['ready', 'ready'], 'ready']);
  });

  test('and does not come back is told of when that time is over', () => {
    const { clock, shelf, say, kinds, plug } = readyPost();
    say({ is: 'restarting', withinMs: 5_000 });
    plug.isThere = false;
    shelf.last().lose();
    clock.advance(4_999);
    expect(kinds()).toEqual(['ready']);
    clock.advance(1);
    expect(kinds()).toEqual(['ready', 'lost']);
  });
});

describe('a reader with a serial number', () => {
  test('is used when it says that one, or none', () => {
    const { post } = readyPost({ serialNumber: 'R1' });
    expect(post.state().is).toBe('ready');
    const mute = posted({ serialNumber: 'R1' });
    mute.post.start();
    mute.shelf.last().ready({});
    expect(mute.post.state().is).toBe('ready');
  });

  test('that chose it by USB is used whatever number it says, for that may be another of its', () => {
    const { post } = readyPost({ serialNumber: 'USB0001', path: 'usb:0801:0011' });
    expect(post.state()).toMatchObject({ is: 'ready', identity: { serialNumber: 'R1' } });
    for (const path of ['usb:1-1.2', '/dev/hidraw0']) {
      expect(readyPost({ serialNumber: 'USB0001', path }).post.state().is).toBe('lost');
    }
  });

  test('is not used when it says another, and both are named', () => {
    const { post, shelf, news } = readyPost({ serialNumber: 'R2' });
    expect(post.state()).toMatchObject({ is: 'lost', detail: containing('R1') });
    expect(shelf.last().closed).toBe(true);
    expect(news).toMatchObject([{ is: 'lost', why: 'failed', detail: containing('R2') }]);
    expect(post.claim('txn_1', purchase, () => undefined)).toBe(undefined);
  });
});

describe('the search for a baud rate', () => {
  test('takes the reader away, tells what it found, and opens the reader again', () => {
    const { clock, post, shelf, rates } = readyPost({ serial: true });
    const found: BaudFound[] = [];
    expect(post.findBaud((each) => found.push(each))).toBe(true);
    expect([post.state().is, post.findBaud(() => undefined)]).toEqual(['absent', false]);
    clock.advance(300);
    expect(shelf.last().tests).toBe(1);
    shelf.last().tested(true);
    expect(found).toEqual([{ ok: true, baudRate: 9_600 }]);
    expect(rates).toEqual([9_600]);
    clock.advance(500);
    shelf.last().ready();
    expect([post.state().is, shelf.opened.length]).toEqual(['ready', 3]);
  });

  test('is refused where there is no serial port, and while the reader is lent', () => {
    expect(readyPost().post.findBaud(() => undefined)).toBe(false);
    const { post } = readyPost({ serial: true });
    post.claim('txn_1', purchase, () => undefined);
    expect(post.findBaud(() => undefined)).toBe(false);
  });

  test('ends when the post stops', () => {
    const { post, clock, shelf } = readyPost({ serial: true });
    post.findBaud(() => undefined);
    clock.advance(300);
    post.stop();
    expect([clock.nextDueInMs(), shelf.last().closed]).toEqual([undefined, true]);
  });
});

describe('the trace', () => {
  test('has every frame by length and kind, and cards masked', () => {
    const { post, shelf, lineSays } = readyPost();
    lineSays({ is: 'record', bytes: new Uint8Array(60), reportId: 2 });
    lineSays({ is: 'answer', bytes: new Uint8Array(8) });
    lineSays({ is: 'discarded', byteCount: 9 });
    shelf.last().read(cardRead());
    const shown = post
      .trace(0)
      .map(({ from, kind, byteCount = 0 }) => `${from} ${kind} ${byteCount}`);
    expect(shown).toEqual([
      ...['out send 3', 'out query 4', 'reader ready 0', 'in record 60', 'in answer 8'],
      ...['in discarded 9', 'reader card 0'],
    ]);
    expect(post.trace(0).at(-1)).toMatchObject({ seq: 7, says: containing('****') });
    expect(JSON.stringify(post.trace(0))).not.toContain('sealed away');
    expect(post.trace(5).map(({ seq }) => seq)).toEqual([6, 7]);
  });

  test('keeps the newest only', () => {
    const { post, lineSays } = readyPost();
    for (let at = 0; at < 2 * tracedMost; at += 1) lineSays({ is: 'discarded', byteCount: at });
    const seqs = post.trace(0).map(({ seq }) => seq);
    expect(seqs).toHaveLength(tracedMost);
    expect(seqs.at(-1)).toBe(2 * tracedMost + 3);
  });

  test('says in words what a reader said', () => {
    const { post, say, lineSays } = readyPost();
    say({ is: 'bad read', why: 'bad_track' });
    say({ is: 'prompt', prompt: 'insert_card' });
    say({ is: 'completed', verdict: 'approved' });
    say({ is: 'tested', passed: false, identity: {}, detail: 'nothing' });
    say({ is: 'noise', byteCount: 3 });
    say({ is: 'restarting', withinMs: 9 });
    lineSays({ is: 'opened' });
    lineSays({ is: 'ended', why: 'unplugged', detail: 'gone' });
    say({ is: 'lost', why: 'unplugged', detail: 'gone' });
    const words = post.trace(3).map(({ says = '' }) => says);
    expect(words).toEqual([
      ...['bad_track', 'insert_card', 'approved', 'failed: nothing', '', 'back within 9 ms'],
      ...['', 'unplugged: gone', 'unplugged: gone'],
    ]);
  });
});
