/** One reader's session: every state with everything that can be heard in it. */
import { expect, test } from 'vitest';
import {
  next,
  reopenAfterMs,
  type ReaderHappening,
  type ReaderState,
} from '../../../agent/readers/session.ts';

const identity = { serialNumber: 'R1' };
const lost = { is: 'lost', why: 'unplugged', detail: 'gone' } as const;

const states: Record<ReaderState['is'], ReaderState> = {
  absent: { is: 'absent' },
  opening: { is: 'opening', losses: 2 },
  ready: { is: 'ready', identity },
  busy: { is: 'busy', identity, transactionId: 'txn_1' },
  lost: { ...lost, losses: 2 },
};

const happenings: Record<ReaderHappening['is'], ReaderHappening> = {
  'plugging in': { is: 'plugging in' },
  ready: { is: 'ready', identity: { serialNumber: 'R2' } },
  claimed: { is: 'claimed', transactionId: 'txn_2' },
  released: { is: 'released' },
  lost,
};

const none = undefined;

/** One row a happening, one column a state. */
const table: Record<ReaderHappening['is'], Record<ReaderState['is'], ReaderState | undefined>> = {
  'plugging in': {
    absent: { is: 'opening', losses: 0 },
    lost: { is: 'opening', losses: 2 },
    ...{ opening: none, ready: none, busy: none },
  },
  ready: {
    opening: { is: 'ready', identity: { serialNumber: 'R2' } },
    ...{ absent: none, ready: none, busy: none, lost: none },
  },
  claimed: {
    ready: { is: 'busy', identity, transactionId: 'txn_2' },
    ...{ absent: none, opening: none, busy: none, lost: none },
  },
  released: {
    busy: { is: 'ready', identity },
    ...{ absent: none, opening: none, ready: none, lost: none },
  },
  lost: {
    opening: { ...lost, losses: 3 },
    ready: { ...lost, losses: 1 },
    busy: { ...lost, losses: 1 },
    ...{ absent: none, lost: none },
  },
};

const rows = Object.values(happenings).flatMap((heard) =>
  Object.values(states).map((state) => [state.is, heard.is] as const),
);

test('the table has a row for every pair', () => {
  expect(rows).toHaveLength(25);
  for (const row of Object.values(table)) {
    expect(Object.keys(row).sort()).toEqual(Object.keys(states).sort());
  }
});

test.each(rows)('%s, hearing "%s"', (state, heard) => {
  expect(next(states[state], happenings[heard])).toEqual(table[heard][state]);
});

test('the wait before opening again doubles from half a second to ten', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 1_000].map(reopenAfterMs)).toEqual([
    ...[500, 500, 1_000, 2_000, 4_000, 8_000],
    ...[10_000, 10_000, 10_000],
  ]);
});
