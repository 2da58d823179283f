/** CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF, nothing reflected; of "123456789" it is 0x29B1. */

/** The CRC of some bytes, 0 … 0xFFFF. */
export const crc16CcittFalse = (bytes: Uint8Array): number => {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
    }
    crc &= 0xffff;
  }
  return crc;
};
