/** A line whose ends are set to different rates, bit by bit. */
import { describe, expect, test } from 'vitest';
import { heardAtRate } from '../../../simulator/readers/baud.ts';

const everyByte = Uint8Array.from({ length: 256 }, (_, byte) => byte);

describe('bytes are heard', () => {
  test('as they are at their own rate', () => {
    expect(heardAtRate(everyByte, 1)).toEqual(everyByte);
  });

  // Drawn by hand: each sent bit is two of the listener's, and half a character is a whole one.
  test.each([
    ['low for nine bits', 0x00, [0x00]],
    ['low for five bits, then high', 0xf0, [0x00]],
    ['changing with every bit', 0x55, [0x66, 0xe6]],
    ['high behind its start bit', 0xff, [0xfe]],
  ])('twice as fast: %s', (_, sent, heard) => {
    expect([...heardAtRate(Uint8Array.of(sent), 2)]).toEqual(heard);
  });

  test('never as they are at any other rate of a reader', () => {
    for (const timesAsFast of [1 / 12, 0.25, 0.5, 2, 4, 12]) {
      expect(heardAtRate(everyByte, timesAsFast)).not.toEqual(everyByte);
    }
  });
});
