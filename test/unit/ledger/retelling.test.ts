/**
 * Retelling: after every step of every story the facts tell the outcome the rows have; also when a new epoch
 * tells it all again after each step, and when the power fails after each.
 */
import { describe, expect, test } from 'vitest';
import { BusyTill, usd } from '../../rigs/busy-till.ts';

type Story = (busy: BusyTill) => void;

const by = { userId: 'vera', role: 'manager' };
const silent = { is: 'no answer', reason: 'no_answer' } as const;
const impossible = { responseCode: '12', reason: 'original_not_captured' } as const;

const changed = (busy: BusyTill, transactionId: string, kind: 'void' | 'refund' | 'adjustment') =>
  busy.say('transaction.changed', { transactionId, kind, amount: usd(1_000), by });
const park = (busy: BusyTill, transactionId: string) =>
  busy.say('transaction.parked', {
    ...{ transactionId, attemptId: busy.attemptOf(transactionId), responseCode: '91', tries: 10 },
  });
const voidedBy = (busy: BusyTill, transactionId: string, voidTransactionId: string) =>
  busy.say('voided', { transactionId, voidTransactionId, hostResult: 'undone' });

/** A stored sale that has left, and its void that waits behind it. */
const voiding = (busy: BusyTill) => {
  const sale = busy.stored();
  busy.publish();
  return { sale, voided: busy.follow('void', sale) };
};

/** A void that is done here where nobody can have heard of its sale, and else decided. */
const voidNow = (busy: BusyTill, sale: string) => {
  const voided = busy.follow('void', sale);
  if (busy.payment(voided).is === 'advised') busy.decide(voided);
};

/** A part the host approved. */
const partly = (busy: BusyTill) => {
  const sale = busy.present();
  busy.answer('approved', { responseCode: '10', approvedAmount: usd(2_000) });
  return sale;
};

const followUpStories = Object.fromEntries(
  (['void', 'refund', 'adjustment', 'capture'] as const).flatMap((type) => {
    const wish = type === 'adjustment' ? { tipAmount: usd(500) } : {};
    const begun = (busy: BusyTill) => {
      const original = busy.approved({ type: type === 'capture' ? 'authorization' : 'sale' });
      return busy.follow(type, original, wish);
    };
    const stories: [string, Story][] = [
      [`a ${type} that is approved`, (busy) => (begun(busy), busy.answer())],
      [`a ${type} that is declined`, (busy) => (begun(busy), busy.answer('declined'))],
      [
        `a ${type} that is refused`,
        (busy) => (begun(busy), busy.reply({ is: 'refused', code: 'answer_refused' })),
      ],
      ...(['approved', 'declined'] as const).flatMap((result): [string, Story][] => [
        [
          `a ${type} that was not sent, and is ${result} in the log`,
          (busy) => {
            const followUp = begun(busy);
            busy.reply({ is: 'not sent' });
            busy.decide(followUp, result);
          },
        ],
        [
          `a ${type} without an answer, and then ${result}`,
          (busy) => {
            const followUp = begun(busy);
            busy.reply(silent);
            // Of a refund, that is to be reversed, no decline is told.
            if (type !== 'refund' || result === 'approved') busy.decide(followUp, result);
            else busy.undo(followUp);
          },
        ],
        [
          `a ${type} that is parked and released twice, and then ${result}`,
          (busy) => {
            const followUp = begun(busy);
            busy.reply({ is: 'not sent' });
            for (const what of ['hold', 'release', 'hold', 'release'] as const) {
              busy.want(what, followUp);
            }
            busy.decide(followUp, result);
          },
        ],
      ]),
    ];
    return stories;
  }),
);

const cardStories: Record<string, Story> = {
  'a sale that is approved': (busy) => void busy.approved(),
  'a sale that is declined': (busy) => (busy.present(), busy.answer('declined')),
  'a sale without an answer that is reversed': (busy) => {
    const sale = busy.present();
    busy.reply(silent);
    busy.undo(sale);
  },
  'a sale without an answer whose approval stands': (busy) => {
    const sale = busy.present();
    busy.reply(silent);
    busy.decide(sale);
  },
  'a part that is accepted, and given back': (busy) => {
    const sale = partly(busy);
    busy.want('accept', sale);
    busy.followed('refund', sale);
  },
  'a part that is rejected': (busy) => {
    const sale = partly(busy);
    busy.want('reject', sale);
    busy.undo(sale);
  },
  'a part that nobody answers': (busy) => {
    const sale = partly(busy);
    busy.pass(60_000);
    busy.undo(sale);
  },
  'a repetition that is meant, and one that is not': (busy) => {
    busy.till.host.online = false;
    for (const what of ['none', 'accept', 'reject'] as const) {
      const sale = busy.present({ amount: usd(100) }, 'the card');
      if (what !== 'none') busy.want(what, sale);
    }
  },
  'an authorization that expires': (busy) => {
    const authorization = busy.approved({ type: 'authorization' });
    busy.till.cashier.expire(authorization);
    busy.undo(authorization);
  },
  'an authorization that was stored, and expires': (busy) => {
    const authorization = busy.stored({ type: 'authorization' });
    busy.decide(authorization);
    busy.till.cashier.expire(authorization);
    busy.undo(authorization);
  },
  'an authorization that is captured twice, for the first was voided': (busy) => {
    const authorization = busy.approved({ type: 'authorization' });
    busy.followed('void', busy.followed('capture', authorization));
    busy.followed('capture', authorization, { amount: usd(100) });
  },
};

