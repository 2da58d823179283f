/** Cards with a chip: what they decide by themselves, and what they make of their host's answer. */
import { describe, expect, test } from 'vitest';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { chipSpeaksWithinMs } from '../../../agent/readers/post.ts';
import { AuthorizeBody, check } from '../../../contract/index.ts';
import { answerTo } from '../../fixtures/payments.ts';
import { chipOf, chipRead } from '../../rigs/scripted-reader.ts';
import { Till } from '../../rigs/till.ts';

const sound = ({ opened }: Till): void => expect(verifyLedger(opened.db).findings).toEqual([]);

/** A sale whose chip waits for its host. */
const waiting = (till = new Till()) => {
  const transactionId = till.swipe(chipRead('ARQC', { waits: true }));
  return { till, transactionId };
};

const answered = ({ till, transactionId }: ReturnType<typeof waiting>, issuerData?: string) => {
  const { body } = till.host.last();
  const answer = answerTo(transactionId, body.attemptId, 'approved');
  const said = issuerData === undefined ? {} : { issuerData };
  till.host.reply({ is: 'answered', answer: { ...answer, ...said } });
};

describe('a chip that waits for its host', () => {
  test('keeps its reader, is told what the issuer says, and has the last word', () => {
    const sale = waiting();
    const { till, transactionId } = sale;
    expect(till.posts[0]?.state()).toMatchObject({ is: 'busy', transactionId });
    expect(check(AuthorizeBody, till.host.last().body).ok).toBe(true);
    expect(till.host.last().body.card.chip).toEqual(chipOf('ARQC'));
    expect(till.cashier.promptOf(transactionId)).toBe('processing');
    answered(sale, '910A11223344556677883030');
    expect(till.payment(transactionId).is).toBe('completing');
    expect(till.reader().answers).toMatchObject([{ result: 'approved', responseCode: '00' }]);
    const [{ issuerData } = {}] = till.reader().answers;
    expect(Buffer.from(issuerData ?? []).toString('hex')).toBe('910a11223344556677883030');
    till.reader().complete('approved', chipOf('TC'));
    expect(till.payment(transactionId)).toMatchObject({
      ...{ is: 'approved', approvalCode: 'A1B2C3', card: { chip: { cryptogramType: 'TC' } } },
    });
    expect([till.posts[0]?.state().is, till.reader().disarmed]).toEqual(['ready', 1]);
    sound(till);
  });

  test('that refuses what the host approved has the sale reversed', () => {
    const sale = waiting();
    const { till, transactionId } = sale;
    answered(sale);
    till.reader().complete('declined', chipOf('AAC'));
    expect(till.payment(transactionId)).toMatchObject({ is: 'unknown', reason: 'chip_declined' });
    expect(till.facts(transactionId)).toEqual(['transaction.created', 'attempt.sent', 'reversal']);
    expect(till.opened.ledger.attempts.reversing(9)).toMatchObject([{ reason: 'chip_declined' }]);
    expect(till.opened.ledger.exposure.rows()).toEqual([]);
    expect(till.posts[0]?.state().is).toBe('ready');
    sound(till);
  });

  test.each([
    ['is removed before it has answered', (till: Till) => till.reader().complete('card_removed')],
    ['never answers', (till: Till) => till.world.clock.advance(chipSpeaksWithinMs)],
    ['is lost with its reader', (till: Till) => till.reader().lose()],
  ])('that %s has the sale reversed', (_, happens) => {
    const sale = waiting();
    const { till, transactionId } = sale;
    answered(sale);
    happens(till);
    expect(till.payment(transactionId)).toMatchObject({ reason: 'chip_not_completed' });
    expect(till.facts(transactionId)[2]).toBe('reversal');
    sound(till);
  });

  test.each([
    [
      'whose card is removed while the host is asked',
      (till: Till) => till.reader().complete('card_removed'),
    ],
    ['whose reader is lost while the host is asked', (till: Till) => till.reader().lose()],
  ])('and %s: an approval is reversed, a decline is a decline', (_, happens) => {
    for (const result of ['approved', 'declined'] as const) {
      const { till, transactionId } = waiting();
      happens(till);
      expect(till.payment(transactionId).is).toBe('sent');
      till.host.answer(result);
      expect(till.payment(transactionId)).toMatchObject(
        result === 'approved'
          ? { is: 'unknown', reason: 'chip_not_completed' }
          : { is: 'declined', by: 'host' },
      );
      sound(till);
    }
  });

  test('is told of a decline, and its reader is free once it has spoken', () => {
    const { till, transactionId } = waiting();
    till.host.answer('declined');
    expect(till.payment(transactionId)).toMatchObject({ is: 'declined', by: 'host' });
    expect(till.reader().answers).toMatchObject([{ result: 'declined', responseCode: '05' }]);
    expect(till.posts[0]?.state().is).toBe('busy');
    till.reader().complete('declined', chipOf('AAC'));
    expect([till.posts[0]?.state().is, till.reader().disarmed]).toEqual(['ready', 1]);
  });

  test('is told that nobody could be asked, when its sale is stored', () => {
    const till = new Till({ settings: { 'offline.entryModes': ['chip'] } });
    till.host.online = false;
    const transactionId = till.swipe(chipRead('ARQC', { waits: true }));
    expect(till.payment(transactionId).is).toBe('stored');
    expect(till.reader().answers).toEqual([{ result: 'unable', responseCode: 'Z3' }]);
    till.world.clock.advance(chipSpeaksWithinMs);
    expect(till.posts[0]?.state().is).toBe('ready');
    expect(till.opened.ledger.exposure.rows()).toMatchObject([{ total: 4_250 }]);
  });

  test('when the power fails at its last word: the sale is reversed', () => {
    const sale = waiting();
    answered(sale);
    const { till, transactionId } = sale;
    const { world, opened } = till;
    const after = new Till({ world, opened });
    expect(after.cashier.recover()).toBe(1);
    expect(after.payment(transactionId)).toMatchObject({ is: 'unknown', reason: 'interrupted' });
    sound(after);
  });
});

