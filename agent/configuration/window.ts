/** The window a version may take effect in: `HH:MM-HH:MM` of the shop's time, past midnight too. Pure. */
import { lastDue, nextDue } from '../batches/schedule.ts';

/** Whether it is open now, and else when it opens, ms since 1970. Empty: always open. */
export const windowAt = (
  window: string,
  zone: string,
  nowMs: number,
): { readonly isOpen: true } | { readonly isOpen: false; readonly opensAt: number } => {
  const [from = '', to = ''] = window.split('-');
  // From a time to the same time is the whole day.
  if (from === to) return { isOpen: true };
  const opens = { at: from, zone };
  const isOpen = lastDue(opens, nowMs).atMs > lastDue({ at: to, zone }, nowMs).atMs;
  return isOpen ? { isOpen } : { isOpen, opensAt: nextDue(opens, nowMs).atMs };
};
