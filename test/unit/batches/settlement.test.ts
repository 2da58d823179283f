/** Settlements: what the portal found stands beside a closed batch, once, and changes nothing of it. */
import { describe, expect, test } from 'vitest';
import type { Settlement } from '../../../contract/index.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { idOf } from '../../fixtures/payments.ts';
import { BackOffice, settlementOf } from '../../rigs/back-office.ts';

const closedOffice = (): BackOffice => {
  const office = new BackOffice();
  office.sell(1, 'approved');
  office.close();
  return office;
};

const usd = (value: number) => ({ value, currency: 'USD' });

const missing: Partial<Settlement> = {
  ...{ outcome: 'not_agreed', settled: [], differenceCount: 1 },
  differences: [{ transactionId: idOf('txn', 1), is: 'missing_at_portal', device: usd(4_250) }],
};

test('an agreement ends a batch: its totals stay, and what is settled stands beside them', () => {
  const office = closedOffice();
  const before = office.batch(1);
  expect(office.say('settlement', settlementOf(1))).toEqual([undefined]);
  const { outcome, settled, ...after } = office.batch(1);
  expect([outcome, settled]).toEqual(['agreed', [usd(4_250)]]);
  expect(after).toMatchObject({ totals: before.totals, digest: before.digest });
  expect(office.told('settled')).toBe(1);
  expect(verifyLedger(office.opened.db).findings).toEqual([]);
});

test('a disagreement keeps every difference, word for word', () => {
  const office = closedOffice();
  office.say('settlement', settlementOf(1, missing));
  expect(office.batch(1)).toMatchObject({
    ...{ outcome: 'not_agreed', differences: missing.differences, differenceCount: 1 },
  });
  expect(office.batch(1).totals).toMatchObject([{ approved: { count: 1, value: 4_250 } }]);
});

test('what was declined after the close is no difference', () => {
  const office = closedOffice();
  const declinedAfterClose = [{ transactionId: idOf('txn', 1), amount: usd(4_250) }];
  office.say('settlement', settlementOf(1, { settled: [usd(0)], declinedAfterClose }));
  expect(office.batch(1)).toMatchObject({ outcome: 'agreed', declinedAfterClose, differences: [] });
});

test('the same settlement told again is harmless', () => {
  const office = closedOffice();
  office.say('settlement', settlementOf(1));
  const before = office.batch(1);
  expect(office.say('settlement', settlementOf(1), 'said in other words')).toEqual([undefined]);
  expect(office.batch(1)).toEqual(before);
  expect(office.told('settled')).toBe(1);
  expect(verifyLedger(office.opened.db).findings).toEqual([]);
});

describe('a settlement that does not fit is refused, noted and told', () => {
  test.each<[string, Settlement, RegExp]>([
    ['another one', settlementOf(1, missing), /settled otherwise before/],
    ['one of a batch that is open', settlementOf(2), /is open here/],
    ['one of a batch nobody knows', settlementOf(9), /no such batch/],
  ])('%s', (_what, settlement, note) => {
    const office = closedOffice();
    office.sell(2, 'approved');
    office.say('settlement', settlementOf(1));
    const before = [office.batch(1), office.batch(2)];
    expect(office.say('settlement', settlement)).toEqual([expect.stringMatching(note)]);
    expect([office.batch(1), office.batch(2)]).toEqual(before);
    expect(office.told('settlement refused')).toBe(1);
    expect(verifyLedger(office.opened.db).findings).toEqual([]);
  });

  test('one of a batch that is closing', () => {
    const office = new BackOffice();
    office.sell(1, 'sent');
    office.close();
    expect(office.say('settlement', settlementOf(1))).toEqual(['the batch is closing here']);
    expect(office.batch(1).state).toBe('closing');
  });
});
