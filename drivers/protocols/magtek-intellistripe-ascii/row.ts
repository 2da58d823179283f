/** What the catalogue says of IntelliStripe readers. */
import type { ProtocolRow } from '../../protocol-row.ts';
import { decodeMagtekIntellistripe } from './decode.ts';
import { messageDigitsMax } from './message.ts';
import { openMagtekIntellistripe } from './reader.ts';

const framing = {
  by: 'delimiter',
  delimiter: '\r',
  recordBytesMax: messageDigitsMax,
} as const;

/** IntelliStripe readers whose protocol is set to ASCII hex, on a serial line or behind a terminal server. */
export const magtekIntellistripeAscii = {
  maker: 'MagTek',
  says: 'IntelliStripe 65, 310 and 320 in ASCII hex over RS-232 (manuals 99875161 and 99875168)',
  lines: {
    // 99875161 p. 71: the fixed baud rate leaves the factory as 57600.
    serial: {
      baudRate: 57_600,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      framing,
      writeWithinMs: 1_000,
    },
    tcp: { framing, connectWithinMs: 5_000, writeWithinMs: 1_000 },
  },
  options: {},
  openReader: openMagtekIntellistripe,
  decode: (bytes) => decodeMagtekIntellistripe(bytes),
} as const satisfies ProtocolRow;
