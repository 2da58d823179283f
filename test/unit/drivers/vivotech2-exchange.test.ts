/** The exchange with a NEO reader: one row for every state and everything that can be heard in it. */
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../drivers/index.ts';
import { startUp } from '../../../drivers/protocols/vivotech2/commands.ts';
import { next, opening } from '../../../drivers/protocols/vivotech2/exchange.ts';
import type { Effect, Exchange, Heard } from '../../../drivers/protocols/vivotech2/states.ts';
import type { Told } from '../../../drivers/protocols/vivotech2/told.ts';
import { purchase } from '../../fixtures/purchase.ts';

const card: NonNullable<Told['card']> = {
  card: { maskedPan: '4111********1111', brand: 'visa', entryMode: 'chip' },
  likeness: new Secret(''),
  accountData: new Secret(new Uint8Array()),
  securityLevel: 'encrypted',
};
const told = (step: Told['step'], given: Partial<Told> = {}): Told => ({
  ...(step === undefined ? {} : { step }),
  entryMode: 'chip',
  isFallback: false,
  card,
  objects: [{ tag: '9F27', value: Uint8Array.of(0x80) }],
  ...given,
});
const contact = (step: Told['step']): Heard => ({
  is: 'reply',
  reply: { command: 0x60, status: 0, told: told(step), text: '' },
});
const round = { left: startUp, triedCount: 1, identity: {}, unanswered: [], isTest: false };

const states = {
  opening,
  asking: { is: 'asking', round, testAsked: false },
  idle: { is: 'idle' },
  activating: { is: 'activating', purchase, refusedCount: 0 },
  pausing: { is: 'pausing', purchase },
  authenticating: { is: 'authenticating', purchase, started: told('started') },
  waiting: { is: 'waiting' },
  completing: { is: 'completing' },
  cancelling: { is: 'cancelling', refusedCount: 0, triedCount: 1 },
  'cancelling for': { is: 'cancelling', wanted: purchase, refusedCount: 0, triedCount: 1 },
  closing: { is: 'closing' },
  lost: { is: 'lost' },
} as const satisfies Record<string, Exchange>;

const heards = {
  opened: { is: 'opened' },
  cancelled: { is: 'reply', reply: { command: 0x05, status: 0, text: '' } },
  begun: { is: 'reply', reply: { command: 0x02, status: 0x63, text: '' } },
  'timed out': { is: 'reply', reply: { command: 0x02, status: 0x08, text: '' } },
  'not allowed': { is: 'reply', reply: { command: 0x02, status: 0x0b, text: '' } },
  tapped: {
    is: 'reply',
    reply: {
      command: 0x02,
      status: 0x23,
      told: told(undefined, { entryMode: 'contactless' }),
      text: '',
    },
  },
  started: contact('started'),
  'asks host': contact('asks host'),
  approved: contact('approved'),
  'use stripe': contact('use stripe'),
  'card removed': contact('card removed'),
  message: { is: 'message', prompt: 'enter_pin', wantsChoice: false },
  choice: { is: 'message', wantsChoice: true },
  silence: { is: 'silence' },
  noise: { is: 'noise', byteCount: 3 },
  'lost frame': { is: 'noise', byteCount: 40 },
  arm: { is: 'arm', purchase },
  disarm: { is: 'disarm' },
  answer: { is: 'answer', answer: { result: 'approved', responseCode: '00' } },
  test: { is: 'test' },
  close: { is: 'close' },
  ended: { is: 'ended', why: 'unplugged', detail: 'It was pulled.' },
} as const satisfies Record<string, Heard>;

type StateName = keyof typeof states;
type HeardName = keyof typeof heards;

/** What a reader tells of cards where nobody waits for one. */
const wiped = (state: StateName) => ({
  tapped: `${state}: wipe told`,
  started: `${state}: wipe told`,
  'asks host': `${state}: wipe told`,
  approved: `${state}: wipe told`,
  'use stripe': `${state}: wipe told`,
  'card removed': `${state}: wipe told`,
});

