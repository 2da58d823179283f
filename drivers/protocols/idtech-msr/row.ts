/** What the catalogue says of ID TECH's readers of stripes. */
import type { ProtocolRow } from '../../protocol-row.ts';
import { decodeIdtechMsr } from './decode.ts';
import { idtechFramer, stalledAfterMs } from './frame.ts';
import { openIdtechMsr } from './reader.ts';
import { defaultSettings } from './settings.ts';

const framing = { by: 'framer', framer: idtechFramer, stalledAfterMs } as const;

/** ID TECH readers of stripes: on a serial line, behind a terminal server, or as a HID device. */
export const idtechMsr = {
  maker: 'ID TECH',
  says: 'SecureMag, SecureHead, SREDKey and Augusta swipe output (manuals 80096504-001, 80172501-001)',
  lines: {
    // SecureMag, appendix A: function 41 leaves the factory as 9600 baud.
    serial: {
      baudRate: 9_600,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      framing,
      writeWithinMs: 1_000,
    },
    tcp: { framing, connectWithinMs: 5_000, writeWithinMs: 1_000 },
    // SecureHead p. 24: 9 bytes and 512; MS246 p. 38: 537.
    hid: {
      usagePage: 0xff00,
      usage: 0x01,
      numbered: false,
      inputBytesMax: 1_024,
      outputBytes: 0,
      featureBytes: 0,
      writeWithinMs: 1_000,
    },
  },
  options: { ...defaultSettings },
  openReader: openIdtechMsr,
  decode: decodeIdtechMsr,
} as const satisfies ProtocolRow;
