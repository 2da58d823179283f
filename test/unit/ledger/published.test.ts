/** What may have left the device: kept over crashes, session ends, failed commits and new epochs. */
import { describe, expect, test } from 'vitest';
import { openEpoch } from '../../../agent/ledger/epoch.ts';
import type { Ledger } from '../../../agent/ledger/ledger.ts';
import { idOf, orderOf, sealedCard } from '../../fixtures/payments.ts';
import { freshPath, openedLedger, store, type OpenedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

/** A ledger in a file with three stored sales; the facts of each stand behind those of the one before. */
const shop = () => {
  const path = freshPath();
  const world = quietWorld();
  const opened = openedLedger(world, path);
  for (const number of [1, 2, 3]) store(opened.ledger, orderOf(number), number, sealedCard(number));
  return { ...opened, path, world };
};

const placeOf = ({ upLog }: Ledger, number: number) =>
  upLog.placeOf(idOf('txn', number), 'transaction.stored');

/** Which of the three sales may have left. */
const mayHaveLeft = (ledger: Ledger): number[] =>
  [1, 2, 3].filter((number) => ledger.published.mayHold(placeOf(ledger, number)));

const begin = ({ ledger }: Pick<OpenedLedger, 'ledger'>) =>
  ledger.commit(() => ledger.published.sessionBegins());
const offerSale = ({ ledger }: Pick<OpenedLedger, 'ledger'>, number: number) =>
  ledger.published.offer(placeOf(ledger, number)?.seq ?? 0);
const end = ({ ledger }: Pick<OpenedLedger, 'ledger'>) => {
  ledger.published.sessionEnds();
  ledger.commit(() => undefined);
};
const openedAgain = ({ ledger, path, world }: ReturnType<typeof shop>): Ledger => {
  ledger.close();
  return openedLedger(world, path).ledger;
};

describe('while the agent runs', () => {
  test('nothing has left before a session offers it, and then all up to what it offered', () => {
    const one = shop();
    expect(mayHaveLeft(one.ledger)).toEqual([]);
    begin(one);
    expect(mayHaveLeft(one.ledger)).toEqual([]);
    offerSale(one, 2);
    expect(mayHaveLeft(one.ledger)).toEqual([1, 2]);
    // The window goes back, and offers less: what left before has left.
    offerSale(one, 1);
    expect(mayHaveLeft(one.ledger)).toEqual([1, 2]);
    end(one);
    expect(mayHaveLeft(one.ledger)).toEqual([1, 2]);
  });

  test('what nobody can place may have left', () => {
    expect(shop().ledger.published.mayHold(undefined)).toBe(true);
  });
});

describe('after a start', () => {
  test('what a session offered is known, if it ended in order', () => {
    const one = shop();
    begin(one);
    offerSale(one, 1);
    end(one);
    expect(mayHaveLeft(openedAgain(one))).toEqual([1]);
  });

  test('everything may have left when the power failed in mid-session', () => {
    const one = shop();
    begin(one);
    offerSale(one, 1);
    const again = openedAgain(one);
    expect(mayHaveLeft(again)).toEqual([1, 2, 3]);
    // What is sold from then on has not.
    store(again, orderOf(4), 4, sealedCard(4));
    expect(again.published.mayHold(placeOf(again, 4))).toBe(false);
  });

  test('the end of a session counts once it is written, and not before', () => {
    const one = shop();
    begin(one);
    offerSale(one, 1);
    one.ledger.published.sessionEnds();
    expect(mayHaveLeft(openedAgain(one))).toEqual([1, 2, 3]);
  });

  test('a session that could not be written down has not begun, and the one before still has ended', () => {
    const one = shop();
    begin(one);
    offerSale(one, 1);
    end(one);
    one.db.pragma('query_only = ON');
    expect(() => begin(one)).toThrow();
    one.db.pragma('query_only = OFF');
    expect(mayHaveLeft(one.ledger)).toEqual([1]);
    expect(mayHaveLeft(openedAgain(one))).toEqual([1]);
  });
});

describe('in a new epoch', () => {
  test('what was told in an older one may have left, though it is told again', () => {
    const one = shop();
    openEpoch(one.ledger, 2);
    expect(mayHaveLeft(one.ledger)).toEqual([1, 2, 3]);
    store(one.ledger, orderOf(4), 4, sealedCard(4));
    expect(one.ledger.published.mayHold(placeOf(one.ledger, 4))).toBe(false);
    offerSale(one, 4);
    expect(one.ledger.published.mayHold(placeOf(one.ledger, 4))).toBe(true);
  });

  test('one that could not be opened changes nothing of what has left', () => {
    const one = shop();
    begin(one);
    offerSale(one, 2);
    one.db.pragma('query_only = ON');
    expect(() => openEpoch(one.ledger, 2)).toThrow();
    one.db.pragma('query_only = OFF');
    expect(mayHaveLeft(one.ledger)).toEqual([1, 2]);
  });

  test('that is long begun is forgotten in no start', () => {
    const one = shop();
    begin(one);
    offerSale(one, 3);
    openEpoch(one.ledger, 2);
    store(one.ledger, orderOf(4), 4, sealedCard(4));
    end(one);
    store(one.ledger, orderOf(5), 5, sealedCard(5));
    const again = openedAgain(one);
    expect(mayHaveLeft(again)).toEqual([1, 2, 3]);
    for (const number of [4, 5])
      expect(again.published.mayHold(placeOf(again, number))).toBe(false);
  });
});
