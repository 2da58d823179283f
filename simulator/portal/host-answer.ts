/** The host's answer, as devices hear it: what the contract says of a verdict. */
import type { Amount, HostAnswer } from '../../contract/index.ts';
import type { HostVerdict } from './host.ts';

/** What was asked: the attempt, and how much. */
export interface AskedOf {
  readonly transactionId: string;
  readonly attemptId: string;
  readonly amount: Amount;
}

/** The answer to an attempt, with the approved amount when it is less than was asked for. */
export const hostAnswer = (
  { transactionId, attemptId, amount }: AskedOf,
  verdict: HostVerdict,
): HostAnswer => {
  const named = { transactionId, attemptId };
  switch (verdict.is) {
    case 'approved': {
      const { responseCode, approvalCode, hostReference, approved } = verdict;
      const partly = approved.value === amount.value ? {} : { approvedAmount: approved };
      return { ...named, result: 'approved', ...partly, responseCode, approvalCode, hostReference };
    }
    case 'declined': {
      const { is: _, ...rest } = verdict;
      return { ...named, result: 'declined', ...rest };
    }
    case 'try again':
      return { ...named, result: 'declined', responseCode: verdict.responseCode };
    // ISO 8583 code 12, invalid transaction: this very attempt was undone before.
    case 'undone':
      return { ...named, result: 'declined', responseCode: '12' };
  }
};
