/** Check bytes of serial frames: the exclusive or of all bytes, and their sum. */

/** The exclusive or of some bytes; of a frame that contains its own LRC it is 0. */
export const lrcOf = (bytes: Uint8Array): number => bytes.reduce((lrc, byte) => lrc ^ byte, 0);

/** The sum of some bytes, modulo 256. */
export const sumOf = (bytes: Uint8Array): number =>
  bytes.reduce((sum, byte) => sum + byte, 0) & 0xff;
