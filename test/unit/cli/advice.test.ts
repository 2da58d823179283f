/** Advice at the till: what is not known is told for what it is, and nobody is sent to charge again. */
import { expect, test } from 'vitest';
import { adviceOn } from '../../../agent/cli/advice.ts';
import type { TransactionAnswer } from '../../../agent/local-api/shapes.ts';

const sale: TransactionAnswer = {
  ...{ transactionId: 'txn_2', type: 'sale', state: 'unknown', outcome: 'unknown', final: false },
  ...{ amount: { value: 4_010, currency: 'USD' }, batchName: 'System', batchNumber: 1 },
  deviceAndPeripherals: { deviceId: 'till-1', peripheralId: [] },
  ...{ offline: 'allow', clock: 'trusted' },
  ...{ createdAt: '2026-11-22T08:00:00.000Z', updatedAt: '2026-11-22T08:00:01.000Z' },
};
const undo: Partial<TransactionAnswer> = { type: 'void', originalTransactionId: 'txn_1' };

test.each<[string, Partial<TransactionAnswer>, RegExp]>([
  ['a sale without an answer', {}, /^No answer came, so the card may have been charged; its rev/],
  [
    'a part that was rejected',
    { reason: 'partial_rejected' },
    /^What the host approved is being given back; .+ says reversed once it is\.$/,
  ],
  [
    'a sale whose chip has not agreed yet',
    { state: 'completing', outcome: null },
    /^The host has approved, and the card has the last word: it has to stay in the reader; /,
  ],
  [
    'a void without an answer',
    { ...undo, state: 'advised' },
    /^No answer came, so it may have been carried out; .+ Do not repeat it under another key/,
  ],
  [
    'a void while the line is down',
    { ...undo, state: 'advised', outcome: 'approved_offline' },
    /^The host has not carried it out yet/,
  ],
  [
    'a stored sale',
    { state: 'stored', outcome: 'approved_offline' },
    /^The host could not be asked: the goods may go at the shop’s risk/,
  ],
  [
    'a void that was declined later',
    { ...undo, state: 'forward_declined', outcome: 'forward_declined' },
    /^The host did not carry it out; `holdfast transactions txn_1` shows what stands\.$/,
  ],
])('%s', (_, differently, advice) => {
  expect(adviceOn({ ...sale, ...differently })).toMatch(advice);
});