const logStories: Record<string, Story> = {
  'a stored sale that is approved': (busy) => busy.decide(busy.stored()),
  'a stored sale that is declined': (busy) => busy.decide(busy.stored(), 'declined'),
  'a stored sale parked here again and again': (busy) => {
    const sale = busy.stored();
    for (const what of ['hold', 'release', 'hold', 'release', 'hold'] as const) {
      busy.want(what, sale);
    }
    busy.decide(sale);
  },
  'a stored sale parked here, released, and parked by the portal': (busy) => {
    const sale = busy.stored();
    busy.want('hold', sale);
    busy.want('release', sale);
    park(busy, sale);
    busy.want('release', sale);
    busy.decide(sale, 'declined');
  },
  'a void nobody had heard of': (busy) => voidNow(busy, busy.stored()),
  'a void of a sale that was parked': (busy) => {
    const sale = busy.stored();
    busy.want('hold', sale);
    voidNow(busy, sale);
  },
  'a void that waits, and is done': (busy) => {
    const { sale, voided } = voiding(busy);
    voidedBy(busy, sale, voided);
    busy.decide(voided);
  },
  'a void that is done before its sale is said to be': (busy) => {
    const { sale, voided } = voiding(busy);
    busy.decide(voided);
    voidedBy(busy, sale, voided);
  },
  'a void that waits, its sale being approved first': (busy) => {
    const { sale, voided } = voiding(busy);
    busy.decide(sale);
    voidedBy(busy, sale, voided);
    busy.decide(voided);
  },
  'a void that waits, its sale being declined first': (busy) => {
    const { sale, voided } = voiding(busy);
    busy.decide(sale, 'declined');
    busy.decide(voided, 'declined', impossible);
  },
  'a void that comes to nothing, and another that does not': (busy) => {
    const { sale, voided } = voiding(busy);
    busy.decide(voided, 'declined');
    busy.decide(busy.follow('void', sale));
  },
  'a void that comes to nothing after its sale was approved': (busy) => {
    const { sale, voided } = voiding(busy);
    busy.decide(sale);
    busy.decide(voided, 'declined');
    busy.followed('void', sale);
  },
  'a void of a parked sale that comes to nothing': (busy) => {
    const sale = busy.stored();
    busy.publish();
    busy.want('hold', sale);
    busy.decide(busy.follow('void', sale), 'declined');
    busy.want('hold', sale);
  },
  'a void that is parked': (busy) => {
    const { voided } = voiding(busy);
    busy.want('hold', voided);
    busy.want('release', voided);
    park(busy, voided);
    busy.decide(voided);
  },
  'a void this ledger has forgotten': (busy) =>
    voidedBy(busy, busy.stored(), 'txn_00000000000000000000000077'),
  'a refund that waits for its sale, which is declined': (busy) => {
    const sale = busy.stored();
    const refund = busy.follow('refund', sale, { amount: usd(1_000) });
    busy.decide(sale, 'declined');
    busy.decide(refund, 'declined', impossible);
  },
  'changes at the portal': (busy) => {
    const sale = busy.approved();
    changed(busy, sale, 'adjustment');
    changed(busy, sale, 'refund');
    changed(busy, sale, 'void');
  },
};

const stories = Object.entries({ ...cardStories, ...logStories, ...followUpStories });

const sound = (busy: BusyTill): void => expect(busy.findings()).toEqual([]);

describe('facts and rows tell the same', () => {
  test.each(stories)('%s', (_name, story) => {
    let steps = 0;
    story(
      new BusyTill((busy) => {
        steps += 1;
        sound(busy);
      }),
    );
    expect(steps).toBeGreaterThan(0);
  });
});

describe('told again by a new epoch after every step, they tell it still', () => {
  test.each(stories)('%s', (_name, story) => {
    const plain = new BusyTill();
    story(plain);
    const again = new BusyTill((busy) => {
      busy.openEpoch();
      sound(busy);
    });
    story(again);
    expect([again.outcomes(), again.net(), again.counted()]).toEqual([
      ...[plain.outcomes(), plain.net(), plain.counted()],
    ]);
  });
});

describe('the power failing after any step, they tell the same', () => {
  test.each(stories)('%s', (_name, story) => {
    let steps = 0;
    story(new BusyTill(() => (steps += 1)));
    for (let cutAfter = 1; cutAfter <= steps; cutAfter += 1) {
      let step = 0;
      const torn = new BusyTill((busy) => {
        step += 1;
        if (step !== cutAfter) return;
        busy.cutPower();
        sound(busy);
        throw new Error('the power failed');
      });
      expect(() => story(torn)).toThrow('the power failed');
      // What was under way has an outcome.
      expect(torn.outcomes()).not.toContain(undefined);
    }
  });
});
