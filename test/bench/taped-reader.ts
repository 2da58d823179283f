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
import { magtekHidSizes } from '../../simulator/readers/magtek-hid.ts';
import { chipReaders, hidShelf, shelf } from '../../simulator/readers/shelf.ts';
import type { SimulatedReader } from '../../simulator/readers/simulated-reader.ts';
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
    make({ timers, behaviours: [] }, (bytes) => {
      tap(bytes);
      send(bytes);
    });
  return stringWire(tapped, serial.framing, timers);
};

const hidWire = (protocol: ProtocolName, timers: Timers) => {
  const shelved = hidShelf[protocol];
  const { hid }: ProtocolRow['lines'] = protocols[protocol].lines;
  if (shelved === undefined || hid === undefined) {
    throw new Error(`No ${protocol} is simulated as a HID device.`);
  }
  // A MagneSafe reader tells the sizes of its reports in its descriptor.
  const sizes = protocol === 'magtek-hid' ? magtekHidSizes('v5') : hid;
  return stringHidWire((plug) => shelved.make({ timers, behaviours: [] }, plug), sizes, timers);
};
