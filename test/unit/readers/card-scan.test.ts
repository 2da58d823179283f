/** Nothing of a card is let out by any reader at any level, however its bytes were spoiled on the way. */
import { describe, expect, test } from 'vitest';
import { chipCard } from '../../../simulator/readers/chip-card.ts';
import { plantedCards, plantedIn } from '../../fixtures/planted-cards.ts';
import { cardScanner } from '../../rigs/card-scan.ts';
import { listenedPost, type ListenedPost } from '../../rigs/listened-post.ts';
import { nameOf, playedReaders, type Piece, type PlayedReader } from '../../rigs/played-readers.ts';

/** Of a number six and four digits may be shown; eight in a row never are. */
const scanner = cardScanner(plantedIn(plantedCards, 8));
const [card] = plantedCards;
if (card === undefined) throw new Error('There is no card to plant.');
const [track1, track2] = card.tracks;

/** What is done to all that comes of one card: its pieces as they are, and the number of each byte. */
type Spoil = (piece: Piece, at: number) => readonly Piece[];

const changed = (piece: Piece, change: (bytes: Uint8Array) => Uint8Array): Piece[] => {
  const bytes = change(Uint8Array.from(piece.bytes));
  return bytes.length === 0 ? [] : [{ ...piece, bytes }];
};
const within = ({ bytes }: Piece, at: number, place: number) =>
  place >= at && place < at + bytes.length;

const damagedAt =
  (place: number, byte: number): Spoil =>
  (piece, at) =>
    within(piece, at, place)
      ? changed(piece, (bytes) => bytes.with(place - at, byte || (bytes[place - at] ?? 0) ^ 0x01))
      : [piece];
const lostAt =
  (place: number): Spoil =>
  (piece, at) =>
    within(piece, at, place)
      ? changed(piece, (bytes) =>
          Uint8Array.of(...bytes.slice(0, place - at), ...bytes.slice(place - at + 1)),
        )
      : [piece];
const cutAt =
  (place: number): Spoil =>
  (piece, at) =>
    changed(piece, (bytes) => bytes.slice(0, Math.max(0, place - at)));

const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'));
const latin1Of = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const equivalent = track2.replace(/[;?]/g, '').replace('=', 'D');

/** What comes in front of a card, or in the place of an answer. */
const garbage: readonly [string, Uint8Array][] = [
  ['a track', latin1(track2)],
  ['both tracks and a line end', latin1(`${track1}${track2}\r`)],
  ['half a track', latin1(track1.slice(0, 24))],
  ['a refusal and a track', latin1(`\x15${track2}\r`)],
  ['a track in hex', latin1(`${Buffer.from(track2).toString('hex')}\r`)],
  ['a chip’s number and track', hex(`5A08${card.pan}5713${equivalent.padEnd(38, 'F')}`)],
];

/** Every so many bytes something is done to one of them. */
const step = 3;
const spoilings: readonly ((place: number) => Spoil)[] = [
  (place) => damagedAt(place, 0),
  lostAt,
  (place) => damagedAt(place, 0x3f),
  cutAt,
];

/** Listens to a reader; what is wanted done to the next card is set before it is swiped. */
const listening = (played: PlayedReader) => {
  let spoil: Spoil = (piece) => [piece];
  let at = 0;
  const post = listenedPost(played, (piece) => {
    const pieces = spoil(piece, at);
    at += piece.bytes.length;
    return pieces;
  });
  const sell = (how: Spoil, act: (slot: ListenedPost['slot']) => void): number => {
    post.sell(() => {
      spoil = how;
      at = 0;
      act(post.slot);
    });
    spoil = (piece) => [piece];
    return at;
  };
  const testWith = (how: Spoil) => {
    spoil = how;
    post.test();
    spoil = (piece) => [piece];
  };
  return { post, sell, testWith };
};

const asTheyAre: Spoil = (piece) => [piece];

/** Spoils a card in every way there is, one after the other, a good one now and then. */
const spoilAll = (played: PlayedReader) => {
  const { post, sell, testWith } = listening(played);
  const ways = (['swipe', 'insert', 'tap'] as const).filter((way) => post.slot[way] !== undefined);
  for (const way of ways) {
    const act = ({ swipe, insert, tap, remove }: ListenedPost['slot']) => {
      if (way === 'swipe') swipe(card);
      if (way === 'insert') insert?.(chipCard(card));
      if (way === 'tap') tap?.(chipCard(card));
      remove?.();
    };
    const byteCount = sell(asTheyAre, act);
    for (let place = 0; place < byteCount; place += step) {
      const spoiling = spoilings[(place / step) % spoilings.length];
      if (spoiling !== undefined) sell(spoiling(place), act);
    }
    for (const [, bytes] of garbage) {
      sell((piece, at) => (at === 0 ? [{ ...piece, bytes }, piece] : [piece]), act);
      testWith((piece, at) => (at === 0 ? [{ ...piece, bytes }] : [piece]));
      post.send({ bytes, reportId: 1 });
    }
    sell(asTheyAre, act);
  }
  post.stop();
  return post;
};

describe('a card, good and spoiled at every few bytes,', () => {
  test.each(playedReaders.map((played) => [nameOf(played), played] as const))(
    'is let out nowhere: %s',
    (_, played) => {
      const { recorder, heard } = spoilAll(played);
      expect(heard.filter((is) => is === 'card').length).toBeGreaterThan(1);
      for (const where of ['payment', 'watch', 'decode', 'tested', 'log']) {
        expect(recorder.seen(where)).toBeGreaterThan(0);
      }
      expect(recorder.scan(scanner)).toEqual([]);
    },
  );
});

describe('the scan would have found', () => {
  const leaks: [string, (bytes: Uint8Array) => string | Uint8Array][] = [
    ['the bytes of a line in what is watched', (bytes) => bytes],
    ['a record that an error quotes', (bytes) => `It is no record: ${latin1Of(bytes)}.`],
    ['eight digits of a number', () => `a card ${card.pan.slice(4, 12)}`],
    ['what follows the expiry', () => `a stripe ${track2.slice(-14, -1)}`],
    ['what a chip says of itself', () => hex(`5713${equivalent.padEnd(38, 'F')}`)],
  ];
  const [played] = playedReaders.filter(({ protocol }) => protocol === 'magtek-port-powered');
  if (played === undefined) throw new Error('There is no reader to listen to.');

  test.each(leaks)('%s', (_, leak) => {
    const { post, sell } = listening(played);
    const letOut = (piece: Piece): readonly Piece[] => {
      post.recorder.note('watch', leak(piece.bytes));
      return [piece];
    };
    sell(letOut, ({ swipe }) => swipe(card));
    expect(post.recorder.scan(scanner).map(({ where }) => where)).toContain('watch');
  });
});
