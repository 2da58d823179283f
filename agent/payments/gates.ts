/**
 * The gates of an offline approval, in the order of the contract; the first that fails names the reason.
 *
 * Pure: everything a gate looks at is in `Standing`. Limits are inclusive.
 */
import {
  decimalsOf,
  type Amount,
  type GateRefusal,
  type MaskedCard,
  type TransactionType,
} from '../../contract/index.ts';
import type { MoneyLimits, Settings } from '../../config/index.ts';

/** What the gates look at, read from the ledger in the moment of the decision. Times are elapsed time, ms. */
export interface Standing {
  readonly now: number;
  readonly rolledBack: boolean;
  readonly clockDoubtful: boolean;
  /** Stored, unknown and held records, whatever their currency. */
  readonly countedCount: number;
  /** Minor units of those in the currency of this sale. */
  readonly countedTotal: number;
  readonly oldestStoredAt?: number;
  /** Offline approvals of this card within the window. */
  readonly cardUses: number;
  /** When this card last paid this amount with this type. */
  readonly sameSaleAt?: number;
  readonly portalReachedAt: number;
  readonly storageAvailable: boolean;
  /** Wall time, for the card's expiry; cards expire at the end of a month. */
  readonly year: number;
  readonly month: number;
}

/** What is asked for. */
export interface Ask {
  readonly type: TransactionType;
  readonly amount: Amount;
  readonly card: MaskedCard;
  readonly offline: 'allow' | 'forbid';
  /** Whether the card asks for an online PIN. */
  readonly onlinePin: boolean;
  /** The card has approved it itself: the risk is its issuer's, so only this device's own state matters. */
  readonly approvedByCard: boolean;
  /** The POS said that it means what looks like a repetition. */
  readonly repetitionMeant: boolean;
}

type Gate = (ask: Ask, standing: Standing, settings: Settings) => boolean;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** The limit in minor units of a currency; decimals the currency does not have are cut off. */
export const limitIn = (limits: MoneyLimits, currency: string): number => {
  const [whole = '0', fraction = ''] = (limits[currency] ?? limits['default'] ?? '0').split('.');
  const places = decimalsOf(currency) ?? 2;
  return Number(whole + fraction.padEnd(places, '0').slice(0, places));
};

/** Each gate, and when it is passed. */
const gates: readonly (readonly [GateRefusal, Gate])[] = [
  ['offline_disabled', (_ask, _standing, settings) => settings['offline.enabled']],
  ['offline_forbidden', ({ offline }) => offline === 'allow'],
  [
    'offline_refund_not_allowed',
    ({ type }, _standing, settings) => type !== 'refund' || settings['offline.unreferencedRefunds'],
  ],
  ['ledger_rolled_back', (_ask, { rolledBack }) => !rolledBack],
  ['clock_untrusted', (_ask, { clockDoubtful }) => !clockDoubtful],
  [
    'offline_window_expired',
    (_ask, { now, oldestStoredAt = now }, settings) =>
      now - oldestStoredAt <= settings['offline.windowHours'] * hourMs,
  ],
  [
    'offline_count_exceeded',
    (_ask, { countedCount }, settings) => countedCount + 1 <= settings['offline.countLimit'],
  ],
  [
    'offline_amount_exceeded',
    ({ amount }, _standing, settings) =>
      amount.value <= limitIn(settings['offline.amountLimit'], amount.currency),
  ],
  [
    'offline_brand_amount_exceeded',
    ({ amount, card }, _standing, settings) => {
      const limits = settings['offline.brandAmountLimit'][card.brand];
      return limits === undefined || amount.value <= limitIn(limits, amount.currency);
    },
  ],
  [
    'offline_total_exceeded',
    ({ amount }, { countedTotal }, settings) =>
      countedTotal + amount.value <= limitIn(settings['offline.totalLimit'], amount.currency),
  ],
  [
    'offline_card_velocity_exceeded',
    (_ask, { cardUses }, settings) => cardUses + 1 <= settings['offline.cardVelocity'],
  ],
  [
    'entry_mode_not_allowed',
    ({ card }, _standing, settings) => settings['offline.entryModes'].includes(card.entryMode),
  ],
  ['cvm_not_allowed', ({ onlinePin }) => !onlinePin],
  ['card_expired', ({ card }, { year, month }) => !hasExpired(card, year, month)],
  [
    'bin_excluded',
    ({ card }, _standing, settings) =>
      !settings['offline.excludedBins'].some((bin) => mayBegin(card.maskedPan, bin)),
  ],
  [
    'duplicate_suspected',
    ({ repetitionMeant }, { now, sameSaleAt }, settings) =>
      repetitionMeant ||
      sameSaleAt === undefined ||
      settings['offline.duplicateWindowSeconds'] === 0 ||
      now - sameSaleAt > settings['offline.duplicateWindowSeconds'] * 1000,
  ],
  ['storage_unavailable', (_ask, { storageAvailable }) => storageAvailable],
  [
    'reader_stale',
    (_ask, { now, portalReachedAt }, settings) =>
      now - portalReachedAt <= settings['offline.staleAfterDays'] * dayMs,
  ],
];

/** What may keep this device from storing anything, whoever answers for it. */
const ofTheDevice: ReadonlySet<GateRefusal> = new Set([
  'ledger_rolled_back',
  'storage_unavailable',
]);

/** The first gate that is not passed, or `undefined` when the sale may be approved offline. */
export const firstClosedGate = (
  ask: Ask,
  standing: Standing,
  settings: Settings,
): GateRefusal | undefined =>
  gates.find(
    ([gate, passes]) =>
      (!ask.approvedByCard || ofTheDevice.has(gate)) && !passes(ask, standing, settings),
  )?.[0];

/** What keeps a follow-up out of the log: it was allowed before, and no card is read for it. */
const ofFollowUps: ReadonlySet<GateRefusal> = new Set([
  ...(['offline_disabled', 'offline_forbidden', 'clock_untrusted'] as const),
  ...(['offline_window_expired', 'storage_unavailable', 'reader_stale'] as const),
]);

/** And what also does where it raises the money at risk, by `amount`. */
const ofIncreases: ReadonlySet<GateRefusal> = new Set([
  'offline_amount_exceeded',
  'offline_total_exceeded',
]);

/** The first gate a follow-up does not pass that cannot ask the host; a void passes none of them. */
export const firstGateClosedToFollowUp = (
  ask: Ask,
  standing: Standing,
  settings: Settings,
): GateRefusal | undefined =>
  gates.find(([gate, passes]) => {
    const isAsked = ofFollowUps.has(gate) || (ask.amount.value > 0 && ofIncreases.has(gate));
    return isAsked && !passes(ask, standing, settings);
  })?.[0];

// A reader may show fewer leading digits than an excluded prefix has; then what is seen must match, and does
// so on the side of caution.
const mayBegin = (maskedPan: string, bin: string): boolean => {
  const seen = maskedPan.slice(0, maskedPan.indexOf('*'));
  return bin.startsWith(seen.slice(0, bin.length));
};

// Expiry is YYMM; a two-digit year is read as 2000–2099 (ISO 7813).
const hasExpired = ({ expiry }: MaskedCard, year: number, month: number): boolean => {
  if (expiry === undefined) return false;
  const until = (2000 + Number(expiry.slice(0, 2))) * 12 + Number(expiry.slice(2));
  return until < year * 12 + month;
};
