/** A post: keeps its reader open and lends it to one payment at a time. */
import { describe, expect, test } from 'vitest';
import {
  postOf,
  type CardEvent,
  type PostNews,
  type ReaderTest,
} from '../../../agent/readers/post.ts';
import { virtualClock } from '../../../simulator/world/clock.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { cardRead, ReaderShelf } from '../../rigs/scripted-reader.ts';

const posted = () => {
  const clock = virtualClock();
  const shelf = new ReaderShelf();
  const news: PostNews[] = [];
  const post = postOf({
    ...{ clock, openReader: shelf.openReader },
    setting: { id: 'counter', protocol: 'scripted', path: '/dev/null' },
    line: 'serial',
    openLine: () => ({
      ...{ send: () => undefined, query: () => undefined },
      ...{ skip: () => undefined, close: () => undefined },
    }),
    tell: (each) => void (each.is === 'moved' || news.push(each)),
  });
  return { clock, shelf, news, post };
};

const readyPost = () => {
  const all = posted();
  all.post.start();
  all.shelf.last().ready();
  return { ...all, reader: all.shelf.last() };
};

/** A claim, and what it hears. */
const claimOf = ({ post }: ReturnType<typeof posted>, transactionId = 'txn_1') => {
  const heard: CardEvent['is'][] = [];
  const claim = post.claim(transactionId, purchase, ({ is }) => heard.push(is));
  return { heard, claim, release: claim && (() => claim.release()) };
};

test('nothing is opened before it starts, and it is ready when its reader says so', () => {
  const { post, shelf, news } = posted();
  expect([post.state().is, shelf.opened.length]).toEqual(['absent', 0]);
  post.start();
  expect(post.state().is).toBe('opening');
  shelf.last().ready();
  shelf.last().ready();
  expect(post.state()).toMatchObject({ is: 'ready', identity: { serialNumber: 'R1' } });
  expect(news.map(({ is }) => is)).toEqual(['ready']);
});

describe('a claim', () => {
  test('arms the reader, names its transaction, and keeps everybody else out', () => {
    const all = readyPost();
    const { heard, release } = claimOf(all);
    expect(release).toBeDefined();
    expect([all.reader.armed, all.post.state()]).toMatchObject([
      ...[1, { is: 'busy', transactionId: 'txn_1' }],
    ]);
    expect(claimOf(all, 'txn_2').release).toBeUndefined();
    expect(all.post.state()).toMatchObject({ transactionId: 'txn_1' });
    all.reader.fail('bad_track');
    all.reader.read(cardRead());
    expect(heard).toEqual(['bad read', 'card']);
  });

  test('tells that a card was read and how, and nothing of the card; unclaimed it tells of none', () => {
    const all = readyPost();
    all.reader.read(cardRead());
    all.reader.fail('bad_track');
    expect(all.news.map(({ is }) => is)).toEqual(['ready']);
    claimOf(all);
    all.reader.read(cardRead());
    all.reader.fail('damaged');
    expect(all.news.slice(1)).toEqual([
      { is: 'card', entryMode: 'contactless' },
      { is: 'bad read', why: 'damaged' },
    ]);
  });

  test('once released hears nothing more, and the next one may begin', () => {
    const all = readyPost();
    const first = claimOf(all);
    first.release?.();
    expect([all.reader.disarmed, all.post.state().is]).toEqual([1, 'ready']);
    const second = claimOf(all, 'txn_2');
    all.reader.read(cardRead());
    expect([first.heard, second.heard]).toEqual([[], ['card']]);
  });

  test('released twice lets go of nobody else’s', () => {
    const all = readyPost();
    const first = claimOf(all);
    first.release?.();
    claimOf(all, 'txn_2');
    first.release?.();
    expect([all.reader.disarmed, all.post.state()]).toMatchObject([1, { transactionId: 'txn_2' }]);
  });

  test('of a reader that is not ready is refused', () => {
    const all = posted();
    expect(claimOf(all).release).toBeUndefined();
    all.post.start();
    expect(claimOf(all).release).toBeUndefined();
  });

  test('whose reader is lost hears so once, and its release does nothing to the next reader', () => {
    const all = readyPost();
    const { heard, release } = claimOf(all);
    all.reader.lose();
    all.reader.lose();
    all.reader.read(cardRead());
    expect([heard, all.post.state().is]).toEqual([['lost'], 'lost']);
    all.clock.advance(500);
    all.shelf.last().ready();
    claimOf(all, 'txn_2');
    release?.();
    expect([all.shelf.last().disarmed, all.post.state()]).toMatchObject([0, { is: 'busy' }]);
  });
});

