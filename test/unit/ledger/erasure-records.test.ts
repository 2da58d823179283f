/** The record of an erasure is removed in its time, and never so that sealed data would be moved for it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Ledger } from '../../../agent/ledger/ledger.ts';
import { seededDice } from '../../../simulator/world/dice.ts';
import { idOf, sealedCard } from '../../fixtures/payments.ts';
import { AgedLedger } from '../../rigs/aged-ledger.ts';
import { freshPath, openedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

const cards = (count: number) =>
  Array.from({ length: count }, (_, place) => sealedCard(place + 1, 700));

/** A ledger's sealed data alone: so many rows, of transactions that nobody needs here. */
const sealedRows = (count: number) => {
  const path = freshPath();
  const { ledger, db } = openedLedger(quietWorld(), path);
  db.pragma('foreign_keys = OFF');
  db.pragma('synchronous = OFF');
  const all = cards(count);
  const keep = (place: number) => {
    const { digest, bytes } = all[place] ?? sealedCard(0);
    ledger.sealed.keep(digest, idOf('txn', place), bytes);
  };
  return { path, ledger, all, keep };
};

const erase = ({ sealed }: Ledger, place: number) =>
  sealed.eraseOf(idOf('txn', place), 1, 'approved');

test('it may not go beside sealed data that is still kept, on either side', () => {
  const { ledger, all, keep } = sealedRows(1_000);
  all.forEach((_, place) => keep(place));
  all.forEach((_, place) => place === 500 || erase(ledger, place));
  const aside = all.map(({ digest }) => ledger.sealed.isAside(digest));
  expect([aside.indexOf(false), aside.lastIndexOf(false)]).toEqual([101, 900]);
  erase(ledger, 500);
  expect(all.every(({ digest }) => ledger.sealed.isAside(digest))).toBe(true);
  ledger.close();
});

test('what is not erased is no record, and is not removed', () => {
  const { ledger, all, keep } = sealedRows(1);
  keep(0);
  const { digest } = all[0] ?? sealedCard(0);
  expect(ledger.sealed.remove(digest)).toBe(false);
  expect(ledger.sealed.bytesOf(digest)).toBeDefined();
  erase(ledger, 0);
  expect([ledger.sealed.remove(digest), ledger.sealed.remove(digest)]).toEqual([true, false]);
  ledger.close();
});

// With each of these seeds a copy is left when records go without looking at what stands beside them.
test.each([14, 16, 18])('records that went leave no copy of what is erased later (%i)', (seed) => {
  const { path, ledger, all, keep } = sealedRows(1_500);
  const dice = seededDice(seed);
  const undecided: number[] = [];
  const late = new Set(Array.from({ length: 5 }, () => dice.below(all.length)));
  all.forEach((_, place) => {
    keep(place);
    if (!late.has(place)) undecided.push(place);
    if (dice.below(3) > 0)
      erase(ledger, undecided.splice(dice.below(undecided.length), 1)[0] ?? -1);
  });
  for (const place of undecided) erase(ledger, place);
  ledger.checkpoint();
  for (let from = 0; from < all.length; from += 200) {
    const going = all.slice(from, from + 200).filter(({ digest }) => ledger.sealed.isAside(digest));
    ledger.commit(() => going.map(({ digest }) => ledger.sealed.remove(digest)));
  }
  for (const place of late) erase(ledger, place);
  ledger.checkpoint();
  const file = readFileSync(path);
  const left = [...late].filter((place) =>
    pieces(all[place]?.bytes ?? new Uint8Array()).some((piece) => file.includes(piece)),
  );
  expect(left).toEqual([]);
  ledger.close();
});

const pieces = (bytes: Uint8Array): Buffer[] =>
  Array.from({ length: Math.floor(bytes.length / 32) }, (_, place) =>
    Buffer.from(bytes.subarray(place * 32, place * 32 + 32)),
  );

test('a sale stays while the record of its erasure may not go', () => {
  const aged = new AgedLedger();
  aged.sell(1, 'stored');
  aged.decide(1);
  aged.growOld();
  aged.sell(2, 'stored');
  const stay = { why: 'beside sealed data', transactionId: idOf('txn', 1) };
  expect(aged.prune()).toMatchObject({ entries: 0, stay });
  aged.decide(2);
  expect(aged.prune()).toMatchObject({ transactions: 1 });
});
