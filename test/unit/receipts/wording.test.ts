/** The words of a receipt: every type and outcome has its own, and none promises more than is known. */
import { describe, expect, test } from 'vitest';
import { headlines, onlyAskedFor, type Standing } from '../../../agent/receipts/wording.ts';
import { outcomes, transactionTypes } from '../../../contract/index.ts';

const standings: readonly Standing[] = ['open', ...outcomes];
const all = transactionTypes.flatMap((type) =>
  standings.map((standing) => ({ type, standing, words: headlines[type][standing] })),
);

test('there is a wording for every type and outcome, and for those that have none yet', () => {
  expect(all).toHaveLength(6 * 12);
  for (const { words } of all) expect(words).toMatch(/^[A-Z][A-Z -]+(, [A-Z ]+)?$/);
});

test.each(transactionTypes)('no two outcomes of a %s are told alike', (type) => {
  const said = standings.map((standing) => headlines[type][standing]);
  expect(new Set(said).size).toBe(said.length);
});

describe.each(transactionTypes)('a %s', (type) => {
  test.each(outcomes.filter((outcome) => outcome !== 'approved'))(
    'that is %s does not read as if it were approved',
    (outcome) => {
      expect(headlines[type][outcome]).toMatch(
        /\bNOT\b|\bNOTHING\b|\bDO NOT\b|ASK STATUS|SEE THE ORIGINAL/,
      );
    },
  );

  test('that is approved says so, and warns of nothing', () => {
    expect(headlines[type].approved).toMatch(/APPROVED|AUTHORISED/);
    expect(headlines[type].approved).not.toMatch(/\bNOT\b|UNKNOWN/);
  });
});

test.each([
  ['sale', 'approved', 'APPROVED'],
  ['sale', 'approved_offline', 'APPROVED OFFLINE - NOT YET AUTHORISED'],
  ['sale', 'unknown', 'UNKNOWN - DO NOT HAND OVER, ASK STATUS'],
  ['sale', 'reversed', 'REVERSED - NOTHING CHARGED'],
  ['sale', 'forward_declined', 'DECLINED AFTER OFFLINE APPROVAL - NOT PAID'],
  ['authorization', 'approved', 'AUTHORISED - NOTHING CHARGED YET'],
  ['refund', 'approved', 'REFUND APPROVED'],
  ['refund', 'declined', 'REFUND DECLINED - NOTHING GIVEN BACK'],
  ['void', 'approved', 'VOID APPROVED - ORIGINAL UNDONE'],
] as const)('a %s that is %s reads %s', (type, outcome, words) => {
  expect(headlines[type][outcome]).toBe(words);
});

test('the amount of what charged nothing is never called a total', () => {
  expect(onlyAskedFor).not.toContain('approved');
  for (const standing of ['declined', 'reversed', 'voided', 'cancelled', 'open'] as const) {
    expect(onlyAskedFor).toContain(standing);
  }
});
