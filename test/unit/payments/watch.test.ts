/** The watch: what only time makes due. */
import { describe, expect, test } from 'vitest';
import { keepWatch, stuckFor } from '../../../agent/payments/watch.ts';
import { BusyTill } from '../../rigs/busy-till.ts';
import { settingsWith } from '../../rigs/linked-ledger.ts';

const sound = (busy: BusyTill): void => expect(busy.findings()).toEqual([]);
const dayMs = 86_400_000;
const minuteMs = 60_000;

/** A till that is watched; `alarms` are the reversals it was told are stuck. */
const watched = (settings: Readonly<Record<string, unknown>> = {}) => {
  const busy = new BusyTill(sound);
  const alarms: { sinceMs: number; count: number }[] = [];
  const { world, cashier } = busy.till;
  keepWatch({
    ...{ ledger: busy.ledger, world, cashier, settings: settingsWith(settings) },
    tell: ({ sinceMs, count }) => alarms.push({ sinceMs, count }),
  });
  return { busy, alarms };
};

describe('an authorization nobody captured', () => {
  test('is given back once its time is over, and not a look before', () => {
    const { busy } = watched();
    const authorization = busy.approved({ type: 'authorization' });
    busy.pass(7 * dayMs - minuteMs);
    expect(busy.payment(authorization).is).toBe('approved');
    busy.pass(2 * minuteMs);
    expect(busy.payment(authorization)).toMatchObject({ reason: 'authorization_expired' });
    busy.pass(dayMs);
    expect(busy.facts(authorization).filter((fact) => fact === 'reversal')).toHaveLength(1);
  });

  test('is given back after as many days as the settings say', () => {
    const { busy } = watched({ 'authorization.expiryDays': 30 });
    const authorization = busy.approved({ type: 'authorization' });
    busy.pass(8 * dayMs);
    expect(busy.payment(authorization).is).toBe('approved');
    busy.pass(22 * dayMs + minuteMs);
    expect(busy.payment(authorization).is).toBe('unknown');
  });

  test('is left alone while a capture or a void of it may still succeed, and taken up again', () => {
    const { busy } = watched();
    const [captured, voided] = [1, 2].map(() => busy.approved({ type: 'authorization' }));
    const capture = busy.advised('capture', captured!);
    const undoing = busy.advised('void', voided!);
    busy.pass(8 * dayMs);
    expect([busy.payment(captured!).is, busy.payment(voided!).is]).toEqual([
      'approved',
      'approved',
    ]);
    busy.decide(capture, 'declined');
    busy.decide(undoing, 'declined');
    busy.pass(minuteMs);
    expect([busy.payment(captured!).is, busy.payment(voided!).is]).toEqual(['unknown', 'unknown']);
  });

  test('does not have to wait for fifty others that may yet be captured', () => {
    const { busy } = watched();
    for (let number = 0; number < 50; number += 1) {
      busy.advised('capture', busy.approved({ type: 'authorization' }));
    }
    const authorization = busy.approved({ type: 'authorization' });
    busy.pass(7 * dayMs + minuteMs);
    expect(busy.payment(authorization).is).toBe('unknown');
  });

  test('that is captured stays as it is', () => {
    const { busy } = watched();
    const authorization = busy.approved({ type: 'authorization' });
    busy.followed('capture', authorization);
    busy.pass(30 * dayMs);
    expect([busy.payment(authorization).is, busy.net()]).toEqual(['approved', 4_250]);
  });
});

describe('a reversal the portal does not finish', () => {
  test('is an alarm, once for each time, and over when it is done', () => {
    const { busy, alarms } = watched();
    const settings = settingsWith({});
    const lost = busy.present();
    busy.reply({ is: 'no answer', reason: 'no_answer' });
    busy.pass(30 * minuteMs);
    expect([alarms, stuckFor(busy.ledger, settings)]).toEqual([[], undefined]);
    busy.pass(10 * minuteMs);
    expect(alarms).toMatchObject([{ count: 1 }]);
    expect(stuckFor(busy.ledger, settings)).toBe(40 * minuteMs);
    busy.undo(lost);
    busy.pass(2 * minuteMs);
    expect(stuckFor(busy.ledger, settings)).toBeUndefined();
    busy.present();
    busy.reply({ is: 'no answer', reason: 'no_answer' });
    busy.pass(32 * minuteMs);
    expect(alarms).toHaveLength(2);
  });
});
