/** The MMS driver against a device that misbehaves: everything ends in a plain state. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, fromHex, toHex } from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import {
  byteByByte,
  cutShort,
  dyingAfterwards,
  dyingFirst,
  garbageFirst,
  gluedTogether,
  spoiltOnce,
  stuck,
  twice,
} from '../../../simulator/readers/habits.ts';
import type { MmsBehaviour } from '../../../simulator/readers/magtek-mms.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { seed } from '../../fixtures/seed.ts';
import {
  approved,
  armed,
  kinds,
  lineKinds,
  ready,
  setUp,
  visa,
  type Kind,
} from './magtek-mms-bench.ts';

/** How many of each random thing are tried. */
export const cutRuns = 60;

/** A habit of this reader only while it answers a request of this id. */
const onRequest =
  (id: string, behave: MmsBehaviour): MmsBehaviour =>
  (stimulus, device, rest) =>
    stimulus.is === 'request' && toHex(stimulus.message.subarray(6, 8)) === id
      ? behave(stimulus, device, rest)
      : undefined;

const onCard =
  (behave: MmsBehaviour): MmsBehaviour =>
  (stimulus, device, rest) =>
    stimulus.is === 'insert' ? behave(stimulus, device, rest) : undefined;

describe.each(lineKinds)('on %s, a device that misbehaves', (kind) => {
  const sale = (behaviours: readonly MmsBehaviour[]) => {
    const rig = setUp(kind, { options: { behaviours } });
    const before = rig.said(30_000);
    rig.reader.arm(purchase);
    const between = rig.said(30_000);
    rig.device.insert(visa());
    const card = rig.said(30_000);
    rig.reader.answer(approved);
    return { ...rig, events: [...before, ...between, ...card, ...rig.said(30_000)] };
  };

  test('says everything twice: nothing is taken twice', () => {
    const { events } = sale([twice]);
    expect(kinds(events).filter((is) => is === 'card')).toHaveLength(1);
    expect(kinds(events).filter((is) => is.startsWith('completed'))).toEqual([
      'completed approved',
    ]);
  });

  test('answers nothing at all: it is lost as silent', () => {
    const { said } = setUp(kind, { options: { behaviours: [stuck] } });
    expect(said(5_999)).toEqual([]);
    expect(said(1)).toMatchObject([{ is: 'lost', why: 'silent' }]);
  });

  test.each([
    ['D101', ['ready']],
    ['1001', ['ready', 'lost']],
    ['1004', ['ready', 'processing', 'card', 'completed no_answer']],
  ] as const)('gives no answer to %s: it ends in a plain state', (id, told) => {
    expect(kinds(sale([onRequest(id, stuck)]).events).slice(0, told.length)).toEqual(told);
  });

  test('loses its answer to a start: it is told to end that, and starts once', () => {
    let isLost = true;
    const { events } = sale([
      onRequest('1001', (_stimulus, _device, rest) => {
        if (!isLost) return undefined;
        isLost = false;
        rest();
        return { pieces: [] };
      }),
    ]);
    expect(kinds(events)).toEqual(['ready', 'processing', 'card', 'completed approved']);
  });

  test.each(['1008', 'D101', '1001', '1004'])('dies on %s: the exchange ends', (id) => {
    for (const habit of [dyingFirst, dyingAfterwards]) {
      const { said, reader, events } = sale([onRequest(id, habit)]);
      const all = kinds([...events, ...said(600_000)]);
      reader.close();
      expect(all.length + kinds(said()).length).toBeGreaterThan(0);
      expect(kinds(said(600_000))).toEqual([]);
    }
  });

  test('loses a byte of its answer: it is told as noise, and the card is not', () => {
    const { said, device, reader } = armed(kind, {
      options: { behaviours: [onCard(cutShort(90))] },
    });
    device.insert(visa());
    expect(kinds(said(10_000))).not.toContain('card');
    reader.disarm();
    expect(kinds(said(10_000))).not.toContain('lost');
  });

  test('cannot cancel for a while: it is asked again until it can', () => {
    let refusals = 3;
    const busy: MmsBehaviour = onRequest('1008', (stimulus) => {
      if (refusals === 0 || stimulus.is !== 'request') return undefined;
      refusals -= 1;
      return { pieces: refusal(kind, stimulus.message, '80020305') };
    });
    const { said } = setUp(kind, { options: { behaviours: [busy] } });
    expect(said(2_999)).toEqual([]);
    expect(said(1)).toMatchObject([{ is: 'ready' }]);
  });

  test('refuses to start: it is said why', () => {
    const flat: MmsBehaviour = onRequest('1001', (stimulus) =>
      stimulus.is === 'request'
        ? { pieces: refusal(kind, stimulus.message, '80020316') }
        : undefined,
    );
    const { said, reader } = ready(kind, { options: { behaviours: [flat] } });
    reader.arm(purchase);
    expect(said()).toEqual([
      {
        is: 'lost',
        why: 'failed',
        detail:
          'The reader starts no transaction (not started: the battery is down to five percent; charge it).',
      },
    ]);
  });

  test('has a transaction of somebody else’s running: that is ended first', () => {
    let isOther = true;
    const busy: MmsBehaviour = onRequest('1001', (stimulus) => {
      if (!isOther || stimulus.is !== 'request') return undefined;
      isOther = false;
      return { pieces: refusal(kind, stimulus.message, '80020308') };
    });
    const { said, device, reader } = ready(kind, { options: { behaviours: [busy] } });
    reader.arm(purchase);
    said();
    device.swipe(testCards.visa);
    expect(kinds(said())).toContain('card');
  });
});

