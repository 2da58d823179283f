/** What the catalogue says of ID TECH's NEO readers. */
import type { ProtocolRow } from '../../protocol-row.ts';
import { decodeVivotech2 } from './decode.ts';
import { stalledAfterMs, vivotech2Framer } from './frame.ts';
import { openVivotech2 } from './reader.ts';
import { defaultSettings } from './settings.ts';
import { reportBytes } from './reports.ts';

const framing = { by: 'framer', framer: vivotech2Framer, stalledAfterMs } as const;

/** NEO readers: on a serial line, behind a terminal server, or as a HID device. */
export const vivotech2 = {
  maker: 'ID TECH',
  says: 'NEO and NEO 2 readers of stripes and chips, such as VP3300, VP6800, VP8800 and Kiosk',
  lines: {
    serial: {
      // Many leave the factory so; the guide lets each be set to another rate (30-xx).
      baudRate: 19_200,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      framing,
      writeWithinMs: 1_000,
    },
    tcp: { framing, connectWithinMs: 5_000, writeWithinMs: 1_000 },
    // Page 41: reports 1 to 4 of 63 bytes behind their number, both ways.
    hid: {
      usagePage: 0xff00,
      usage: 0x01,
      numbered: true,
      inputBytesMax: reportBytes,
      outputBytes: reportBytes,
      featureBytes: 0,
      writeWithinMs: 1_000,
    },
  },
  options: { ...defaultSettings },
  openReader: openVivotech2,
  decode: decodeVivotech2,
} as const satisfies ProtocolRow;
