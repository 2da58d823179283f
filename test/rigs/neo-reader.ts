/** A NEO reader, played by code, and the driver on the other end of a wire or of a HID device. */
import { protocols, type IssuerAnswer, type ReaderEvent } from '../../drivers/index.ts';
import { stringHidWire } from '../../simulator/readers/hid-wire.ts';
import {
  simulateVivotech2,
  simulateVivotech2Hid,
  type Vivotech2Behaviour,
  type Vivotech2Options,
  type Vivotech2Stimulus,
} from '../../simulator/readers/vivotech2.ts';
import { stringWire } from '../../simulator/readers/wire.ts';
import { handTimers } from './hand-timers.ts';

const { openReader, lines } = protocols['vivotech2'];
/** What an issuer says most often. */
export const approved: IssuerAnswer = { result: 'approved', responseCode: '00' };

type Options = Partial<Vivotech2Options>;

/** Plugs a reader in and opens it. */
export const plug = (
  kind: 'serial' | 'hid',
  options: Options,
  settings: Record<string, unknown>,
) => {
  const timers = handTimers();
  const events: ReaderEvent[] = [];
  let unplug = () => {};
  const onDeath = () => unplug();
  const wire =
    kind === 'hid'
      ? stringHidWire((to) => simulateVivotech2Hid({ ...options, timers }, to), lines.hid, timers)
      : stringWire(
          (send) => simulateVivotech2({ onDeath, ...options, timers }, send),
          lines.serial.framing,
          timers,
        );
  unplug = wire.unplug;
  const reader = openReader({
    open: wire.open,
    line: kind,
    timers,
    settings,
    hear: (event) => void events.push(event),
  });
  const said = (ms = 0): ReaderEvent[] => {
    timers.pass(ms);
    return events.splice(0);
  };
  return { reader, wire, simulated: wire.reader, said };
};

/** The same, once the reader has said who it is. */
export const ready = (
  options: Options = {},
  kind: 'serial' | 'hid' = 'serial',
  settings: Record<string, unknown> = {},
) => {
  const rig = plug(kind, options, settings);
  rig.said(20_000);
  return rig;
};

/** What was said, in a word each, prompts left out. */
export const kinds = (events: readonly ReaderEvent[]) =>
  events.flatMap((event) => {
    if (event.is === 'prompt') return [];
    return event.is === 'bad read' ? event.why : event.is;
  });

/** A habit of this stimulus only. */
export const on =
  (is: Vivotech2Stimulus['is'], habit: Vivotech2Behaviour): Vivotech2Behaviour =>
  (stimulus, inside, rest) =>
    stimulus.is === is ? habit(stimulus, inside, rest) : undefined;

/** A habit of this command only. */
export const onCommand =
  (command: number, sub: number, habit: Vivotech2Behaviour): Vivotech2Behaviour =>
  (stimulus, inside, rest) =>
    stimulus.is === 'command' && stimulus.command === command && stimulus.sub === sub
      ? habit(stimulus, inside, rest)
      : undefined;

/** Who a reader as from the factory says it is. */
export const identity = { firmware: 'VP3300 USB NEO v1.01.151', serialNumber: '630Z000001' };
