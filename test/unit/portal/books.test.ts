/** The host’s books, whatever is asked in whatever order: no sale is ever given back more than once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TransactionType } from '../../../contract/index.ts';
import { openHost, type Host, type HostRequest } from '../../../simulator/portal/host.ts';
import { seed } from '../../fixtures/seed.ts';
import { world } from './bench.ts';

const device = 'c/d';
const types = ['sale', 'authorization', 'capture', 'refund', 'void', 'adjustment'] as const;

/** Something that is asked of the host: by a type, about one of those before, or to undo it. */
const step = fc.record({
  doing: fc.oneof(
    { weight: 7, arbitrary: fc.constant('decide' as const) },
    { weight: 2, arbitrary: fc.constantFrom('again', 'reverse', 'withdraw') },
  ),
  type: fc.constantFrom(...types),
  about: fc.nat(5),
  value: fc.integer({ min: 0, max: 6 }).map((hundreds) => hundreds * 100),
  way: fc.constantFrom('live', 'forwarded'),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const brings = (type: TransactionType) => type === 'sale' || type === 'authorization';

/** One of the last that were asked. */
const before = (asked: readonly HostRequest[], about: number) => asked.at(-1 - about) ?? asked[0];

const requestOf = ({ type, about, value, way }: Step, asked: readonly HostRequest[]) => {
  const original = before(asked, about)?.transactionId;
  const names = !brings(type) && original !== undefined;
  return {
    ...{ device, transactionId: `txn ${asked.length}`, attemptId: `att ${asked.length}`, type },
    ...{ amount: { value, currency: 'USD' }, way, partialApproval: false },
    ...(names ? { originalTransactionId: original } : {}),
  } as const;
};

const take = (host: Host, one: Step, asked: HostRequest[]): void => {
  const known = before(asked, one.about);
  if (one.doing === 'decide') {
    const request = requestOf(one, asked);
    asked.push(request);
    host.decide(request);
  } else if (known === undefined) return;
  else if (one.doing === 'again') {
    const totals = host.totals();
    host.decide(known);
    expect(host.totals()).toEqual(totals);
  } else if (one.doing === 'reverse') {
    expect(host.reverse(device, known)).toBe(host.reverse(device, known));
  } else expect(host.withdraw(device, known)).toBe(host.withdraw(device, known));
};

test(`what stands of a transaction is never below nothing, and adds up (seed ${seed})`, () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (steps) => {
      const host = openHost({ database: ':memory:', clock: world.clock });
      try {
        const asked: HostRequest[] = [];
        for (const one of steps) take(host, one, asked);
        const all = host.transactions(100);
        const net = all.reduce((sum, one) => sum + one.netApprovedValue, 0);
        expect(host.totals()).toMatchObject({ doubleCharges: [] });
        expect(host.totals().netByCurrency['USD'] ?? 0).toBe(net);
        for (const { transactionId, netApprovedValue } of all) {
          const standing = host.standing(device, transactionId);
          const refunds = host
            .followUpsOf(device, transactionId)
            .filter(({ type }) => type === 'refund')
            .reduce((sum, { standingValue }) => sum + standingValue, 0);
          expect(refunds).toBeLessThanOrEqual(standing?.standingValue ?? 0);
          if (standing?.type !== 'refund') expect(netApprovedValue).toBeGreaterThanOrEqual(0);
        }
      } finally {
        host.close();
      }
    }),
    { seed, numRuns: 300 },
  );
});
