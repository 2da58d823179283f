/** Barriers: what is in the way of a sound version taking effect now, and until when. */
import type { Barrier, Candidate, Settings } from '../../config/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { World } from '../world.ts';
import { holdOf } from './hold.ts';
import { windowAt } from './window.ts';

export interface BarrierParts {
  readonly ledger: Ledger;
  readonly world: Pick<World, 'clock'>;
  readonly settings: Settings;
  readonly online: () => boolean;
  /** Whether a batch is just being closed. */
  readonly closing: () => boolean;
}

/** The first thing in the way; `undefined` when the way is clear, which holds for this instant only. */
export const barrierTo = (candidate: Candidate, parts: BarrierParts): Barrier | undefined => {
  const { ledger, world, settings } = parts;
  const now = world.clock.wallMs();
  const hold = holdOf(ledger);
  if (hold !== undefined) {
    const because = hold.why === '' ? '' : ` (${hold.why})`;
    return {
      waitsFor: 'hold',
      why: `Somebody at the device holds it back${because}.`,
      earliestAt: Math.round((now + hold.leftMs) / minuteMs) * minuteMs,
    };
  }
  const window = windowAt(settings['configuration.window'], settings.timeZone, now);
  if (!window.isOpen) {
    const why = `It may take effect from ${settings['configuration.window']} only.`;
    return { waitsFor: 'window', why, earliestAt: window.opensAt };
  }
  if (candidate.proofs.includes('link') && !parts.online()) {
    return { waitsFor: 'line', why: 'What changes the link is tried while the line is up.' };
  }
  if (ledger.transactions.underWay().length > 0) {
    return { waitsFor: 'idle', why: 'A transaction is under way.' };
  }
  return parts.closing() ? { waitsFor: 'idle', why: 'A batch is being closed.' } : undefined;
};

const minuteMs = 60_000;
