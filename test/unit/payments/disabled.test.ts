/** A device the portal has put out of service: it takes no more money, still voids, and says why. */
import { describe, expect, test } from 'vitest';
import { subject } from '../../fixtures/payments.ts';
import { cardRead } from '../../rigs/scripted-reader.ts';
import { Till } from '../../rigs/till.ts';

/** The portal sets the status of this device; a later one has a later version. */
const setStatus = ({ opened: { ledger } }: Till, status: string, version = 1): void =>
  ledger.commit(() =>
    ledger.desired.keep({
      ...{ kind: 'device', subject: { ...subject }, version, issuedAt: 0, body: { status } },
    }),
  );

const setRevoked = ({ opened: { ledger } }: Till, revoked: 0 | 1): void =>
  ledger.commit(() => ledger.meta.set('revoked', revoked));

const setAwaited = ({ opened: { ledger } }: Till): void =>
  ledger.commit(() => ledger.meta.set('configurationAwaited', 1));

/** A sale that was taken while all was well. */
const sold = (till: Till): string => {
  till.host.online = false;
  const transactionId = till.sell();
  till.reader().read(cardRead());
  expect(till.payment(transactionId).is).toBe('stored');
  return transactionId;
};

describe.each([
  ['disabled', 'device_disabled', (till: Till) => setStatus(till, 'Disabled')],
  ['revoked', 'device_revoked', (till: Till) => setRevoked(till, 1)],
  ['new and without its settings', 'configuration_awaited', (till: Till) => setAwaited(till)],
] as const)('a device that is %s', (_is, code, end) => {
  test.each(['sale', 'authorization', 'refund'] as const)('takes no %s', (type) => {
    const till = new Till();
    end(till);
    expect(till.begin({ type }, 'k')).toEqual({ is: 'refused', code });
    expect(till.reader().armed).toBe(0);
  });

  test.each(['capture', 'adjustment', 'refund'] as const)('takes no %s of what it sold', (type) => {
    const till = new Till();
    const originalTransactionId = sold(till);
    end(till);
    expect(till.begin({ type, originalTransactionId }, 'k')).toEqual({ is: 'refused', code });
  });

  test('still voids what it sold', () => {
    const till = new Till();
    const originalTransactionId = sold(till);
    end(till);
    expect(till.begin({ type: 'void', originalTransactionId }, 'k').is).toBe('begun');
  });

  test('still answers a repeated key as it did', () => {
    const till = new Till();
    const begun = till.begin({}, 'k');
    end(till);
    expect([begun.is, till.begin({}, 'k').is]).toEqual(['begun', 'repeated']);
  });
});

test('a device that is active again, or merely inactive, sells', () => {
  const till = new Till();
  setStatus(till, 'Disabled');
  expect(till.begin({}, 'a')).toMatchObject({ code: 'device_disabled' });
  setStatus(till, 'Inactive', 2);
  const begun = till.begin({}, 'b');
  expect(begun.is).toBe('begun');
  setStatus(till, 'Active', 3);
  setRevoked(till, 1);
  expect(till.begin({}, 'c')).toMatchObject({ code: 'device_revoked' });
  setRevoked(till, 0);
  if (begun.is === 'begun') till.cashier.cancel(begun.transaction.order.transactionId);
  expect(till.begin({}, 'd').is).toBe('begun');
});

test.each(['inactive', 'Disabled', 'closed for repairs'])(
  'a device whose group is %s takes nothing new, and a void all the same',
  (status) => {
    const till = new Till({ settings: { status } });
    expect(till.begin({}, 'k')).toEqual({ is: 'refused', code: 'group_inactive' });
    const whatever = { type: 'void', originalTransactionId: 'txn_unknown' } as const;
    expect(till.begin(whatever, 'k')).toMatchObject({ code: 'original_unknown' });
  },
);
