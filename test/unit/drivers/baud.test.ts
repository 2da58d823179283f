/** The search for a baud rate: the configured port, one rate after the other, the protocol's own test. */
import { describe, expect, test } from 'vitest';
import {
  findBaud,
  protocols,
  ratesFrom,
  type BaudFound,
  type OpenLine,
  type ProtocolName,
} from '../../../drivers/index.ts';
import { beginSearch, nextSearch, type Search, type SearchHeard } from '../../../drivers/baud.ts';
import { stuck } from '../../../simulator/readers/habits.ts';
import { simulateIntellistripe } from '../../../simulator/readers/magtek-intellistripe.ts';
import { mute } from '../../../simulator/readers/magtek-habits.ts';
import { simulateMagtekSerialLine } from '../../../simulator/readers/magtek-serial-line.ts';
import { simulatePortPowered } from '../../../simulator/readers/magtek-port-powered.ts';
import type { SimulatedReader } from '../../../simulator/readers/simulated-reader.ts';
import { stringWire } from '../../../simulator/readers/wire.ts';
import { containing } from '../../rigs/containing.ts';
import { handTimers, type HandTimers } from '../../rigs/hand-timers.ts';

type Make = (
  timers: HandTimers,
  isMute: boolean,
) => (send: (bytes: Uint8Array) => void) => SimulatedReader;

const readers = {
  'magtek-serial-line': (timers, isMute) => (send) =>
    simulateMagtekSerialLine({ timers, behaviours: isMute ? [mute] : [] }, send),
  'magtek-port-powered': (timers, isMute) => (send) =>
    simulatePortPowered({ timers, behaviours: isMute ? [stuck] : [] }, send),
  'magtek-intellistripe-ascii': (timers, isMute) => (send) =>
    simulateIntellistripe({ timers, behaviours: isMute ? [stuck] : [] }, send),
} as const satisfies Partial<Record<ProtocolName, Make>>;

type SerialName = keyof typeof readers;

/** A port whose reader answers at one rate, and hears nothing at the others. */
const search = (protocol: SerialName, answersAt: number | undefined, ended?: OpenLine) => {
  const timers = handTimers();
  const make: Make = readers[protocol];
  const { openReader, lines } = protocols[protocol];
  const { framing } = lines.serial;
  const tried: number[] = [];
  const found: BaudFound[] = [];
  const wires = [true, false].map((isMute) => stringWire(make(timers, isMute), framing, timers));
  findBaud({
    rates: ratesFrom(lines.serial.baudRate),
    ...{ openReader, timers, settings: {} },
    openAt: (baudRate) => {
      tried.push(baudRate);
      const wire = wires[baudRate === answersAt ? 1 : 0];
      return (
        ended ?? ((hear) => wire?.open(hear) ?? { send() {}, query() {}, skip() {}, close() {} })
      );
    },
    done: (result) => found.push(result),
  });
  timers.pass(600_000);
  return { tried, found };
};

describe.each(Object.keys(readers) as SerialName[])('the rate of %s', (protocol) => {
  const first = protocols[protocol].lines.serial.baudRate;

  test('is tried first as it should be', () => {
    expect(search(protocol, first)).toEqual({
      tried: [first],
      found: [{ ok: true, baudRate: first }],
    });
  });

  test('is found among the others', () => {
    const { tried, found } = search(protocol, 2_400);
    expect(found).toEqual([{ ok: true, baudRate: 2_400 }]);
    expect(new Set(tried).size).toBe(7);
  });

  test('is not found where nothing answers, and says what else to check', () => {
    const { tried, found } = search(protocol, undefined);
    expect(tried).toHaveLength(7);
    expect(found).toEqual([{ ok: false, detail: containing('at no baud rate') }]);
  });
});

test('a port that is not there is not asked at every rate', () => {
  const timers = handTimers();
  const { openReader } = protocols['magtek-serial-line'];
  const found: BaudFound[] = [];
  const tried: number[] = [];
  findBaud({
    rates: ratesFrom(9_600),
    ...{ openReader, timers, settings: {} },
    openAt: (baudRate) => {
      tried.push(baudRate);
      return (hear) => {
        timers.after(0, () => hear({ is: 'ended', why: 'absent', detail: 'It is not there.' }));
        return { send() {}, query() {}, skip() {}, close() {} };
      };
    },
    done: (result) => found.push(result),
  });
  timers.pass(60_000);
  expect([tried, found]).toEqual([[9_600], [{ ok: false, detail: 'It is not there.' }]]);
});

describe('the sequence', () => {
  const heard: Record<string, SearchHeard> = {
    'tested well': { is: 'tested', passed: true },
    'tested badly': { is: 'tested', passed: false },
    silence: { is: 'silence' },
    closed: { is: 'lost', why: 'closed', detail: '' },
    gone: { is: 'lost', why: 'unplugged', detail: 'Gone.' },
  };
  const rates = [9_600, 19_200];
  const states: Record<string, Search> = {
    asking: { is: 'asking', rates, passed: false },
    'closing after an answer': { is: 'closing', rates, passed: true },
    'closing without one': { is: 'closing', rates, passed: false },
    'asking at the last rate': { is: 'asking', rates: [19_200], passed: false },
    over: { is: 'over' },
  };
  const table: Record<string, Record<string, string>> = {
    asking: {
      'tested well': 'closing: close',
      'tested badly': 'closing: close',
      silence: 'closing: close',
      closed: 'asking: ask at 19200',
      gone: 'over: found none',
    },
    'closing after an answer': { closed: 'over: found 9600', gone: 'over: found 9600' },
    'closing without one': { closed: 'asking: ask at 19200', gone: 'over: found none' },
    'asking at the last rate': {
      'tested well': 'closing: close',
      'tested badly': 'closing: close',
      silence: 'closing: close',
      closed: 'over: found none',
      gone: 'over: found none',
    },
    over: {},
  };

  test('begins at the first rate', () => {
    expect(beginSearch(rates).do).toEqual([{ is: 'ask at', baudRate: 9_600 }]);
  });

  const rows = Object.keys(states).flatMap((state) =>
    Object.keys(heard).map((what) => [state, what] as const),
  );

  test.each(rows)('%s, hearing %s, goes on as the table says', (state, what) => {
    const turn = nextSearch(states[state] ?? { is: 'over' }, heard[what] ?? { is: 'silence' });
    const shown = turn?.do.map((effect) =>
      'baudRate' in effect ? `${effect.is} ${effect.baudRate}` : effect.is,
    );
    const expected = table[state]?.[what];
    expect(turn && `${turn.then.is}: ${shown?.join()}`).toBe(expected);
  });
});