describe('a reader that is lost', () => {
  test('is opened again after waits that double, and told of once', () => {
    const { clock, shelf, news, post } = readyPost();
    shelf.last().lose();
    const opened: number[] = [];
    for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      clock.advance(wait - 1);
      opened.push(shelf.opened.length);
      clock.advance(1);
      shelf.last().lose();
    }
    expect(opened).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(shelf.opened).toHaveLength(8);
    expect(news.map(({ is }) => is)).toEqual(['ready', 'lost']);
    clock.advance(10_000);
    shelf.last().ready();
    shelf.last().lose();
    clock.advance(500);
    expect(shelf.opened).toHaveLength(10);
    expect(news.map(({ is }) => is)).toEqual(['ready', 'lost', 'ready', 'lost']);
    expect(post.state().is).toBe('opening');
  });

  test('says nothing any more: what an old one still tells is not heard', () => {
    const { clock, shelf, post, news } = readyPost();
    const [old] = shelf.opened;
    old?.lose();
    clock.advance(500);
    shelf.last().ready();
    old?.lose();
    old?.noise(9);
    expect([post.state().is, news.map(({ is }) => is)]).toEqual([
      'ready',
      ['ready', 'lost', 'ready'],
    ]);
  });
});

describe('a test', () => {
  test('is answered by the reader, once for all who asked', () => {
    const { post, reader } = readyPost();
    const results: ReaderTest[] = [];
    expect(post.test((result) => results.push(result))).toBe(true);
    expect(post.test((result) => results.push(result))).toBe(true);
    expect(reader.tests).toBe(1);
    reader.tested(true, 'all is well');
    reader.tested(true);
    expect(results).toMatchObject([
      { passed: true, identity: { serialNumber: 'R1' }, detail: 'all is well' },
      { passed: true },
    ]);
  });

  test('of a reader that is busy or not there is refused', () => {
    const all = readyPost();
    claimOf(all);
    expect(all.post.test(() => undefined)).toBe(false);
    all.reader.lose();
    expect(all.post.test(() => undefined)).toBe(false);
  });

  test('of a reader that is lost meanwhile fails, and says why', () => {
    const { post, reader } = readyPost();
    const results: ReaderTest[] = [];
    post.test((result) => results.push(result));
    reader.lose();
    expect(results).toMatchObject([{ passed: false, detail: 'it was unplugged' }]);
  });
});

test('noise on the line is told', () => {
  const { reader, news } = readyPost();
  reader.noise(17);
  expect(news.at(-1)).toEqual({ is: 'noise', byteCount: 17 });
});

describe('stopping', () => {
  test('closes the reader, opens it no more, and lends it to nobody', () => {
    const all = readyPost();
    const results: ReaderTest[] = [];
    all.post.test((result) => results.push(result));
    all.post.stop();
    all.clock.advance(60_000);
    expect([all.reader.closed, all.shelf.opened.length]).toEqual([true, 1]);
    expect(claimOf(all).release).toBeUndefined();
    expect(results).toMatchObject([{ passed: false }]);
  });

  test('while a lost reader is waited for stops the waiting', () => {
    const { post, reader, clock, shelf } = readyPost();
    reader.lose();
    post.stop();
    clock.advance(60_000);
    expect([shelf.opened.length, clock.nextDueInMs()]).toEqual([1, undefined]);
  });

  test('is not for ever', () => {
    const { post, shelf } = readyPost();
    post.stop();
    post.start();
    shelf.last().ready();
    expect([post.state().is, shelf.opened.length]).toEqual(['ready', 2]);
  });
});