/** The state that follows and what is done, or `-` where it means nothing. */
const table: Record<StateName, Record<HeardName, string>> = {
  opening: {
    opened: 'asking: ask cancel',
    cancelled: '-',
    begun: '-',
    'timed out': '-',
    'not allowed': '-',
    ...wiped('opening'),
    message: '-',
    choice: '-',
    silence: '-',
    noise: '-',
    'lost frame': '-',
    arm: 'opening for:',
    disarm: 'opening:',
    answer: '-',
    test: 'opening:',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, lost',
  },
  asking: {
    opened: '-',
    cancelled: 'asking: ask ping',
    begun: '-',
    'timed out': '-',
    'not allowed': '-',
    ...wiped('asking'),
    message: '-',
    choice: '-',
    silence: 'asking: ask cancel',
    noise: 'asking: noise',
    'lost frame': 'asking: noise',
    arm: 'asking for:',
    disarm: 'asking:',
    answer: '-',
    test: 'asking:',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, lost',
  },
  idle: {
    opened: '-',
    cancelled: '-',
    begun: '-',
    'timed out': '-',
    'not allowed': '-',
    ...wiped('idle'),
    message: '-',
    choice: '-',
    silence: '-',
    noise: 'idle: noise',
    'lost frame': 'idle: noise',
    arm: 'activating: ask activate',
    disarm: '-',
    answer: '-',
    test: 'asking: ask ping',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, lost',
  },
  activating: {
    opened: '-',
    cancelled: '-',
    begun: 'activating:',
    'timed out': 'pausing: wait',
    'not allowed': 'cancelling for: ask cancel',
    tapped: 'idle: stop waiting, card',
    started: 'authenticating: prompt, ask authenticate',
    'asks host': 'waiting: stop waiting, card',
    approved: 'activating: wipe told',
    'use stripe': 'pausing: wipe told, chip_unreadable, prompt, wait',
    'card removed': 'pausing: wipe told, card_removed, wait',
    message: 'activating: prompt',
    choice: 'cancelling for: chip_unreadable, ask cancel',
    silence: 'cancelling for: ask cancel',
    noise: 'activating: noise',
    'lost frame': 'cancelling for: noise, damaged, ask cancel',
    arm: 'cancelling for: ask cancel',
    disarm: 'cancelling: ask cancel',
    answer: '-',
    test: 'activating: tested',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, lost',
  },
  pausing: {
    opened: '-',
    cancelled: '-',
    begun: '-',
    'timed out': '-',
    'not allowed': '-',
    ...wiped('pausing'),
    message: 'pausing: prompt',
    choice: 'pausing:',
    silence: 'activating: ask activate',
    noise: 'pausing: noise',
    'lost frame': 'pausing: noise',
    arm: 'pausing:',
    disarm: 'idle: stop waiting',
    answer: '-',
    test: 'pausing: tested',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, lost',
  },
  authenticating: {
    opened: '-',
    cancelled: '-',
    begun: 'authenticating:',
    'timed out': 'cancelling for: wipe told, chip_unreadable, ask cancel',
    'not allowed': 'cancelling for: wipe told, chip_unreadable, ask cancel',
    tapped: 'authenticating: wipe told',
    started: 'authenticating: wipe told',
    'asks host': 'waiting: stop waiting, card',
    approved: 'authenticating: wipe told',
    'use stripe': 'pausing: wipe told, wipe told, chip_unreadable, prompt, wait',
    'card removed': 'pausing: wipe told, wipe told, card_removed, wait',
    message: 'authenticating: prompt',
    choice: 'cancelling for: wipe told, chip_unreadable, ask cancel',
    silence: 'cancelling for: wipe told, chip_unreadable, ask cancel',
    noise: 'authenticating: noise',
    'lost frame': 'cancelling for: wipe told, noise, damaged, ask cancel',
    arm: 'cancelling for: wipe told, ask cancel',
    disarm: 'cancelling: wipe told, ask cancel',
    answer: '-',
    test: 'authenticating: tested',
    close: 'closing: stop waiting, wipe told, close line',
    ended: 'lost: stop waiting, wipe told, lost',
  },
  waiting: {
    opened: '-',
    cancelled: '-',
    begun: '-',
    'timed out': '-',
    'not allowed': '-',
    tapped: 'waiting: wipe told',
    started: 'waiting: wipe told',
    'asks host': 'waiting: wipe told',
    approved: 'waiting: wipe told',
    'use stripe': 'waiting: wipe told',
    'card removed': 'idle: stop waiting, wipe told, completed card_removed',
    message: 'waiting: prompt',
    choice: 'waiting:',
    silence: '-',
    noise: 'waiting: noise',
    'lost frame': 'waiting: noise',
    arm: 'cancelling for: ask cancel',
    disarm: 'cancelling: ask cancel',
    answer: 'completing: ask complete',
    test: 'waiting: tested',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, lost',
  },
  completing: {
    opened: '-',
    cancelled: '-',
    begun: 'completing:',
    'timed out': 'cancelling: completed no_answer, ask cancel',
    'not allowed': 'cancelling: completed no_answer, ask cancel',
    tapped: 'completing: wipe told',
    started: 'completing: wipe told',
    'asks host': 'completing: wipe told',
    approved: 'idle: stop waiting, wipe told, completed approved',
    'use stripe': 'idle: stop waiting, wipe told, completed no_answer',
    'card removed': 'idle: stop waiting, wipe told, completed card_removed',
    message: 'completing: prompt',
    choice: 'completing:',
    silence: 'cancelling: completed no_answer, ask cancel',
    noise: 'completing: noise',
    'lost frame': 'cancelling: noise, completed no_answer, ask cancel',
    arm: 'completing for:',
    disarm: 'completing:',
    answer: '-',
    test: 'completing: tested',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, lost',
  },
  cancelling: {
    opened: '-',
    cancelled: 'idle: stop waiting',
    begun: '-',
    'timed out': '-',
    'not allowed': '-',
    ...wiped('cancelling'),
    message: '-',
    choice: '-',
    silence: 'cancelling: ask cancel',
    noise: 'cancelling: noise',
    'lost frame': 'cancelling: noise',
    arm: 'cancelling for:',
    disarm: 'cancelling:',
    answer: '-',
    test: 'cancelling: tested',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, lost',
  },
  'cancelling for': {
    opened: '-',
    cancelled: 'activating: ask activate',
    begun: '-',
    'timed out': '-',
    'not allowed': '-',
    ...wiped('cancelling for'),
    message: '-',
    choice: '-',
    silence: 'cancelling for: ask cancel',
    noise: 'cancelling for: noise',
    'lost frame': 'cancelling for: noise',
    arm: 'cancelling for:',
    disarm: 'cancelling:',
    answer: '-',
    test: 'cancelling for: tested',
    close: 'closing: stop waiting, close line',
    ended: 'lost: stop waiting, lost',
  },
  closing: {
    opened: '-',
    cancelled: '-',
    begun: '-',
    'timed out': '-',
    'not allowed': '-',
    ...wiped('closing'),
    message: '-',
    choice: '-',
    silence: '-',
    noise: '-',
    'lost frame': '-',
    arm: '-',
    disarm: '-',
    answer: '-',
    test: '-',
    close: '-',
    ended: 'lost: stop waiting, lost',
  },
  lost: {
    opened: '-',
    cancelled: '-',
    begun: '-',
    'timed out': '-',
    'not allowed': '-',
    ...wiped('lost'),
    message: '-',
    choice: '-',
    silence: '-',
    noise: '-',
    'lost frame': '-',
    arm: '-',
    disarm: '-',
    answer: '-',
    test: '-',
    close: '-',
    ended: '-',
  },
};

