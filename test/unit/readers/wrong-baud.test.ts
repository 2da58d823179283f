/** A line whose ends are set to different rates: noise and silence, never a card, and then the right rate. */
import { describe, expect, test } from 'vitest';
import { heardAtRate } from '../../../simulator/readers/baud.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { listenedPost } from '../../rigs/listened-post.ts';
import { nameOf, playedReaders } from '../../rigs/played-readers.ts';

const serialReaders = playedReaders.filter(({ line }) => line === 'serial');

describe.each(serialReaders.map((played) => [nameOf(played), played] as const))(
  '%s',
  (_, played) => {
    test.each([[0.25], [0.5], [2], [4]])('read %d times as fast gives no card', (timesAsFast) => {
      const post = listenedPost(played, (piece) => {
        const bytes = heardAtRate(piece.bytes, timesAsFast);
        return bytes.length === 0 ? [] : [{ ...piece, bytes }];
      });
      post.sell(() => post.slot.swipe(testCards.visa));
      expect(post.heard).not.toContain('card');
      post.stop();
    });

    test('set right again, reads the next card', () => {
      let isWrong = true;
      const post = listenedPost(played, (piece) => {
        const bytes = isWrong ? heardAtRate(piece.bytes, 2) : piece.bytes;
        return bytes.length === 0 ? [] : [{ ...piece, bytes }];
      });
      post.sell(() => post.slot.swipe(testCards.visa));
      expect(post.heard).not.toContain('card');
      isWrong = false;
      post.test();
      post.sell(() => post.slot.swipe(testCards.visa));
      expect(post.heard).toContain('card');
      post.stop();
    });
  },
);
