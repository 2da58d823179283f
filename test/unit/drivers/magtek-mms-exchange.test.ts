/** The exchange with one MMS device: every state, what it hears, and what it does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromHex, Secret, type CardRead } from '../../../drivers/index.ts';
import { next, opening } from '../../../drivers/protocols/magtek-mms/exchange.ts';
import type { Outcome } from '../../../drivers/protocols/magtek-mms/notices.ts';
import type { Effect, Exchange, Heard } from '../../../drivers/protocols/magtek-mms/states.ts';
import { readStatus } from '../../../drivers/protocols/magtek-mms/status.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { seed } from '../../fixtures/seed.ts';

/** How many random exchanges are played. */
export const exchangeRuns = 500;

const card = (isChip = true): CardRead => ({
  card: { maskedPan: '4111********1111', brand: 'visa', entryMode: isChip ? 'chip' : 'stripe' },
  entryMode: isChip ? 'chip' : 'stripe',
  securityLevel: 'encrypted',
  likeness: new Secret('4111'),
  accountData: new Secret(new Uint8Array(4)),
  ...(isChip
    ? {
        chip: {
          cryptogramType: 'ARQC',
          verification: 'none',
          tags: {},
          awaitsAnswer: true,
        } as const,
      }
    : {}),
});

const found = (isChip = true): Heard => ({
  is: 'card',
  found: { read: card(isChip), serial: new Uint8Array(4) },
  waits: true,
});

const response = (now: Exchange, status = '00000000'): Heard => ({
  is: 'response',
  reference: 'of' in now ? now.of.reference : 0,
  status: readStatus(fromHex(status)),
});

const complete = (outcome: Outcome): Heard => ({
  is: 'notice',
  notice: { is: 'complete', technology: 'contact', outcome },
});

const arm: Heard = { is: 'arm', purchase };
const disarm: Heard = { is: 'disarm' };
const answer: Heard = { is: 'answer', answer: { result: 'approved', responseCode: '00' } };
const silence: Heard = { is: 'silence' };
const removed: Heard = { is: 'notice', notice: { is: 'card event', event: 'removed' } };
const reset: Heard = { is: 'notice', notice: { is: 'device', event: 'reset' } };

/** Where a row of things heard leads, and everything that was done on the way. */
const walk = (from: Exchange, ...heard: (Heard | ((now: Exchange) => Heard))[]) => {
  let now = from;
  const done: Effect[] = [];
  for (const one of heard) {
    const turn = next(now, typeof one === 'function' ? one(now) : one);
    if (turn === undefined) continue;
    now = turn.then;
    done.push(...turn.do);
  }
  return { now, done };
};

const idle = walk(opening, { is: 'opened' }, response, response, response).now;
const armed = walk(idle, arm, response).now;
const deciding = walk(armed, found()).now;
const answering = walk(deciding, answer, response).now;

/** Effects in a word each. */
const words = (done: readonly Effect[]): string[] =>
  done.map((effect) => {
    if (effect.is === 'ask') return `ask ${effect.request.ask}`;
    if (effect.is !== 'say') return effect.is;
    const { event } = effect;
    if (event.is === 'bad read') return `say ${event.why}`;
    return event.is === 'completed' ? `say ${event.verdict}` : `say ${event.is}`;
  });

test('the states lead to one another as drawn', () => {
  expect([idle.is, armed.is, deciding.is, answering.is]).toEqual([
    'idle',
    'armed',
    'deciding',
    'answering',
  ]);
});

describe.each([
  ['idle', idle],
  ['armed', armed],
  ['deciding', deciding],
  ['answering', answering],
] as const)('while %s', (_name, state) => {
  test('the line may end, and that is told once', () => {
    const ended: Heard = { is: 'ended', why: 'unplugged', detail: 'pulled' };
    const { now, done } = walk(state, ended, ended);
    expect(now.is).toBe('lost');
    expect(words(done).filter((word) => word === 'say lost')).toHaveLength(1);
  });

  test('it may say that it will reset itself, and goes on until it does', () => {
    const soon: Heard = { is: 'notice', notice: { is: 'device', event: 'reset soon' } };
    const { now, done } = walk(state, soon);
    expect(now).toBe(state);
    expect(done).toEqual([{ is: 'say', event: { is: 'restarting', withinMs: 120_000 } }]);
  });

  test('it may be closed', () => {
    const { now, done } = walk(state, { is: 'close' });
    expect(now.is).toBe('closing');
    expect(words(done)).toContain('close line');
    expect(walk(now, { is: 'ended', why: 'closed', detail: '' }).now.is).toBe('lost');
  });

  test('a card nobody waits for is wiped', () => {
    if (state.is === 'armed') return expect(words(walk(state, found()).done)).toEqual(['say card']);
    expect(words(walk(state, found()).done)).toEqual(['wipe']);
  });

  test('a response to an older request is dropped', () => {
    const old: Heard = { ...response(state), reference: 0x99 } as Heard;
    expect(next(state, old)).toBeUndefined();
  });

  test('another purchase, or none, ends what runs', () => {
    if (state.is === 'idle') return expect(walk(state, disarm).now).toBe(state);
    expect(walk(state, disarm)).toMatchObject({ now: { is: 'ending', wish: undefined } });
    expect(walk(state, arm)).toMatchObject({ now: { is: 'ending', wish: purchase } });
    expect(walk(state, arm, response).now.is).toBe('starting');
    expect(walk(state, disarm, response).now.is).toBe('idle');
  });
});

