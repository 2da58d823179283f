/** What the catalogue says of MagTek’s MMS devices. */
import type { ProtocolRow } from '../../protocol-row.ts';
import { decodeMagtekMms } from './decode.ts';
import { packetBytes } from './packets.ts';
import { openMagtekMms } from './reader.ts';
import { defaultSettings } from './settings.ts';
import { wrappedFramer } from './wrapper.ts';

const framing = { by: 'framer', framer: wrappedFramer, stalledAfterMs: 1_000 } as const;

/**
 * MMS devices as HID devices, on a serial line, or on one behind a terminal server. What they have over a
 * network of their own is another matter.
 */
export const magtekMms = {
  maker: 'MagTek',
  says: 'DynaFlex and DynaProx readers of stripes, chips and telephones, over USB or RS-232',
  lines: {
    // Manual, tables 4 to 8: one report each way, of 64 bytes, without a number.
    hid: {
      usagePage: 0xff00,
      usage: 0x01,
      numbered: false,
      inputBytesMax: packetBytes,
      outputBytes: packetBytes,
      featureBytes: 0,
      writeWithinMs: 1_000,
    },
    // Manual, “How to use RS-232/UART connections”; DynaProx only.
    serial: {
      baudRate: 115_200,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      framing,
      writeWithinMs: 1_000,
    },
    tcp: { framing, connectWithinMs: 5_000, writeWithinMs: 1_000 },
  },
  options: { ...defaultSettings },
  openReader: openMagtekMms,
  decode: decodeMagtekMms,
} as const satisfies ProtocolRow;
