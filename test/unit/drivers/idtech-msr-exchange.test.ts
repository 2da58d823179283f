/** The exchange with an ID TECH reader: one row for every state and everything that can be heard in it. */
import { describe, expect, test } from 'vitest';
import { Secret, type CardRead } from '../../../drivers/index.ts';
import { startUp } from '../../../drivers/protocols/idtech-msr/commands.ts';
import {
  machineOf,
  opening,
  type Effect,
  type Exchange,
  type Heard,
} from '../../../drivers/protocols/idtech-msr/exchange.ts';

const read: CardRead = {
  card: { maskedPan: '4111********1111', brand: 'visa', entryMode: 'stripe' },
  entryMode: 'stripe',
  securityLevel: 'encrypted',
  likeness: new Secret(''),
  accountData: new Secret(new Uint8Array()),
};
const round = {
  left: startUp,
  triedCount: 1,
  heardNoise: false,
  identity: {},
  unanswered: [],
  areKeysExhausted: false,
  then: 'idle',
} as const;

const states = {
  opening,
  starting: { is: 'starting', round, testAsked: false },
  'starting, armed': { is: 'starting', round: { ...round, then: 'armed' }, testAsked: false },
  idle: { is: 'idle' },
  armed: { is: 'armed' },
  testing: { is: 'testing', round },
  closing: { is: 'closing' },
  lost: { is: 'lost' },
} as const satisfies Record<string, Exchange>;

const heards = {
  opened: { is: 'opened' },
  answer: { is: 'answer', answer: { is: 'text', text: 'V 1' } },
  refused: { is: 'refused', isFinal: true },
  'refused, perhaps': { is: 'refused', isFinal: false },
  silence: { is: 'silence' },
  card: { is: 'card', read },
  'bad read': { is: 'bad read', why: 'damaged', byteCount: 99 },
  noise: { is: 'noise', byteCount: 3 },
  arm: { is: 'arm' },
  disarm: { is: 'disarm' },
  test: { is: 'test' },
  close: { is: 'close' },
  ended: { is: 'ended', why: 'unplugged', detail: 'It was pulled.' },
} as const satisfies Record<string, Heard>;

type StateName = keyof typeof states;
type HeardName = keyof typeof heards;

/** The state that follows and what is done, or `-` where it means nothing. */
const table: Record<StateName, Record<HeardName, string>> = {
  opening: {
    opened: 'starting: ask firmware',
    answer: '-',
    refused: '-',
    'refused, perhaps': '-',
    silence: '-',
    card: 'opening: wipe',
    'bad read': '-',
    noise: '-',
    arm: 'opening, armed:',
    disarm: 'opening:',
    test: 'opening:',
    close: 'closing: close line',
    ended: 'lost: say lost',
  },
  starting: {
    opened: '-',
    answer: 'starting: ask serialNumber',
    refused: 'starting: ask serialNumber',
    'refused, perhaps': 'starting: ask firmware',
    silence: 'starting: ask serialNumber',
    card: 'starting: wipe',
    'bad read': 'starting: say noise',
    noise: 'starting: say noise',
    arm: 'starting, armed:',
    disarm: 'starting:',
    test: 'starting:',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, say lost',
  },
  'starting, armed': {
    opened: '-',
    answer: 'starting, armed: ask serialNumber',
    refused: 'starting, armed: ask serialNumber',
    'refused, perhaps': 'starting, armed: ask firmware',
    silence: 'starting, armed: ask serialNumber',
    card: 'starting: say card',
    'bad read': 'starting, armed: say noise, say bad read',
    noise: 'starting, armed: say noise',
    arm: 'starting, armed:',
    disarm: 'starting:',
    test: 'starting, armed:',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, say lost',
  },
  idle: {
    opened: '-',
    answer: '-',
    refused: '-',
    'refused, perhaps': '-',
    silence: '-',
    card: 'idle: wipe',
    'bad read': 'idle: say noise',
    noise: 'idle: say noise',
    arm: 'armed:',
    disarm: 'idle:',
    test: 'testing: ask firmware',
    close: 'closing: close line',
    ended: 'lost: say lost',
  },
  armed: {
    opened: '-',
    answer: '-',
    refused: '-',
    'refused, perhaps': '-',
    silence: '-',
    card: 'idle: say card',
    'bad read': 'armed: say noise, say bad read',
    noise: 'armed: say noise',
    arm: 'armed:',
    disarm: 'idle:',
    test: 'testing, armed: ask firmware',
    close: 'closing: close line',
    ended: 'lost: say lost',
  },
  testing: {
    opened: '-',
    answer: 'testing: ask serialNumber',
    refused: 'testing: ask serialNumber',
    'refused, perhaps': 'testing: ask firmware',
    silence: 'testing: ask serialNumber',
    card: 'testing: wipe',
    'bad read': 'testing: say noise',
    noise: 'testing: say noise',
    arm: 'testing, armed:',
    disarm: 'testing:',
    test: '-',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, say lost',
  },
  closing: {
    opened: '-',
    answer: '-',
    refused: '-',
    'refused, perhaps': '-',
    silence: '-',
    card: 'closing: wipe',
    'bad read': '-',
    noise: '-',
    arm: '-',
    disarm: '-',
    test: '-',
    close: '-',
    ended: 'lost: say lost',
  },
  lost: {
    opened: '-',
    answer: '-',
    refused: '-',
    'refused, perhaps': '-',
    silence: '-',
    card: 'lost: wipe',
    'bad read': '-',
    noise: '-',
    arm: '-',
    disarm: '-',
    test: '-',
    close: '-',
    ended: '-',
  },
};

const machine = machineOf(startUp);

const named = (state: Exchange): string => {
  const then = 'round' in state ? state.round.then : 'then' in state ? state.then : 'idle';
  return then === 'armed' ? `${state.is}, armed` : state.is;
};

const told = (effect: Effect): string => {
  if (effect.is === 'ask') return `ask ${effect.command}`;
  return effect.is === 'say' ? `say ${effect.event.is}` : effect.is;
};

const turned = (state: Exchange, heard: Heard): string => {
  const turn = machine.next(state, heard);
  if (turn === undefined) return '-';
  return `${named(turn.then)}: ${turn.do.map(told).join(', ')}`.trimEnd();
};

const pairs = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([heard, then]) => [state, heard, then] as const),
);

describe('the exchange with an ID TECH reader', () => {
  test.each(pairs)('%s, hearing %s, is then %s', (state, heard, then) => {
    expect(turned(states[state as StateName], heards[heard as HeardName])).toBe(then);
  });

  test('puts a question three times at most, and once where only silence follows', () => {
    const tried = (triedCount: number, heardNoise: boolean): Exchange => ({
      is: 'starting',
      round: { ...round, triedCount, heardNoise },
      testAsked: false,
    });
    const silence = { is: 'silence' } as const;
    expect(turned(tried(1, false), silence)).toBe('starting: ask serialNumber');
    expect(turned(tried(2, true), silence)).toBe('starting: ask firmware');
    expect(turned(tried(3, true), silence)).toBe('starting: ask serialNumber');
  });

  test('of a reader that is asked nothing is ready at once', () => {
    const turn = machineOf([]).next(opening, { is: 'opened' });
    expect(turn?.then).toEqual({ is: 'idle' });
    expect(turn?.do.map(told)).toEqual(['stop waiting', 'say ready']);
  });
});