const done = (effect: Effect): string => {
  if (effect.is === 'ask') return `ask ${effect.request.is}`;
  if (effect.is !== 'say') return effect.is;
  const { event } = effect;
  if (event.is === 'bad read') return event.why;
  return event.is === 'completed' ? `completed ${event.verdict}` : event.is;
};

const turned = (state: Exchange, heard: Heard): string => {
  const turn = next(state, heard);
  if (turn === undefined) return '-';
  const wanted = 'wanted' in turn.then && turn.then.wanted !== undefined ? ' for' : '';
  return `${turn.then.is}${wanted}: ${turn.do.map(done).join(', ')}`.trimEnd();
};

const pairs = Object.entries(table).flatMap(([state, row]) =>
  Object.entries(row).map(([heard, then]) => [state, heard, then] as const),
);

describe('the exchange with a NEO reader', () => {
  test.each(pairs)('%s, hearing %s, is then %s', (state, heard, then) => {
    expect(turned(states[state as StateName], heards[heard as HeardName])).toBe(then);
  });

  test('gives a reader up that refuses three times in a row, or answers no cancellation', () => {
    const refused: Exchange = { is: 'activating', purchase, refusedCount: 2 };
    expect(turned(refused, heards['not allowed'])).toBe('lost: stop waiting, lost, close line');
    const silent: Exchange = { is: 'cancelling', refusedCount: 0, triedCount: 3 };
    expect(turned(silent, heards.silence)).toBe('lost: stop waiting, lost, close line');
  });

  test('resets a reader that refused twice', () => {
    const refused: Exchange = { is: 'activating', purchase, refusedCount: 1 };
    expect(turned(refused, heards['not allowed'])).toBe('cancelling for: ask reset');
  });
});
