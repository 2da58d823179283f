/**
 * Two ends of a serial line that are set to different rates: what one hears of what the other sends.
 *
 * A character is ten bits (8N1): a start bit 0, eight bits with the least first, a stop bit 1. The listener
 * waits for the line to fall, looks at the middle of each of its own bits, and waits for the line to be high
 * again before the next; where its stop bit should be and is not, it keeps the character all the same, as
 * Linux does unless it is told to check (`INPCK`, termios(3)).
 */

const bitsOfCharacter = 10;

/** What a port hears that listens so many times as fast as the bytes are sent. */
export const heardAtRate = (bytes: Uint8Array, timesAsFast: number): Uint8Array => {
  const levels = Array.from(bytes).flatMap(levelsOf);
  const levelAt = (sentBit: number): number => levels[Math.floor(sentBit)] ?? 1;
  const heard: number[] = [];
  let at = 0;
  for (;;) {
    while (at < levels.length && levels[at] === 1) at += 1;
    if (at >= levels.length) return Uint8Array.from(heard);
    const middleOf = (bit: number): number => at + (bit + 0.5) / timesAsFast;
    let byte = 0;
    for (let bit = 0; bit < 8; bit += 1) byte |= levelAt(middleOf(bit + 1)) << bit;
    heard.push(byte);
    const stop = middleOf(bitsOfCharacter - 1);
    // A line that is still low has to rise first.
    at = levelAt(stop) === 1 ? Math.floor(stop) : risenAfter(levels, Math.floor(stop));
  }
};

const levelsOf = (byte: number): number[] => [
  0,
  ...Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1),
  1,
];

const risenAfter = (levels: readonly number[], from: number): number => {
  const rise = levels.indexOf(1, from);
  return rise === -1 ? levels.length : rise;
};
