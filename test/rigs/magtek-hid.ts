/** A MagTek HID reader, its driver and a wire between them, under timers that a test moves by hand. */
import { protocols, type CardRead, type ReaderEvent } from '../../drivers/index.ts';
import { stringHidWire } from '../../simulator/readers/hid-wire.ts';
import {
  magtekHidSizes,
  simulateMagtekHid,
  type MagtekHidOptions,
} from '../../simulator/readers/magtek-hid.ts';
import { handTimers } from './hand-timers.ts';

const { openReader } = protocols['magtek-hid'];

/** A reader that is being opened. */
export const openingMagtekHid = (
  given: Partial<Omit<MagtekHidOptions, 'timers'>> = {},
  settings: Readonly<Record<string, unknown>> = {},
) => {
  const timers = handTimers();
  const sizes = magtekHidSizes(given.form ?? 'v5');
  const wire = stringHidWire(
    (plug) => simulateMagtekHid({ ...given, timers }, plug),
    sizes,
    timers,
  );
  const events: ReaderEvent[] = [];
  const open = () =>
    openReader({
      open: wire.open,
      line: 'hid',
      timers,
      settings,
      hear: (event) => void events.push(event),
    });
  const said = () => events.map(({ is }) => is);
  const last = () => events.at(-1);
  return { timers, wire, events, said, last, reader: open(), open };
};
/** A reader that has said that it is ready, and nothing else. */
export const readyMagtekHid = (...given: Parameters<typeof openingMagtekHid>) => {
  const made = openingMagtekHid(...given);
  made.timers.pass(10_000);
  const said = made.said().join(', ');
  if (said !== 'ready') throw new Error(`It said ${said || 'nothing'}, not ready.`);
  return made;
};
/** The card of what was said, or an error. */
export const cardOf = (event: ReaderEvent | undefined): CardRead => {
  if (event?.is !== 'card') throw new Error(`It said ${event?.is ?? 'nothing'}, not card.`);
  return event.read;
};
