/** How the guest's program tells what became of a promise: a line of its console with a mark. */

export const outcomeMark = 'holdfast promise: ';

export interface Outcome {
  readonly promise: string;
  /** `kept`, or what was wrong. */
  readonly outcome: string;
}
