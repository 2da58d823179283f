/** What the catalogue says of port-powered insertion readers. */
import type { ProtocolRow } from '../../protocol-row.ts';
import { decodeMagtekPortPowered } from './decode.ts';
import { portPoweredFramer } from './framer.ts';
import { openMagtekPortPowered } from './reader.ts';

// Bursts are 10 ms apart, and a terminal server may hold some back for longer.
const framing = { by: 'framer', framer: portPoweredFramer, stalledAfterMs: 400 } as const;

/** Half-card and port-powered insertion readers, on a serial line or behind a terminal server. */
export const magtekPortPowered = {
  maker: 'MagTek',
  says: 'Port-powered and half-card insertion readers over RS-232 (manuals of both, section 3)',
  lines: {
    // Half Card manual p. 20: the new reader leaves the factory at 9600 baud and takes 2400 to 115200.
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
  options: {},
  openReader: openMagtekPortPowered,
  decode: (bytes) => decodeMagtekPortPowered(bytes),
} as const satisfies ProtocolRow;
