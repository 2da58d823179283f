/** The audit finds every lie in the books, and none in honest ones: one that cannot fail is a defect. */
import { expect, test } from 'vitest';
import { complaintsOf, type Books, type FactRow } from '../../rigs/audit.ts';

const usd = (value: number) => ({ value, currency: 'USD' });
const fact = (seq: number, type: string, transactionId: string, outcome: string | null = null) =>
  ({ epoch: 1, seq, hash: `hash ${seq}`, type, transactionId, outcome }) satisfies FactRow;
const attempt = (
  attemptId: string,
  state: 'approved' | 'reversed',
  approvedValue: number,
): Books['host'][number]['attempts'][number] => ({
  ...{ attemptId, type: 'sale', originalTransactionId: null, way: 'live', state },
  ...{ approvedValue, standingValue: state === 'approved' ? approvedValue : 0 },
  ...{ responseCode: '00', at: 0 },
});

const honest: Books = {
  answers: [
    { transactionId: 'a', outcome: 'approved' },
    { transactionId: 'b', outcome: 'approved_offline' },
    { transactionId: 'c', outcome: 'unknown' },
    { transactionId: 'd', outcome: 'cancelled' },
  ],
  final: [
    { transactionId: 'a', outcome: 'approved', amount: usd(100) },
    { transactionId: 'b', outcome: 'approved', amount: usd(50) },
    { transactionId: 'c', outcome: 'reversed', amount: usd(70) },
    { transactionId: 'd', outcome: 'cancelled', amount: usd(90) },
  ],
  ledger: { sound: true, open: 0, findings: [], netByCurrency: { USD: 150 } },
  facts: [
    fact(1, 'transaction.created', 'a'),
    fact(2, 'transaction.finished', 'a', 'approved'),
    fact(3, 'transaction.created', 'b'),
    fact(4, 'transaction.created', 'c'),
    fact(5, 'transaction.created', 'd'),
    fact(6, 'transaction.finished', 'd', 'cancelled'),
  ],
  log: [1, 2, 3, 4, 5, 6].map((seq) => ({ epoch: 1, seq, hash: `hash ${seq}` })),
  host: [
    { transactionId: 'a', netApprovedValue: 100, attempts: [attempt('1', 'approved', 100)] },
    { transactionId: 'b', netApprovedValue: 50, attempts: [attempt('2', 'approved', 50)] },
    { transactionId: 'c', netApprovedValue: 0, attempts: [attempt('3', 'reversed', 70)] },
  ],
  totals: { transactions: 3, netByCurrency: { USD: 150 }, doubleCharges: [] },
  unerased: [],
};

test('honest books have nothing to complain about', () => {
  expect(complaintsOf(honest)).toEqual([]);
});

const { answers, final, facts, host, ledger, totals } = honest;
const [first, ...others] = final;
const [hostFirst, ...hostOthers] = host;

test.each<[string, Partial<Books>, RegExp]>([
  [
    'an approval that became a decline',
    { final: [{ ...first!, outcome: 'declined' }, ...others] },
    /a was answered as approved, and is declined/,
  ],
  ['a sale nobody knows any more', { final: others }, /a was answered as approved, and is gone/],
  [
    'an unknown sale that stayed so',
    {
      final: final.map((each) =>
        each.outcome === 'reversed' ? { ...each, outcome: 'unknown' } : each,
      ),
    },
    /c was answered as unknown, and is unknown/,
  ],
  ['an approval no host knows of', { host: hostOthers }, /a is approved, and the host has 0/],
  [
    'a reversal the host never made',
    {
      host: [
        ...host.slice(0, 2),
        { transactionId: 'c', netApprovedValue: 70, attempts: [attempt('3', 'approved', 70)] },
      ],
    },
    /c is reversed, and the host has 1 approvals of 70/,
  ],
  [
    'two approvals of one sale',
    {
      host: [
        {
          ...hostFirst!,
          attempts: [attempt('1', 'approved', 50), attempt('9', 'approved', 50)],
        },
        ...hostOthers,
      ],
    },
    /a is approved, and the host has 2 approvals/,
  ],
  ['a gap in the log', { facts: facts.filter(({ seq }) => seq !== 2) }, /gap before 1\/3/],
  ['a fact the portal does not have', { facts: facts.slice(0, 5) }, /portal lacks 1\/6/],
  [
    'a fact the portal has otherwise',
    { facts: [...facts.slice(0, 5), { ...facts[5]!, hash: 'another' }] },
    /ledger lacks 1\/6 another/,
  ],
  ['a log without its beginning', { facts: facts.slice(1) }, /gap before 1\/2/],
  [
    'a sale the portal never heard of',
    { facts: facts.map((each) => (each.transactionId === 'd' ? fact(each.seq, 'x', 'x') : each)) },
    /never heard of d/,
  ],
  [
    'a sale the portal heard twice of',
    { facts: [...facts, fact(7, 'transaction.created', 'b')] },
    /heard twice of b/,
  ],
  ['sales in another order', { final: [...others, first!] }, /in another order/],
  [
    'another outcome at the portal',
    { facts: [...facts.slice(0, 5), fact(6, 'transaction.finished', 'd', 'approved')] },
    /d is cancelled, and the portal was told approved/,
  ],
  ['a ledger that does not verify', { ledger: { ...ledger, sound: false } }, /does not verify/],
  ['a transaction left open', { ledger: { ...ledger, open: 1 } }, /1 transactions are not final/],
  [
    'money the ledger does not know',
    { totals: { ...totals, netByCurrency: { USD: 150, EUR: 1 } } },
    /the agent has .*, the host .*EUR/,
  ],
  [
    'a customer who was charged twice',
    {
      totals: {
        ...totals,
        doubleCharges: [{ device: 'x', transactionId: 'a', attemptIds: ['1', '9'] }],
      },
    },
    /a was charged twice/,
  ],
  ['sealed data that was kept', { unerased: ['ledger.sqlite-wal'] }, /still in ledger\.sqlite-wal/],
])('%s is found', (_, lie, says) => {
  expect(complaintsOf({ ...honest, ...lie }).join('\n')).toMatch(says);
});

test('an answer that was given twice is one sale', () => {
  expect(complaintsOf({ ...honest, answers: [...answers, ...answers] })).toEqual([]);
});
