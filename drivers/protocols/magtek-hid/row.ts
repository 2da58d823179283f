/** What the catalogue says of MagTek's readers on USB HID. */
import type { ProtocolRow } from '../../protocol-row.ts';
import { commandBytes } from './command-report.ts';
import { decodeMagtekHid } from './decode.ts';
import { magtekPage, magtekReader } from './layout.ts';
import { openMagtekHid } from './reader.ts';
import { defaultSettings } from './settings.ts';

/** MagneSafe V5 and SureSwipe readers on USB HID. */
export const magtekHid = {
  maker: 'MagTek',
  says: 'MagneSafe V5 and SureSwipe readers over USB HID (manuals 99875475-10 and 99875191)',
  lines: {
    hid: {
      usagePage: magtekPage,
      usage: magtekReader,
      // The device's own descriptor says it better, where the system gives it.
      numbered: false,
      // More than the largest known report, which the manual says may grow (p. 5).
      inputBytesMax: 2_047,
      outputBytes: 0,
      featureBytes: commandBytes,
      writeWithinMs: 1_000,
    },
  },
  options: { ...defaultSettings },
  openReader: openMagtekHid,
  decode: (bytes) => decodeMagtekHid(bytes),
} as const satisfies ProtocolRow;
