/** The exchange with a MagTek reader: one row for every state and everything that can be heard in it. */
import { describe, expect, test } from 'vitest';
import { bytesOf, Secret, type CardRead } from '../../../drivers/index.ts';
import { startUp } from '../../../drivers/magnesafe/commands.ts';
import {
  next,
  opening,
  type Effect,
  type Exchange,
  type Heard,
} from '../../../drivers/magnesafe/exchange.ts';
import { containing } from '../../rigs/containing.ts';

const read: CardRead = {
  card: { maskedPan: '4111********1111', brand: 'visa', entryMode: 'stripe' },
  entryMode: 'stripe',
  securityLevel: 'encrypted',
  likeness: new Secret(''),
  accountData: new Secret(new Uint8Array()),
};
const round = { step: 0, identity: {}, unanswered: [], refused: [], then: 'idle' } as const;
const answer = { result: '00', data: bytesOf('21042812D01') };

const states = {
  opening,
  starting: { is: 'starting', round, testAsked: false },
  'starting, armed': { is: 'starting', round: { ...round, then: 'armed' }, testAsked: false },
  idle: { is: 'idle' },
  armed: { is: 'armed' },
  testing: { is: 'testing', round },
  'testing, armed': { is: 'testing', round: { ...round, then: 'armed' } },
  closing: { is: 'closing' },
  lost: { is: 'lost' },
} as const satisfies Record<string, Exchange>;

const heards = {
  opened: { is: 'opened' },
  answer: { is: 'answer', answer },
  silence: { is: 'silence' },
  card: { is: 'card', read },
  'bad read': { is: 'bad read', why: 'damaged', byteCount: 9 },
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
    opened: 'starting: ask softwareId',
    answer: '-',
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
    answer: 'starting: ask ksn',
    silence: 'starting: ask ksn',
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
    answer: 'starting, armed: ask ksn',
    silence: 'starting, armed: ask ksn',
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
    silence: '-',
    card: 'idle: wipe',
    'bad read': 'idle: say noise',
    noise: 'idle: say noise',
    arm: 'armed:',
    disarm: 'idle:',
    test: 'testing: ask softwareId',
    close: 'closing: close line',
    ended: 'lost: say lost',
  },
  armed: {
    opened: '-',
    answer: '-',
    silence: '-',
    card: 'idle: say card',
    'bad read': 'armed: say noise, say bad read',
    noise: 'armed: say noise',
    arm: 'armed:',
    disarm: 'idle:',
    test: 'testing, armed: ask softwareId',
    close: 'closing: close line',
    ended: 'lost: say lost',
  },
  testing: {
    opened: '-',
    answer: 'testing: ask ksn',
    silence: 'testing: ask ksn',
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
    answer: 'testing, armed: ask ksn',
    silence: 'testing, armed: ask ksn',
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
    answer: '-',
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

const stateText = (state: Exchange): string => {
  const then = 'round' in state ? state.round.then : state.is === 'opening' ? state.then : 'idle';
  return state.is !== 'armed' && then === 'armed' ? `${state.is}, armed` : state.is;
};

const effectText = (effect: Effect): string => {
  if (effect.is === 'ask') return `ask ${effect.command}`;
  return effect.is === 'say' ? `say ${effect.event.is}` : effect.is;
};

const turnText = (now: Exchange, heard: Heard): string => {
  const turn = next(now, heard);
  if (turn === undefined) return '-';
  return `${stateText(turn.then)}: ${turn.do.map(effectText).join(', ')}`.trim();
};

const rows = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([heard, becomes]) => [state, heard, becomes] as const),
) as (readonly [StateName, HeardName, string])[];

describe('the exchange', () => {
  test('has a row for every state × heard pair', () => {
    const pairs = Object.keys(states).length * Object.keys(heards).length;
    expect(rows).toHaveLength(pairs);
    const kinds = Object.values(states).map(({ is }) => is);
    expect(new Set(kinds)).toEqual(
      new Set(['opening', 'starting', 'idle', 'armed', 'testing', 'closing', 'lost']),
    );
  });

  test.each(rows)('%s, hearing %s: %s', (state, heard, becomes) => {
    expect(turnText(states[state], heards[heard])).toBe(becomes);
  });
});

/** Runs happenings from a state on; returns what was said and where it ended. */
const run = (from: Exchange, happenings: readonly Heard[]) => {
  let now = from;
  const done: Effect[] = [];
  for (const heard of happenings) {
    const turn = next(now, heard);
    if (turn === undefined) continue;
    now = turn.then;
    done.push(...turn.do);
  }
  return { now, said: done.flatMap((effect) => (effect.is === 'say' ? [effect.event] : [])), done };
};

const answers = (...lines: readonly (readonly [string, string])[]): Heard[] =>
  lines.map(([result, hex]) => ({
    is: 'answer',
    answer: { result, data: new Uint8Array(Buffer.from(hex, 'hex')) },
  }));
const allAnswers = answers(
  ['00', '3231303432383132443031'],
  ['00', 'FFFF9876543210E00001'],
  ['00', '0200'],
  ['00', '03'],
  ['00', '42303030373935'],
);
const identity = {
  firmware: '21042812D01',
  ksn: 'FFFF9876543210E00001',
  securityLevel: 'encrypted',
  serialNumber: 'B000795',
};

describe('a round of questions', () => {
  test('asks every start-up command in order, then says it is ready', () => {
    const { now, said, done } = run(opening, [heards.opened, ...allAnswers]);
    expect(done.flatMap((effect) => (effect.is === 'ask' ? [effect.command] : []))).toEqual(
      startUp,
    );
    expect(said).toEqual([{ is: 'ready', identity }]);
    expect(now).toEqual({ is: 'idle' });
  });

  test('is ready without an answer, and armed when it was armed meanwhile', () => {
    const silent = startUp.map(() => heards.silence);
    const { now, said } = run(opening, [heards.arm, heards.opened, ...silent]);
    expect(said).toEqual([{ is: 'ready', identity: {} }]);
    expect(now).toEqual({ is: 'armed' });
  });

  test('drops an answer that came too late to fit', () => {
    const [softwareId, ...others] = allAnswers;
    if (softwareId === undefined) throw new Error('There are answers.');
    const { said } = run(opening, [heards.opened, heards.silence, softwareId, ...others]);
    const { firmware: _, ...rest } = identity;
    expect(said).toEqual([{ is: 'ready', identity: rest }]);
  });

  test('takes a refusal for an answer and goes on', () => {
    const refused = answers(['07', '']);
    const { said } = run(opening, [heards.opened, ...refused, ...allAnswers.slice(1)]);
    expect(said).toMatchObject([{ is: 'ready', identity: { serialNumber: 'B000795' } }]);
  });

  test('passes a test when everything was answered, and goes back to being armed', () => {
    const { now, said } = run({ is: 'armed' }, [heards.test, ...allAnswers]);
    expect(said).toEqual([
      { is: 'tested', passed: true, identity, detail: '5 of 5 commands answered.' },
    ]);
    expect(now).toEqual({ is: 'armed' });
  });

  test('fails a test by naming what was not answered', () => {
    const { said } = run({ is: 'idle' }, [heards.test, ...allAnswers.slice(0, 4), heards.silence]);
    expect(said).toMatchObject([
      { is: 'tested', passed: false, detail: containing('not deviceSerial') },
    ]);
  });

  test('answers a test that was asked for before the reader was ready', () => {
    const { said } = run(opening, [heards.test, heards.opened, ...allAnswers]);
    expect(said.map(({ is }) => is)).toEqual(['ready', 'tested']);
  });
});
