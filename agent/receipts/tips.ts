/** Suggested tips: percentages of what was bought, without the surcharge, in whole minor units. */
import type { Amount } from '../../contract/index.ts';

export interface SuggestedTip {
  readonly percent: number;
  readonly tipAmount: Amount;
  /** What would be charged with it. */
  readonly totalAmount: Amount;
}

/** One for each percentage; half a minor unit is rounded up. */
export const suggestedTips = (
  total: Amount,
  surcharge: Amount | undefined,
  percents: readonly number[],
): readonly SuggestedTip[] => {
  const bought = total.value - (surcharge?.value ?? 0);
  return percents.map((percent) => {
    const tip = Math.floor((bought * percent + 50) / 100);
    return {
      percent,
      tipAmount: { value: tip, currency: total.currency },
      totalAmount: { value: total.value + tip, currency: total.currency },
    };
  });
};