describe('an armed device', () => {
  test.each([
    ['timed out', ['ask start'], 'starting'],
    ['cancelled by the customer', ['say no_data', 'wait'], 'ending'],
    ['read error', ['say bad_track', 'wait'], 'ending'],
    ['fallback', ['say chip_unreadable', 'wait'], 'ending'],
    ['another interface', ['say chip_unreadable', 'wait'], 'ending'],
    ['not accepted', ['say not_accepted', 'wait'], 'ending'],
    ['again', ['say damaged', 'wait'], 'ending'],
    ['failed', ['say damaged', 'wait'], 'ending'],
    ['approved by the card', ['say damaged', 'wait'], 'ending'],
    ['declined', ['ask start'], 'starting'],
  ] as const)(
    'whose transaction ended without a card by "%s" is started again',
    (outcome, told, is) => {
      const { now, done } = walk(armed, complete(outcome));
      expect(words(done)).toEqual(told);
      expect(now.is).toBe(is);
    },
  );

  test.each(['approved', 'deferred', 'cancelled by the host'] as const)(
    'takes no "%s" for its own: it has read no card',
    (outcome) => {
      expect(next(armed, complete(outcome))).toBeUndefined();
    },
  );

  test.each([
    ['approved by the card', 'TC'],
    ['declined by the card', 'AAC'],
  ] as const)('tells a card that decided once the end says how: %s', (outcome, cryptogramType) => {
    const { now, done } = walk(armed, { is: 'batch', read: card() }, complete(outcome));
    expect(now.is).toBe('idle');
    expect(done).toMatchObject([
      {
        is: 'say',
        event: { is: 'card', read: { chip: { cryptogramType, awaitsAnswer: false } } },
      },
      { is: 'stop waiting' },
    ]);
  });

  test('wipes a card that decided, when its transaction ends otherwise', () => {
    const held: Heard = { is: 'batch', read: card() };
    expect(words(walk(armed, held, complete('failed')).done)).toContain('wipe');
    expect(words(walk(armed, held, disarm).done)).toContain('wipe');
    expect(words(walk(armed, held, arm).done)).toContain('wipe');
    expect(words(walk(armed, held, held).done)).toContain('wipe');
    expect(words(walk(armed, held, reset).done)).toContain('wipe');
    expect(words(walk(armed, held, { is: 'close' }).done)).toContain('wipe');
    expect(words(walk(armed, held, found()).done)).toEqual(['wipe', 'say card']);
  });

  test('lets go of a stripe, which the device would wait on', () => {
    expect(words(walk(armed, found(false)).done)).toEqual(['say card', 'ask cancel']);
  });

  test('says that a card could not be read, and starts again', () => {
    const { now, done } = walk(armed, { is: 'no card', why: 'bad_track' }, response);
    expect(words(done)).toEqual(['say bad_track', 'ask cancel', 'ask start']);
    expect(now.is).toBe('starting');
  });

  test('is started again when the device restarts', () => {
    expect(words(walk(armed, reset).done)).toEqual(['ask start']);
  });

  test('takes the first of several applications of a card', () => {
    const choose: Heard = { is: 'notice', notice: { is: 'selection' } };
    expect(words(walk(armed, choose).done)).toEqual(['ask select', 'stop waiting']);
  });
});

describe('a card that waits for its issuer', () => {
  test.each([
    ['approved', 'approved'],
    ['approved by the card', 'approved'],
    ['declined', 'declined'],
    ['not accepted', 'declined'],
    ['failed', 'no_answer'],
    ['timed out', 'no_answer'],
  ] as const)('after the answer, "%s" is %s', (outcome, verdict) => {
    const { now, done } = walk(answering, complete(outcome));
    expect(now.is).toBe('idle');
    expect(words(done)).toEqual([`say ${verdict}`, 'stop waiting']);
  });

  test.each([
    ['declined', 'no_answer'],
    ['approved by the card', 'approved'],
    ['failed', 'no_answer'],
  ] as const)('before any answer, "%s" is %s', (outcome, verdict) => {
    expect(words(walk(deciding, complete(outcome)).done)).toContain(`say ${verdict}`);
  });

  test('and was taken out is told as removed', () => {
    expect(words(walk(deciding, removed, complete('declined')).done)).toContain('say card_removed');
    expect(words(walk(answering, removed, complete('failed')).done)).toContain('say card_removed');
    expect(words(walk(deciding, removed, answer, silence).done)).toContain('say card_removed');
  });

  test('of a device that restarts, refuses or is silent gets no answer', () => {
    expect(words(walk(deciding, reset).done)).toContain('say no_answer');
    expect(words(walk(answering, reset).done)).toContain('say no_answer');
    expect(words(walk(answering, silence).done)).toEqual(['say no_answer', 'ask cancel']);
    const refused = walk(deciding, answer, (now) => response(now, '80020304'));
    expect(words(refused.done)).toEqual(['ask resume', 'say no_answer', 'stop waiting']);
  });

  test('whose data come again is not read twice', () => {
    expect(words(walk(deciding, found(), found()).done)).toEqual(['wipe', 'wipe']);
  });
});