/** A response of this status to a request, as this line carries it. */
const refusal = (kind: Kind, request: Uint8Array, status: string): Uint8Array[] => {
  const reference = toHex(request.subarray(5, 6));
  const id = toHex(request.subarray(6, 8));
  const message = `AA00810482${reference}${id}8204${status}`;
  const hex = kind === 'hid' ? `000E${message}`.padEnd(128, '0') : `C0020000000E${message}C0`;
  return [fromHex(hex) ?? new Uint8Array()];
};

describe('on a serial line, a device', () => {
  const sale = (behaviours: readonly MmsBehaviour[]): string[] => {
    const rig = setUp('serial', { options: { behaviours } });
    const events = [...rig.said(10_000)];
    rig.reader.arm(purchase);
    events.push(...rig.said(10_000));
    rig.device.insert(visa());
    events.push(...rig.said(10_000));
    rig.reader.answer(approved);
    events.push(...rig.said(10_000));
    return kinds(events);
  };
  const whole = ['ready', 'processing', 'card', 'completed approved'];

  test('sends every byte alone, slowly', () => {
    expect(sale([byteByByte(1)])).toEqual(whole);
  });

  test('sends everything in one piece', () => {
    expect(sale([gluedTogether])).toEqual(whole);
  });

  test('sends garbage first, which is noise', () => {
    const told = sale([garbageFirst(bytesOf('AB\r'))]);
    expect(told.filter((is) => is !== 'noise')).toEqual(whole);
    expect(told).toContain('noise');
  });

  test('spoils the length of one answer: that is noise, and it is asked again', () => {
    const told = sale([spoiltOnce(15)]);
    expect(told).toEqual(['noise', ...whole]);
  });

  test(`is cut anywhere, and never leaves the driver waiting or throws (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.nat({ max: 600 }), fc.boolean(), (bytes, isCard) => {
        const habit = isCard ? onCard(cutShort(bytes)) : cutShort(bytes);
        const rig = armed('serial', { options: { behaviours: [habit] } });
        rig.device.insert(visa());
        rig.said(5_000);
        rig.reader.answer(approved);
        rig.reader.close();
        const told = kinds(rig.said(120_000));
        expect(told.filter((is) => is === 'lost').length).toBeLessThanOrEqual(1);
      }),
      { seed, numRuns: cutRuns },
    );
  });
});