describe('a chip that decides by itself', () => {
  test('refuses, and no host is asked', () => {
    const till = new Till();
    const transactionId = till.swipe(chipRead('AAC'));
    expect(till.payment(transactionId)).toMatchObject({
      ...{ is: 'declined', by: 'card', reason: 'card_declined' },
    });
    expect([till.host.asked, till.posts[0]?.state().is]).toEqual([[], 'ready']);
    sound(till);
  });

  test('approves: told to the host later, at nobody’s risk here, whatever the gates say', () => {
    const till = new Till({ settings: { 'offline.enabled': false } });
    const transactionId = till.swipe(chipRead('TC', { entryMode: 'contactless' }));
    expect(till.payment(transactionId)).toMatchObject({
      ...{ is: 'stored', card: { chip: { cryptogramType: 'TC' } } },
    });
    expect([till.host.asked, till.opened.ledger.exposure.rows()]).toEqual([[], []]);
    sound(till);
  });
});

describe('a chip that cannot be read', () => {
  const fallenBack = { ...chipRead('ARQC'), isFallback: true };
  const stripe = () => {
    const { chip: _, ...read } = fallenBack;
    const { accountData, likeness } = chipRead('ARQC');
    return {
      ...read,
      accountData,
      likeness,
      entryMode: 'stripe',
      card: { ...read.card, entryMode: 'stripe' },
    } as const;
  };

  test('is tried again, and then its stripe will do', () => {
    const till = new Till();
    const transactionId = till.sell();
    till.reader().fail('chip_unreadable');
    till.reader().read(stripe());
    till.reader().fail('chip_unreadable');
    till.reader().read(stripe());
    expect(till.prompts()).toEqual(['present_card', 'try_again', 'use_chip', 'use_stripe']);
    expect(till.payment(transactionId)).toMatchObject({ is: 'sent', card: { fallback: true } });
  });

  test('leaves the card without a sale where no stripe is taken instead', () => {
    const till = new Till({ settings: { 'reader.fallbackToStripe': false } });
    const transactionId = till.sell();
    for (const _ of [1, 2, 3]) till.reader().fail('chip_unreadable');
    till.reader().read(stripe());
    expect(till.payment(transactionId).is).toBe('awaiting_card');
    expect(till.cashier.promptOf(transactionId)).toBe('use_chip');
    expect(till.reader().armed).toBe(2);
  });

  test('and a stripe read elsewhere is a fallback too', () => {
    const readers = [
      { id: 'counter', protocol: 'scripted', path: '/dev/a' },
      { id: 'bar', protocol: 'scripted', path: '/dev/b' },
    ];
    const { isFallback: _, ...plain } = stripe();
    const till = new Till({ readers, settings: { 'reader.choice': 'first_card' } });
    const transactionId = till.sell();
    till.reader('counter').fail('chip_unreadable');
    till.reader('bar').read(plain);
    expect(till.payment(transactionId).is).toBe('awaiting_card');
    expect(till.cashier.promptOf(transactionId)).toBe('use_chip');
    till.reader('counter').fail('chip_unreadable');
    till.reader('bar').read({ ...stripe(), isFallback: false });
    expect(till.payment(transactionId)).toMatchObject({
      ...{ is: 'sent', card: { fallback: true, readerId: 'bar' } },
    });
  });

  test('or has no application for this shop ends the sale', () => {
    const till = new Till();
    const transactionId = till.sell();
    till.reader().fail('not_accepted');
    expect(till.payment(transactionId)).toMatchObject({ reason: 'card_not_accepted' });
  });
});

describe('several readers', () => {
  const readers = [
    { id: 'counter', protocol: 'scripted', path: '/dev/a' },
    { id: 'bar', protocol: 'scripted', path: '/dev/b' },
  ];
  const choosing = () => new Till({ readers, settings: { 'reader.choice': 'first_card' } });

  test('all hold out a hand, and the first card wins', () => {
    const till = choosing();
    const transactionId = till.sell();
    expect(till.posts.map((post) => post.state().is)).toEqual(['busy', 'busy']);
    till.reader('bar').read(chipRead('ARQC', { waits: true }));
    expect(till.payment(transactionId)).toMatchObject({ is: 'sent', card: { readerId: 'bar' } });
    expect(till.posts.map((post) => post.state().is)).toEqual(['ready', 'busy']);
    expect(till.reader('counter').disarmed).toBe(1);
  });

  test('one may be lost; the sale ends with the last', () => {
    const till = choosing();
    const transactionId = till.sell();
    till.reader('counter').lose();
    expect(till.payment(transactionId).is).toBe('awaiting_card');
    till.reader('bar').lose();
    expect(till.payment(transactionId)).toMatchObject({ is: 'cancelled', reason: 'reader_lost' });
  });

  test('by themselves the first that is ready is used', () => {
    const till = new Till({ readers });
    till.sell();
    expect(till.posts.map((post) => post.state().is)).toEqual(['busy', 'ready']);
  });
});
