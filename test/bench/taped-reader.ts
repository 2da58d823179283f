/** The readers that are taped: each protocol on each of its lines, and a customer with a card. */
import {
  protocols,
  type OpenLine,
  type ProtocolName,
  type ProtocolRow,
  type Timers,
} from '../../drivers/index.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import { chipCard } from '../../simulator/readers/chip-card.ts';
import { stringHidWire } from '../../simulator/readers/hid-wire.ts';
import { simulateIdtechMsrHid } from '../../simulator/readers/idtech-msr.ts';
import { magtekHidSizes, simulateMagtekHid } from '../../simulator/readers/magtek-hid.ts';
import { simulateMagtekMmsHid } from '../../simulator/readers/magtek-mms.ts';
import { chipReaders, shelf } from '../../simulator/readers/shelf.ts';
import type { SimulatedReader } from '../../simulator/readers/simulated-reader.ts';
import { simulateVivotech2Hid } from '../../simulator/readers/vivotech2.ts';
import { stringWire } from '../../simulator/readers/wire.ts';

/** What a reader is taped on. A terminal server brings what the serial line would. */
export type TapedLine = 'serial' | 'hid';

/** A simulated reader at the end of a wire, and its customer. */
export interface TapedReader {
  readonly open: OpenLine;
  /** Puts a card with a chip in, or swipes one where there is no slot for chips. */
  present(): void;
  leave(): void;
}

/** Strings a wire to a reader; `tap` is given all that it sends over a serial line. */
export const tapedReader = (
  protocol: ProtocolName,
  line: TapedLine,
  { timers, tap }: { timers: Timers; tap: (bytes: Uint8Array) => void },
): TapedReader => {
  const wire = line === 'hid' ? hidWire(protocol, timers) : serialWire(protocol, timers, tap);
  const slot: Slot = wire.reader;
  const card = testCards.visa;
  return chipReaders.has(protocol)
    ? {
        open: wire.open,
        present: () => slot.insert?.(chipCard(card)),
        leave: () => slot.remove?.(),
      }
    : { open: wire.open, present: () => slot.swipe(card), leave: () => undefined };
};

type Slot = Pick<SimulatedReader, 'swipe' | 'insert' | 'remove'>;

const serialWire = (protocol: ProtocolName, timers: Timers, tap: (bytes: Uint8Array) => void) => {
  const make = shelf[protocol];
  const { serial }: ProtocolRow['lines'] = protocols[protocol].lines;
  if (make === undefined || serial === undefined) {
    throw new Error(`No ${protocol} is simulated on a serial line.`);
  }
  const tapped = (send: (bytes: Uint8Array) => void) =>
    make(timers, (bytes) => {
      tap(bytes);
      send(bytes);
    });
  return stringWire(tapped, serial.framing, timers);
};

const hidWire = (protocol: ProtocolName, timers: Timers) => {
  const { 'idtech-msr': idtech, 'magtek-mms': mms, vivotech2 } = protocols;
  switch (protocol) {
    case 'idtech-msr':
      return stringHidWire(
        (plug) => simulateIdtechMsrHid({ timers }, plug),
        idtech.lines.hid,
        timers,
      );
    case 'magtek-hid':
      return stringHidWire(
        (plug) => simulateMagtekHid({ timers }, plug),
        magtekHidSizes('v5'),
        timers,
      );
    case 'magtek-mms':
      return stringHidWire((plug) => simulateMagtekMmsHid({ timers }, plug), mms.lines.hid, timers);
    case 'vivotech2':
      return stringHidWire(
        (plug) => simulateVivotech2Hid({ timers }, plug),
        vivotech2.lines.hid,
        timers,
      );
    case 'magtek-serial-line':
    case 'magtek-port-powered':
    case 'magtek-intellistripe-ascii':
      throw new Error(`No ${protocol} is simulated as a HID device.`);
  }
};
