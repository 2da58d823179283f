/** What the catalogue says of MagneSafe V5 readers on a serial line. */
import type { ProtocolRow } from '../../protocol-row.ts';
import { decodeMagtekSerialLine } from './decode.ts';
import { openMagtekSerialLine } from './reader.ts';
import { defaultSettings } from './settings.ts';

const framing = { by: 'delimiter', delimiter: '\r', recordBytesMax: 2_048 } as const;

/** MagneSafe V5 readers on a serial line, or behind a terminal server. */
export const magtekSerialLine = {
  maker: 'MagTek',
  says: 'MagneSafe V5 swipe and insert readers over RS-232 or UART (manual 99875475-10)',
  lines: {
    // Page 33: property 0x0A leaves the factory as 9600 baud, 8 bits, no parity.
    serial: {
      baudRate: 9_600,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      framing,
      writeWithinMs: 1_000,
    },
    tcp: { framing, connectWithinMs: 5_000, writeWithinMs: 1_000 },
  },
  options: { ...defaultSettings },
  openReader: openMagtekSerialLine,
  decode: (bytes) => decodeMagtekSerialLine(bytes),
} as const satisfies ProtocolRow;