describe('a device that cannot be cancelled', () => {
  const refuse = (now: Exchange) => response(now, '80020305');

  test('is asked again, thirty times at most', () => {
    const rounds = Array.from({ length: 40 }, () => [refuse, silence]).flat();
    const { now, done } = walk(armed, disarm, ...rounds);
    expect(now.is).toBe('lost');
    expect(words(done).filter((word) => word === 'ask cancel')).toHaveLength(30);
    expect(words(done).at(-1)).toBe('say lost');
  });

  test('at its start is asked again, and then who it is', () => {
    const { now } = walk(opening, { is: 'opened' }, refuse, silence, refuse, silence, response);
    expect(now.is).toBe('asking');
    const rounds = Array.from({ length: 40 }, () => [refuse, silence]).flat();
    expect(walk(opening, { is: 'opened' }, ...rounds).now.is).toBe('lost');
  });
});

test('a transaction that runs already is ended a few times, then the device is given up', () => {
  const busy = (now: Exchange) => response(now, now.is === 'starting' ? '80020308' : '00000000');
  const { now, done } = walk(idle, arm, ...Array.from({ length: 20 }, () => busy));
  expect(now.is).toBe('lost');
  expect(words(done).filter((word) => word === 'ask start')).toHaveLength(5);
});

test('what is wished before the device is ready is done once it is', () => {
  const early = walk(opening, arm, { is: 'test' }, { is: 'opened' }, response, response, response);
  expect(words(early.done)).toContain('say ready');
  expect(words(early.done)).toContain('say tested');
  expect(early.now.is).toBe('starting');
  expect(walk(opening, arm, disarm, { is: 'opened' }, response, response, response).now.is).toBe(
    'idle',
  );
});

test(`whatever is heard, in whatever order, ends in no exception and wipes every card (seed ${seed})`, () => {
  const outcomes: Outcome[] = [
    'approved',
    'declined',
    'failed',
    'timed out',
    'approved by the card',
  ];
  const any = fc.constantFrom<Heard | ((now: Exchange) => Heard)>(
    { is: 'opened' },
    arm,
    disarm,
    answer,
    silence,
    removed,
    reset,
    { is: 'test' },
    { is: 'noise', byteCount: 3 },
    { is: 'no card', why: 'damaged' },
    { is: 'notice', notice: { is: 'selection' } },
    response,
    (now) => response(now, '80020305'),
    (now) => response(now, '80020308'),
    ...outcomes.map(complete),
  );
  const cards = fc.constantFrom<Row>('card', 'stripe', 'batch');
  fc.assert(
    fc.property(fc.array(fc.oneof(any, cards), { maxLength: 40 }), (rows) => {
      const { now, unwiped } = played(rows);
      expect(unwiped).toBe(0);
      expect(['closing', 'lost']).toContain(now.is);
    }),
    { seed, numRuns: exchangeRuns },
  );
});

type Row = Heard | ((now: Exchange) => Heard) | 'card' | 'stripe' | 'batch';

/** Lets a row of things happen, closes, and counts the cards that were neither told nor wiped. */
const played = (rows: readonly Row[]): { now: Exchange; unwiped: number } => {
  let now: Exchange = opening;
  const open = new Set<CardRead['accountData']>();
  for (const row of [...rows, { is: 'close' } as const]) {
    const one = typeof row === 'string' ? cardHeard(row) : row;
    const heard = typeof one === 'function' ? one(now) : one;
    if (heard.is === 'card') open.add(heard.found.read.accountData);
    if (heard.is === 'batch') open.add(heard.read.accountData);
    const turn = next(now, heard);
    now = turn?.then ?? now;
    for (const effect of turn?.do ?? []) {
      if (effect.is === 'wipe') open.delete(effect.read.accountData);
      if (effect.is === 'say' && effect.event.is === 'card')
        open.delete(effect.event.read.accountData);
    }
  }
  return { now, unwiped: open.size };
};

const cardHeard = (which: 'card' | 'stripe' | 'batch'): Heard =>
  which === 'batch' ? { is: 'batch', read: card() } : found(which === 'card');
