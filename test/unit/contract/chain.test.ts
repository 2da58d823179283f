/** The chain of a log: whatever is changed, dropped, repeated or moved is found at its place. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chainHash, chainStart, type EntryHead, type Frame } from '../../../contract/index.ts';
import { validMessage } from '../../fixtures/messages.ts';
import { seed } from '../../fixtures/seed.ts';

type Link = EntryHead & { readonly hash: string };

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const subject = { clientId: 'corner-shop', deviceId: 'till-1' };
const start = chainStart(subject, 1, sha256);

const chainOf = (heads: readonly EntryHead[]): Link[] => {
  let prev = start;
  return heads.map((head) => ({ ...head, hash: (prev = chainHash(prev, head, sha256)) }));
};

/** The place of the first entry that does not follow from those before it. */
const brokenAt = (links: readonly Link[]): number => {
  let prev = start;
  return links.findIndex((link, place) => {
    const fits = link.seq === place + 1 && link.hash === chainHash(prev, link, sha256);
    prev = link.hash;
    return !fits;
  });
};

const heads = Array.from({ length: 6 }, (_, place): EntryHead => ({
  seq: place + 1,
  id: `fact_${place}`,
  type: 'reversal',
  at: 1_795_305_600_000 + place,
  clock: 'trusted',
  body: { amount: { value: 4_250 + place, currency: 'USD' }, reason: 'no_answer' },
}));
const links = chainOf(heads);
const changed = (place: number, change: Partial<Link>): Link[] =>
  links.map((link, at) => (at === place ? { ...link, ...change } : link));

test('an untouched chain holds', () => {
  expect(brokenAt(links)).toBe(-1);
});

test.each<[string, Partial<Link>]>([
  ['seq', { seq: 9 }],
  ['id', { id: 'fact_other' }],
  ['type', { type: 'answer.late' }],
  ['at', { at: 0 }],
  ['clock', { clock: 'untrusted' }],
  ['body', { body: { amount: { value: 4_251, currency: 'USD' }, reason: 'no_answer' } }],
  ['hash', { hash: '0'.repeat(64) }],
])('a changed %s is found', (_, change) => {
  expect(brokenAt(changed(2, change))).toBe(2);
});

test('an entry whose hash was made to fit again is found one later', () => {
  const body = { amount: { value: 1, currency: 'USD' }, reason: 'no_answer' };
  const prev = links[1]!.hash;
  const hash = chainHash(prev, { ...heads[2]!, body }, sha256);
  expect(brokenAt(changed(2, { body, hash }))).toBe(3);
});

test('a dropped, repeated or moved entry is found at its place', () => {
  expect(brokenAt(links.toSpliced(2, 1))).toBe(2);
  expect(brokenAt(links.toSpliced(3, 0, links[2]!))).toBe(3);
  expect(brokenAt(links.with(2, links[3]!).with(3, links[2]!))).toBe(2);
});

test('a dropped entry is found even when the rest is numbered anew', () => {
  const rest = links.toSpliced(2, 1).map((link, place) => ({ ...link, seq: place + 1 }));
  expect(brokenAt(rest)).toBe(2);
});

test('the order of members and what stands beside the entry do not matter', () => {
  const { seq, id, type, at, clock, body } = heads[0]!;
  const turned = { body, clock, at, type, id, seq, sealed: 'AAAA', erased: true };
  expect(chainHash(start, turned, sha256)).toBe(links[0]!.hash);
});

test.each([
  [{ clientId: 'corner-shop', deviceId: 'till-2' }, 1],
  [{ clientId: 'other-shop', deviceId: 'till-1' }, 1],
  [subject, 2],
])('another device or epoch begins elsewhere', (other, epoch) => {
  expect(chainStart(other, epoch, sha256)).not.toBe(start);
});

test('the frame among the fixtures is a chain', () => {
  const frame = validMessage('logUp') as Frame;
  expect(frame.prev).toBe(start);
  expect(brokenAt(frame.entries as Link[])).toBe(-1);
  const stored = frame.entries.find((entry) => entry.sealed !== undefined);
  const digest = createHash('sha256')
    .update(Buffer.from(stored?.sealed ?? '', 'base64'))
    .digest('hex');
  expect(stored?.body).toMatchObject({ sealed: { digest } });
});

test(`a chain of anything, with one entry lost, never holds (seed ${seed})`, () => {
  const bodies = fc.array(fc.jsonValue({ stringUnit: 'grapheme' }), {
    minLength: 2,
    maxLength: 12,
  });
  fc.assert(
    fc.property(bodies, fc.nat(), (given, draw) => {
      const chain = chainOf(given.map((body, place) => ({ ...heads[0]!, seq: place + 1, body })));
      expect(brokenAt(chain)).toBe(-1);
      const lost = draw % (chain.length - 1);
      expect(brokenAt(chain.toSpliced(lost, 1))).toBe(lost);
    }),
    { seed },
  );
});
