/**
 * CRCs of 16 bits, by their names in the catalogue of CRCs. Of "123456789" CCITT-FALSE is 0x29B1, KERMIT
 * 0x2189 and XMODEM 0x31C3; who says one of these names often means another.
 */

interface Crc16 {
  /** The polynomial, its highest bit first; reflected, its lowest. */
  readonly polynomial: number;
  readonly start: number;
  /** Each byte's lowest bit first. */
  readonly isReflected: boolean;
}

const crc16 = (row: Crc16): ((bytes: Uint8Array) => number) => {
  const { start, isReflected } = row;
  const remainders = Uint16Array.from({ length: 256 }, (_, byte) => remainderOf(byte, row));
  const after = (crc: number, byte: number): number =>
    isReflected
      ? (crc >>> 8) ^ (remainders[(crc ^ byte) & 0xff] ?? 0)
      : ((crc << 8) & 0xffff) ^ (remainders[(crc >>> 8) ^ byte] ?? 0);
  return (bytes) => {
    let crc = start;
    for (const byte of bytes) crc = after(crc, byte);
    return crc;
  };
};

// What eight bits leave behind, worked out once for each byte there is.
const remainderOf = (byte: number, { polynomial, isReflected }: Crc16): number => {
  let crc = isReflected ? byte : byte << 8;
  for (let bit = 0; bit < 8; bit += 1) {
    const isOut = (crc & (isReflected ? 1 : 0x8000)) !== 0;
    crc = isReflected ? crc >>> 1 : (crc << 1) & 0xffff;
    if (isOut) crc ^= polynomial;
  }
  return crc;
};

/** CRC-16/CCITT-FALSE, 0 … 0xFFFF: MagTek's text line, ViVOtech2. */
export const crc16CcittFalse = crc16({ polynomial: 0x1021, start: 0xffff, isReflected: false });

/** CRC-16/KERMIT: what ZVT calls "CRC-XModem" and is not. */
export const crc16Kermit = crc16({ polynomial: 0x8408, start: 0, isReflected: true });

/** CRC-16/XMODEM. */
export const crc16Xmodem = crc16({ polynomial: 0x1021, start: 0, isReflected: false });
