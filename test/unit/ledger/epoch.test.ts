/** A new epoch of the up log: a new chain, everything open told again, nothing counted twice. */
import { expect, test } from 'vitest';
import { chainStart } from '../../../contract/index.ts';
import { sha256 } from '../../../agent/identity/digest.ts';
import { openEpoch } from '../../../agent/ledger/epoch.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { takeWords } from '../../../agent/payments/words.ts';
import {
  answerTo,
  idOf,
  orderOf,
  sealedCard,
  sealedRef,
  subject,
} from '../../fixtures/payments.ts';
import {
  approve,
  enter,
  happen,
  loseTrackOf,
  openedLedger,
  send,
  store,
} from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';
import { BackOffice, settlementOf } from '../../rigs/back-office.ts';
import { wordLog } from '../../rigs/word-log.ts';

const filled = () => {
  const both = openedLedger(quietWorld());
  const { ledger } = both;
  approve(ledger, orderOf(1), 1);
  ledger.commit(() => ledger.meta.set('acknowledged', ledger.upLog.head().seq));
  store(ledger, orderOf(2), 2, sealedCard(2));
  loseTrackOf(ledger, orderOf(3), 3);
  enter(ledger, orderOf(4));
  send(ledger, orderOf(5), 5);
  send(ledger, orderOf(6), 6);
  const sealed = sealedCard(6);
  const route = { to: 'store', attemptId: idOf('att', 66), sealed: sealedRef(sealed) } as const;
  happen(ledger, idOf('txn', 6), { is: 'no answer', reason: 'no_answer', route }, sealed);
  return both;
};

const toldIn = (ledger: ReturnType<typeof filled>['ledger']): string[] =>
  (ledger.upLog.run(1)?.entries ?? []).map(({ type, body }) => {
    const id = (body as { transactionId?: string }).transactionId;
    return id === undefined ? type : `${type} ${Number(id.slice(4))}`;
  });

test('says what came before, and tells again all that is not final, word for word', () => {
  const { ledger, db } = filled();
  const last = ledger.upLog.head();
  const sealedBefore = ledger.sealed.bytesOf(sealedCard(2).digest);
  ledger.commit(() => ledger.meta.set('rolledBack', 'the portal has more'));
  expect(openEpoch(ledger, 4)).toBe(true);
  expect(ledger.upLog.run(1)?.prev).toBe(chainStart(subject, 4, sha256));
  expect(ledger.upLog.run(1)?.entries[0]?.body).toEqual({
    ...{ previousEpoch: 1, lastSeq: last.seq, lastHash: last.hash },
    reason: 'the portal has more',
  });
  expect(toldIn(ledger)).toEqual([
    'epoch.opened',
    ...['transaction.created 2', 'transaction.stored 2'],
    ...['transaction.created 3', 'attempt.sent 3', 'reversal 3'],
    'transaction.created 4',
    ...['transaction.created 5', 'attempt.sent 5'],
    ...['transaction.created 6', 'attempt.sent 6', 'reversal 6', 'transaction.stored 6'],
  ]);
  expect(ledger.meta.get('rolledBack')).toBeUndefined();
  expect(ledger.meta.get('acknowledged')).toBe(0);
  expect(ledger.sealed.bytesOf(sealedCard(2).digest)).toEqual(sealedBefore);
  expect(ledger.exposure.rows()).toEqual([{ currency: 'USD', count: 3, total: 3 * 4_250 }]);
  expect(verifyLedger(db)).toMatchObject({ sound: true, findings: [], open: 5 });
});

test('tells again what is final too, while the portal may lack its facts', () => {
  const { ledger, db } = filled();
  ledger.commit(() => ledger.meta.set('acknowledged', 1));
  openEpoch(ledger, 2);
  expect(toldIn(ledger).slice(0, 4)).toEqual([
    'epoch.opened',
    ...['transaction.created 1', 'attempt.sent 1', 'transaction.finished 1'],
  ]);
  expect(verifyLedger(db).findings).toEqual([]);
});

