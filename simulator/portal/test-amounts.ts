/**
 * Test amounts: the last two digits of the minor units are the host's response code (ISO 8583 field 39).
 *
 * A live request always gets an answer. What is forwarded may also hear that the host cannot say yet, so that
 * retrying can be seen. Codes that are common price endings (.25, .75, .95, .99) are left out on purpose.
 */

/** What the host does with an attempt of this code. */
export interface TestAmount {
  readonly means: string;
  readonly live: 'approve' | 'approve half' | 'decline';
  readonly forwarded: 'approve' | 'decline' | 'try again' | 'try again until released';
}

const declined = (means: string): TestAmount => ({ means, live: 'decline', forwarded: 'decline' });
const tryAgain = (means: string): TestAmount => ({
  means,
  live: 'decline',
  forwarded: 'try again',
});

/** Every code that is not simply approved; `10.05` is code 05, and so is 10005 yen. */
export const testAmounts: Readonly<Record<string, TestAmount>> = {
  '05': declined('do not honour'),
  '10': { means: 'partial approval of half', live: 'approve half', forwarded: 'decline' },
  '14': declined('invalid card number'),
  '41': declined('lost card'),
  '43': declined('stolen card'),
  '51': declined('insufficient funds'),
  '54': declined('expired card'),
  '57': declined('not permitted to the cardholder'),
  '61': declined('exceeds the amount limit'),
  '65': declined('exceeds the count limit'),
  '68': {
    means: 'the answer came too late',
    live: 'decline',
    forwarded: 'try again until released',
  },
  '91': tryAgain('issuer cannot be reached'),
  '94': { means: 'duplicate', live: 'decline', forwarded: 'approve' },
  '96': tryAgain('system malfunction'),
};

/** How often a `try again` amount that is forwarded hears that before it is approved. */
export const tryAgainTimes = 2;

/** The code an amount asks for; `00` stands for approval without a code of its own. */
export const codeOf = (value: number): string => {
  const code = String(value % 100).padStart(2, '0');
  return code in testAmounts ? code : '00';
};
