/**
 * Coverage: everything that exists and a large run has to reach. Taken from the tables of the product, so
 * that what is added there is missed here until the simulation reaches it.
 */
import {
  closeTriggers,
  refusals,
  reversalReasons,
  type RefusalCode,
} from '../../contract/index.ts';
import { faultNames } from '../../simulator/portal/faults.ts';
import { isFinal, stateNames, type Payment } from '../../agent/payments/states.ts';
import { chances } from './chances.ts';

/** States of a payment that are told as a step, and of the link. */
const states = stateNames.filter((state) => state !== 'created' && state !== 'awaiting_card');
/** States a start may find; a follow-up is routed in the commit that creates it. */
const found = stateNames.filter((is) => is !== 'created' && !isFinal({ is } as Payment));
const linkStates = ['waiting', 'connecting', 'joining', 'online', 'stopped'];

/** Refusals that are decided where the simulation does not go, and what reaches them instead. */
export const elsewhere: Partial<Record<RefusalCode, string>> = {
  malformed: 'the local API: test/end-to-end/bad-input.test.ts',
  unknown_field: 'the local API: test/end-to-end/bad-input.test.ts',
  idempotency_key_missing: 'the local API: test/end-to-end/bad-input.test.ts',
  host_not_allowed: 'the local API: test/end-to-end/bad-input.test.ts',
  unauthorized: 'the local API: test/end-to-end/bad-input.test.ts',
  too_large: 'the local API: test/end-to-end/bad-input.test.ts',
  unsupported_media_type: 'the local API: test/end-to-end/bad-input.test.ts',
  card_data_refused: 'the local API: test/unit/local-api/follow-ups.test.ts',
  unsupported_kind: 'commands: test/unit/batches/command.test.ts',
  role_not_allowed: 'commands: test/unit/batches/command.test.ts',
  command_expired: 'commands: test/unit/batches/command.test.ts',
  not_acceptable: 'the local API: test/unit/local-api/accept.test.ts',
  period_invalid: 'the local API: test/unit/local-api/reports.test.ts',
  pending_reversal: 'seventeen open reversals: test/unit/payments/sale.test.ts',
  original_not_captured: 'a live answer of the host: test/unit/payments/follow-ups.test.ts',
  internal: 'the local API: test/unit/local-api/requests.test.ts',
  clock_behind: 'health: test/end-to-end/wakes-in-1970.test.ts',
  clock_ahead: 'health: test/end-to-end/wakes-in-1970.test.ts',
  device_revoked: 'the registry: test/end-to-end/certificates.test.ts',
  certificate_expired: 'health: test/end-to-end/certificates.test.ts',
  group_inactive: 'the gates of an order: test/unit/payments/disabled.test.ts',
  configuration_awaited: 'a new device: test/end-to-end/configuration.test.ts',
  configuration_fallback: 'health: test/end-to-end/configuration.test.ts',
  portal_keys_refused: 'health: test/unit/link/keys.test.ts',
  clone_suspected: 'health: test/end-to-end/certificates.test.ts',
  cvm_not_allowed: 'the gates: test/unit/payments/gates.test.ts; no reader here asks for a PIN',
};

/** Ways back from trouble; each is told by an event or noted by the town. */
const recoveries = [
  'recovery: a late answer is journalled',
  'recovery: the ledger is older than it was',
  'recovery: the portal is older than it was',
  'event: storage.trouble',
  'event: storage.back',
  'event: reader.lost',
  'event: reader.ready',
  'event: link.silent',
  'event: link.message.refused',
  'event: ledger.rolled_back',
  'event: clock.raised',
  'event: clock.behind',
  'event: clock.ahead',
  'event: clock.corrected',
  'event: link.keys.followed',
  'event: link.document.taken',
  'event: configuration.in_force',
  'event: configuration.waiting',
  'event: configuration.on_trial',
  'event: configuration.refused',
  'event: ledger.epoch.opened',
  'event: batch.closing',
  'event: ledger.pruned',
  'event: ledger.kept',
  'event: ledger.log_pruned',
  'event: portal facts.pruned_before',
  'event: portal facts.gap',
  'event: portal facts.repeated',
  'event: portal words.epoch_opened',
  'event: portal words.ack_ignored',
  'event: portal decision.learned',
  'event: portal approval.stands',
  'event: portal transaction.try_again',
  'event: portal live.too_late',
  'recovery: the POS accepts',
  'recovery: the POS rejects',
  'event: reversal.stuck',
  'event: batch.closed',
  'event: batch.settled',
  'event: batch.not_agreed',
  'fault: power is cut before a commit',
  'fault: power is cut after a commit',
  'fault: power is cut while it starts',
  'fault: a start on a full disk',
];

const expected: readonly string[] = [
  ...states.map((state) => `state: ${state}`),
  ...found.map((state) => `recovery: found ${state}`),
  ...reversalReasons.map((reason) => `reversal: ${reason}`),
  ...closeTriggers.map((trigger) => `batch closed by: ${trigger}`),
  ...linkStates.map((state) => `link: ${state}`),
  ...Object.keys(refusals)
    .filter((code) => !(code in elsewhere))
    .map((code) => `refusal: ${code}`),
  ...faultNames
    .filter((name) => name !== 'hold_decisions' && name !== 'hold_settlements')
    .map((name) => `fault: ${name}`),
  ...chances.filter(({ of }) => of !== undefined).map(({ name }) => `fault: ${name}`),
  ...recoveries,
];

/** What exists and was not reached. */
export const neverReached = (reached: ReadonlyMap<string, number>): string[] =>
  expected.filter((what) => !reached.has(what));

/** Everything that was reached, a line each, with how often. */
export const table = (reached: ReadonlyMap<string, number>): string =>
  [...reached]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, times]) => `${String(times).padStart(9)}  ${what}\n`)
    .join('');