test('opened twice in a row, it tells each open fact once and not twice', () => {
  const { ledger, db } = filled();
  openEpoch(ledger, 2);
  const told = toldIn(ledger);
  openEpoch(ledger, 3);
  expect(toldIn(ledger)).toEqual(told);
  expect(verifyLedger(db).findings).toEqual([]);
});

test.each([0, 1])('epoch %i is none that could be opened', (epoch) => {
  const { ledger } = filled();
  const head = ledger.upLog.head();
  expect(openEpoch(ledger, epoch)).toBe(false);
  expect(ledger.upLog.head()).toEqual(head);
});

test('an attempt that was reversed before is not to be reversed again because it is told again', () => {
  const { ledger } = filled();
  const words = wordLog();
  const attempt = { transactionId: idOf('txn', 6), attemptId: idOf('att', 6) };
  words.say('reversal.done', { ...attempt, hostResult: 'reversed' });
  takeWords(ledger, words.frame(1));
  const before = ledger.attempts.reversing(9);
  const reason = 'no_answer';
  expect(before).toEqual([{ transactionId: idOf('txn', 3), attemptId: idOf('att', 3), reason }]);
  openEpoch(ledger, 2);
  expect(ledger.attempts.reversing(9)).toEqual(before);
});

test('what was open is finished in the new epoch, and the ledger stays sound', () => {
  const { ledger, db } = filled();
  openEpoch(ledger, 2);
  const words = wordLog();
  words.say('transaction.decided', answerTo(idOf('txn', 2), idOf('att', 2), 'declined'));
  words.say('transaction.decided', answerTo(idOf('txn', 6), idOf('att', 66)));
  words.say('reversal.done', {
    ...{ transactionId: idOf('txn', 3), attemptId: idOf('att', 3) },
    hostResult: 'never_received',
  });
  takeWords(ledger, words.frame(1));
  expect(ledger.exposure.rows()).toEqual([{ currency: 'USD', count: 0, total: 0 }]);
  expect(verifyLedger(db)).toMatchObject({ sound: true, netByCurrency: { USD: 8_500 } });
  openEpoch(ledger, 3);
  expect(verifyLedger(db).findings).toEqual([]);
});

test('tells again a closed batch that is not settled, behind its sales, and what else may be untold', () => {
  const office = new BackOffice();
  const { ledger } = office;
  office.sell(1, 'approved');
  office.close();
  office.say('settlement', settlementOf(1));
  const settledBy = ledger.upLog.head().seq;
  office.sell(2, 'unknown');
  office.close();
  office.say('command', {
    ...{ commandId: 'cmd-1', kind: 'nonsense', params: {}, ttlMs: 60_000 },
    issuedBy: { userId: 'ann' },
  });
  ledger.commit(() => ledger.meta.set('acknowledged', settledBy));
  const [, closed] = office.facts('batch.closed');
  openEpoch(ledger, 2);
  expect(toldIn(ledger)).toEqual([
    'epoch.opened',
    ...['transaction.created 2', 'attempt.sent 2', 'reversal 2'],
    ...['batch.records', 'batch.closed', 'command.finished'],
  ]);
  expect(office.facts('batch.closed')).toEqual([closed]);
  const told = toldIn(ledger);
  openEpoch(ledger, 3);
  expect(toldIn(ledger)).toEqual(told);
  expect(verifyLedger(office.opened.db).findings).toEqual([]);
});

test('a power cut while it is opened leaves the old epoch as it was', () => {
  const { ledger, db } = filled();
  const head = ledger.upLog.head();
  db.exec(
    `CREATE TRIGGER full AFTER INSERT ON up_log WHEN new.epoch = 2 AND new.seq = 5
     BEGIN SELECT raise(ABORT, 'the power failed'); END`,
  );
  expect(() => openEpoch(ledger, 2)).toThrow('the power failed');
  expect(ledger.upLog.head()).toEqual(head);
  db.exec('DROP TRIGGER full');
  expect(verifyLedger(db).findings).toEqual([]);
  expect(openEpoch(ledger, 2)).toBe(true);
});
