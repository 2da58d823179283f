/**
 * The exchange with a reader that is asked about itself and sends stripes: one row for every state and
 * everything that can be heard in it, whoever's questions it asks.
 */
import { describe, expect, test } from 'vitest';
import { bytesOf, Secret, type CardRead } from '../../../drivers/index.ts';
import { questions as magnesafe } from '../../../drivers/magnesafe/questions.ts';
import { startUp } from '../../../drivers/protocols/idtech-msr/commands.ts';
import { questionsOf as idtech } from '../../../drivers/protocols/idtech-msr/questions.ts';
import {
  exchangeOf,
  opening,
  type Effect,
  type Exchange,
  type Heard,
} from '../../../drivers/stripes/exchange.ts';
import type { Questions } from '../../../drivers/stripes/questions.ts';

const read: CardRead = {
  card: { maskedPan: '4111********1111', brand: 'visa', entryMode: 'stripe' },
  entryMode: 'stripe',
  securityLevel: 'encrypted',
  likeness: new Secret(''),
  accountData: new Secret(new Uint8Array()),
};

const statesOf = <Round>(round: Round) =>
  ({
    opening,
    starting: { is: 'starting', round, then: 'idle', testAsked: false },
    'starting, armed': { is: 'starting', round, then: 'armed', testAsked: false },
    idle: { is: 'idle' },
    armed: { is: 'armed' },
    testing: { is: 'testing', round, then: 'idle' },
    'testing, armed': { is: 'testing', round, then: 'armed' },
    closing: { is: 'closing' },
    lost: { is: 'lost' },
  }) as const satisfies Record<string, Exchange<Round>>;

const heardsOf = <Reply>(reply: Reply) =>
  ({
    opened: { is: 'opened' },
    reply: { is: 'reply', reply },
    silence: { is: 'silence' },
    card: { is: 'card', read },
    'bad read': { is: 'bad read', why: 'damaged', byteCount: 9 },
    noise: { is: 'noise', byteCount: 3 },
    arm: { is: 'arm' },
    disarm: { is: 'disarm' },
    test: { is: 'test' },
    close: { is: 'close' },
    ended: { is: 'ended', why: 'unplugged', detail: 'It was pulled.' },
  }) as const satisfies Record<string, Heard<Reply>>;

type StateName = keyof ReturnType<typeof statesOf>;
type HeardName = keyof ReturnType<typeof heardsOf>;

/** The state that follows and what is done, or `-` where it means nothing. */
const table: Record<StateName, Record<HeardName, string>> = {
  opening: {
    opened: 'starting: ask first',
    reply: '-',
    silence: '-',
    card: 'opening: wipe',
    'bad read': '-',
    noise: '-',
    arm: 'opening, armed:',
    disarm: 'opening:',
    test: 'opening:',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, say lost',
  },
  starting: {
    opened: '-',
    reply: 'starting: ask second',
    silence: 'starting: ask second',
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
    reply: 'starting, armed: ask second',
    silence: 'starting, armed: ask second',
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
    reply: '-',
    silence: '-',
    card: 'idle: wipe',
    'bad read': 'idle: say noise',
    noise: 'idle: say noise',
    arm: 'armed:',
    disarm: 'idle:',
    test: 'testing: ask first',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, say lost',
  },
  armed: {
    opened: '-',
    reply: '-',
    silence: '-',
    card: 'idle: say card',
    'bad read': 'armed: say noise, say bad read',
    noise: 'armed: say noise',
    arm: 'armed:',
    disarm: 'idle:',
    test: 'testing, armed: ask first',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, say lost',
  },
  testing: {
    opened: '-',
    reply: 'testing: ask second',
    silence: 'testing: ask second',
    card: 'testing: wipe',
    'bad read': 'testing: say noise',
    noise: 'testing: say noise',
    arm: 'testing, armed:',
    disarm: 'testing:',
    test: '-',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, say lost',
  },
  'testing, armed': {
    opened: '-',
    reply: 'testing, armed: ask second',
    silence: 'testing, armed: ask second',
    card: 'testing: say card',
    'bad read': 'testing, armed: say noise, say bad read',
    noise: 'testing, armed: say noise',
    arm: 'testing, armed:',
    disarm: 'testing:',
    test: '-',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, say lost',
  },
  closing: {
    opened: '-',
    reply: '-',
    silence: '-',
    card: 'closing: wipe',
    'bad read': '-',
    noise: '-',
    arm: '-',
    disarm: '-',
    test: '-',
    close: '-',
    ended: 'lost: stop waiting, say lost',
  },
  lost: {
    opened: '-',
    reply: '-',
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

const stateText = <Round>(state: Exchange<Round>): string =>
  'then' in state && state.then === 'armed' ? `${state.is}, armed` : state.is;

const rows = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([heard, becomes]) => [state, heard, becomes] as const),
) as (readonly [StateName, HeardName, string])[];

/** Every row with the questions of one protocol: what the first of them is, and what answers it. */
const holdsFor = <Round, Reply, Command>(
  questions: Questions<Round, Reply, Command>,
  reply: Reply,
  named: (command: Command) => string,
): void => {
  const begun = questions.begin();
  if (begun.is !== 'ask') throw new Error('These questions ask nothing.');
  const states = statesOf(begun.round);
  const heards = heardsOf(reply);
  const next = exchangeOf(questions);
  const effectText = (effect: Effect<Command>): string => {
    if (effect.is === 'ask') return `ask ${named(effect.command)}`;
    return effect.is === 'say' ? `say ${effect.event.is}` : effect.is;
  };

  test.each(rows)('%s, hearing %s: %s', (state, heard, becomes) => {
    const turn = next(states[state], heards[heard]);
    const done = turn?.do.map(effectText).join(', ') ?? '';
    expect(turn === undefined ? '-' : `${stateText(turn.then)}: ${done}`.trim()).toBe(becomes);
  });
};

test('there is a row for every state × heard pair', () => {
  const pairs = Object.keys(statesOf(0)).length * Object.keys(heardsOf(0)).length;
  expect(rows).toHaveLength(pairs);
  const kinds = Object.values(statesOf(0)).map(({ is }) => is);
  expect(new Set(kinds)).toEqual(
    new Set(['opening', 'starting', 'idle', 'armed', 'testing', 'closing', 'lost']),
  );
});

describe('the exchange with a MagneSafe reader', () => {
  const answer = { result: '00', data: bytesOf('21042812D01') };
  const places: Record<string, string> = { softwareId: 'first', ksn: 'second' };
  holdsFor(magnesafe, { answer, isInTurn: false }, (command) => places[command] ?? command);
});

describe('the exchange with an ID TECH reader', () => {
  const reply = { is: 'answer', answer: { is: 'text', text: 'V 1' } } as const;
  const places: Record<string, string> = { firmware: 'first', serialNumber: 'second' };
  holdsFor(idtech(startUp), reply, (command) => places[command] ?? command);
});
