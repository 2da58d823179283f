/** The shelf of simulated readers: what may be asked of it, what each says it is, and its faults. */
import { describe, expect, test } from 'vitest';
import {
  modelOf,
  protocols,
  readDescriptor,
  type ProtocolName,
  type ProtocolRow,
  type ReaderEvent,
} from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { habits, type HabitName } from '../../../simulator/readers/habits.ts';
import { stringHidWire } from '../../../simulator/readers/hid-wire.ts';
import { hidShelf, shelf, type Shelved } from '../../../simulator/readers/shelf.ts';
import { switchedHabit } from '../../../simulator/readers/switched.ts';
import { help, wantedOf, type Written } from '../../../simulator/readers/wanted.ts';
import { stringWire } from '../../../simulator/readers/wire.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { containing } from '../../rigs/containing.ts';
import { handTimers } from '../../rigs/hand-timers.ts';

const wanted = (written: Partial<Written>) =>
  wantedOf({ protocol: undefined, link: undefined, habit: undefined, hid: false, ...written });

describe('a reader that is wanted', () => {
  test.each([
    [{ protocol: 'idtech-msr' }, { protocol: 'idtech-msr', link: 'reader' }],
    [
      { protocol: 'vivotech2', link: 'x' },
      { protocol: 'vivotech2', link: 'x' },
    ],
    [{ protocol: 'idtech-msr', hid: true }, { protocol: 'idtech-msr' }],
    [
      { protocol: 'magtek-hid', habit: 'cut' },
      { protocol: 'magtek-hid', habit: 'cut' },
    ],
  ])('%j is %j', (written, found) => {
    expect(wanted(written)).toEqual(found);
  });

  test.each([
    [{}, 'Name a protocol'],
    [{ protocol: 'semaphore' }, 'magtek-hid'],
    [{ protocol: 'magtek-hid', link: 'x' }, 'leave --link out'],
    [{ protocol: 'magtek-port-powered', hid: true }, 'leave --hid out'],
    [{ protocol: 'magtek-hid', habit: 'lazy' }, 'garbage, damaged'],
  ])('%j is refused with what to do', (written, says) => {
    expect(wanted(written)).toEqual(containing(says));
  });

  test('is in the help, and so is every habit', () => {
    const named = [...Object.keys(shelf), ...Object.keys(hidShelf), ...Object.keys(habits)];
    for (const name of named) expect(help()).toContain(name);
  });
});

/** A reader of the shelf on a wire, and the driver at its other end. */
const plugged = (protocol: ProtocolName, kind: 'serial' | 'hid', habit?: HabitName) => {
  const timers = handTimers();
  const events: ReaderEvent[] = [];
  const { openReader, lines }: ProtocolRow = protocols[protocol];
  let unplug = () => {};
  const fault = habit && switchedHabit(habits[habit], timers, () => unplug());
  const given: Shelved = { timers, behaviours: fault ? [fault.habit] : [] };
  const wire = () => {
    const [make, hid] = [shelf[protocol], hidShelf[protocol]];
    if (kind === 'hid' && hid && lines.hid) {
      return stringHidWire((to) => hid.make(given, to), lines.hid, timers);
    }
    if (!make || !lines.serial) throw new Error(`There is no ${protocol} on a ${kind} line.`);
    return stringWire((send) => make(given, send), lines.serial.framing, timers);
  };
  const strung = wire();
  ({ unplug } = strung);
  const reader = openReader({
    ...{ open: strung.open, line: kind, timers, settings: {} },
    hear: (event) => void events.push(event),
  });
  const kinds = (ms: number) => {
    timers.pass(ms);
    return events.splice(0).map(({ is }) => is);
  };
  return { reader, slots: strung.reader, fault, kinds };
};

const serialReaders = Object.keys(shelf) as ProtocolName[];
const hidReaders = Object.keys(hidShelf) as ProtocolName[];
const readers = [
  ...serialReaders.map((protocol) => [protocol, 'serial'] as const),
  ...hidReaders.map((protocol) => [protocol, 'hid'] as const),
];

describe('a reader of the shelf', () => {
  test.each(readers)('%s on %s gets ready, and its card is read', (protocol, kind) => {
    const { reader, slots, kinds } = plugged(protocol, kind);
    expect(kinds(20_000)).toContain('ready');
    reader.arm(purchase);
    kinds(2_000);
    slots.swipe(testCards.visa);
    expect(kinds(5_000)).toContain('card');
  });

  test.each(hidReaders)('%s says of itself as a HID device what the driver expects', (protocol) => {
    const plug = { send() {}, answer() {}, leave() {}, comeBack() {} };
    const shelved = hidShelf[protocol];
    const row: ProtocolRow = protocols[protocol];
    const descriptor = shelved?.make({ timers: handTimers(), behaviours: [] }, plug).descriptor;
    const read = readDescriptor(descriptor ?? new Uint8Array());
    if (!read.ok || shelved === undefined || row.lines.hid === undefined) {
      throw new Error('It cannot be a HID device.');
    }
    const { usagePage: page, usage, numbered, outputBytes } = row.lines.hid;
    expect(read.map.uses).toEqual([{ page, usage }]);
    expect(read.map.numbered).toBe(numbered);
    expect(read.map.bytesOf('output', numbered ? 1 : 0)).toBe(outputBytes);
    expect(modelOf(shelved.identity)).toMatchObject({ protocol });
  });
});

describe('a fault', () => {
  test('ends when it is switched off, and begins anew when it is switched on', () => {
    const { reader, slots, fault, kinds } = plugged('magtek-serial-line', 'serial', 'damaged');
    kinds(20_000);
    const swiped = () => {
      reader.arm(purchase);
      slots.swipe(testCards.visa);
      return kinds(5_000).at(-1);
    };
    expect(swiped()).toBe('card');
    fault?.toggle();
    expect([fault?.isOn(), swiped()]).toEqual([false, 'card']);
    fault?.toggle();
    expect([fault?.isOn(), swiped(), swiped()]).toEqual([true, 'bad read', 'card']);
  });

  // Most die of the first question; one that is asked nothing dies of its first card.
  test.each(readers)('that costs %s on %s its power takes it off its line', (protocol, kind) => {
    for (const habit of ['dying', 'dying-afterwards'] as const) {
      const { slots, kinds } = plugged(protocol, kind, habit);
      const asked = kinds(0);
      slots.swipe(testCards.visa);
      const heard = [...asked, ...kinds(1_000)].filter((is) => is === 'lost');
      expect(heard, habit).toEqual(['lost']);
    }
  });
});
