/**
 * The watch: looks now and then for what only time makes due: authorizations nobody captured are given back,
 * once, and reversals the portal does not finish are an alarm.
 */
import type { Settings } from '../../config/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { World } from '../world.ts';
import type { Cashier } from './cashier.ts';

/** How often it looks, ms. */
const everyMs = 60_000;
/** Authorizations given back in one look; the rest follows with the next. */
const expiredMost = 50;
const minuteMs = 60_000;
const dayMs = 86_400_000;

export interface WatchParts {
  readonly ledger: Ledger;
  readonly world: World;
  readonly settings: Settings;
  readonly cashier: Pick<Cashier, 'expire'>;
  readonly tell: (news: { is: 'reversal stuck'; sinceMs: number; count: number }) => void;
}

/** How long the oldest reversal waits longer than it should, ms; `undefined` while none does. */
export const stuckFor = (ledger: Ledger, settings: Settings): number | undefined => {
  const since = ledger.attempts.oldestReversingSince();
  if (since === undefined) return undefined;
  const waits = ledger.elapsed.now() - since;
  return waits > settings['reversal.alarmAfterMinutes'] * minuteMs ? waits : undefined;
};

/** Begins to look; goes on until the clock of its world ends. */
export const keepWatch = (parts: WatchParts): void => {
  let isAlarmed = false;
  const look = () => {
    giveBackExpired(parts);
    const sinceMs = stuckFor(parts.ledger, parts.settings);
    // Told once for each time it happens, not every minute.
    if (sinceMs !== undefined && !isAlarmed) {
      parts.tell({ is: 'reversal stuck', sinceMs, count: parts.ledger.attempts.reversingCount() });
    }
    isAlarmed = sinceMs !== undefined;
    parts.world.clock.after(everyMs, look);
  };
  parts.world.clock.after(everyMs, look);
};

// What may yet be captured or voided is looked at again; what was captured holds nothing any more.
const giveBackExpired = ({ ledger, settings, cashier }: WatchParts): void => {
  const since = ledger.elapsed.now() - settings['authorization.expiryDays'] * dayMs;
  for (const { order } of ledger.transactions.holdingSince(since, expiredMost)) {
    cashier.expire(order.transactionId);
  }
};
