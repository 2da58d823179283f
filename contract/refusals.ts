/**
 * Refusals: every reason we say no for, with its sentence, and whether asking again may help.
 *
 * `status` is the HTTP status where the local API answers with it; a refusal without one is the reason of a
 * declined transaction or travels over the link only.
 */

export interface RefusalRow {
  /** What was expected or found, and what to do; a sentence for people. */
  readonly says: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly status?: number;
}

const final = { retryable: false } as const;
const later = { retryable: true } as const;

/** The gates of an offline approval, in the order they are tried; the first that fails names the reason. */
export const gateRefusals = {
  offline_disabled: {
    ...final,
    says: 'Offline approvals are switched off; set offline.enabled to allow them.',
  },
  offline_forbidden: {
    ...final,
    says: 'The request forbade an offline approval and the portal cannot be reached.',
  },
  offline_refund_not_allowed: {
    ...final,
    says: 'A refund without its sale is not given while the portal cannot be reached; try again online.',
  },
  ledger_rolled_back: {
    ...later,
    says: 'The ledger is older than what the portal has seen; the portal must open a new epoch first.',
  },
  clock_untrusted: {
    ...later,
    says: 'The clock has not been confirmed for three boots; connect to the portal once.',
  },
  offline_window_expired: {
    ...later,
    says: 'The oldest stored sale is too old; forward the queue before accepting more.',
  },
  offline_count_exceeded: {
    ...later,
    says: 'As many stored sales as allowed are waiting; forward the queue.',
  },
  offline_amount_exceeded: { ...final, says: 'The amount is above what may be approved offline.' },
  offline_brand_amount_exceeded: {
    ...final,
    says: 'The amount is above what may be approved offline for this card brand.',
  },
  offline_total_exceeded: {
    ...later,
    says: 'The stored sales would add up to more than allowed; forward the queue.',
  },
  offline_card_velocity_exceeded: {
    ...later,
    says: 'This card was approved offline as often as allowed within the window.',
  },
  entry_mode_not_allowed: { ...final, says: 'Cards read this way may not be approved offline.' },
  cvm_not_allowed: {
    ...final,
    says: 'A card that needs an online PIN cannot be approved offline.',
  },
  card_expired: { ...final, says: 'The card has expired.' },
  bin_excluded: { ...final, says: 'Cards of this range may not be approved offline.' },
  duplicate_suspected: {
    ...final,
    says: 'The same card paid the same amount minutes ago; accept if it is meant, or reject.',
  },
  storage_unavailable: {
    ...later,
    status: 503,
    says: 'There is no room to record a sale safely; free space on the data disk.',
  },
  reader_stale: { ...later, says: 'The portal has not been reached for too long; connect once.' },
} as const satisfies Record<string, RefusalRow>;

/** Everything else a request or a transaction may be refused for. */
export const otherRefusals = {
  malformed: { ...final, status: 400, says: 'The request is not what the API describes.' },
  unknown_field: { ...final, status: 400, says: 'The request has a field the API does not know.' },
  idempotency_key_missing: {
    ...final,
    status: 400,
    says: 'Send an Idempotency-Key header with every sale.',
  },
  host_not_allowed: {
    ...final,
    status: 400,
    says: 'The Host header names another host than this API.',
  },
  unauthorized: {
    ...final,
    status: 401,
    says: 'Send an API key as x-api-key, or sign in and send the session as Authorization: Bearer.',
  },
  sign_in_refused: {
    ...final,
    status: 401,
    says: 'The sign-in is refused: user, password, or the code of the moment is not right.',
  },
  forbidden: {
    ...final,
    status: 403,
    says: 'Whoever asks may not do this; somebody with the role, or a key with the scope, has to.',
  },
  csrf: {
    ...final,
    status: 403,
    says: 'The X-CSRF-Token is not the one this session was given; load the page again.',
  },
  no_users_yet: {
    ...later,
    status: 409,
    says: 'The device has no users yet; the portal sends them once it is registered and connected.',
  },
  locked_out: {
    ...later,
    status: 429,
    says: 'Signing in failed too often for this user; wait, and try again.',
  },
  too_many_failures: {
    ...later,
    status: 429,
    says: 'Signing in failed too often on this device; wait, and try again.',
  },
  sign_in_busy: {
    ...later,
    status: 429,
    says: 'Others are signing in at this moment; try again in a few seconds.',
  },
  not_found: { ...final, status: 404, says: 'Nothing here has this name; list what there is.' },
  not_acceptable: {
    ...final,
    status: 406,
    says: 'The Accept header names nothing this call can answer with.',
  },
  period_invalid: {
    ...final,
    status: 422,
    says: 'The period is not one that can be reported; see from and to.',
  },
  busy: {
    ...later,
    status: 409,
    says: 'The reader is taken by another transaction; cancel that one or wait until it ends.',
  },
  conflict: {
    ...final,
    status: 409,
    says: 'It is past the point where this is possible.',
  },
  too_large: { ...final, status: 413, says: 'The request is larger than 64 KiB.' },
  unsupported_media_type: { ...final, status: 415, says: 'Send application/json.' },
  idempotency_mismatch: {
    ...final,
    status: 422,
    says: 'This Idempotency-Key was used for another request; use a new key for a new sale.',
  },
  idempotency_expired: {
    ...final,
    status: 422,
    says: 'This Idempotency-Key was used long ago and its answer is no longer kept; use a new key.',
  },
  amount_invalid: { ...final, status: 422, says: 'The amount is not one that can be charged.' },
  currency_unsupported: { ...final, status: 422, says: 'The currency is not one ISO 4217 lists.' },
  original_unknown: {
    ...final,
    status: 422,
    says: 'There is no transaction of this id here; name the original by its transactionId.',
  },
  original_not_fit: {
    ...final,
    status: 409,
    says: 'The original is not in a state this can follow.',
  },
  original_not_captured: {
    ...final,
    says: 'The original was never charged at the host, so there was nothing to do.',
  },
  amount_exceeds_original: {
    ...final,
    status: 422,
    says: 'The amount is more than is left of the original.',
  },
  tip_exceeds_limit: {
    ...final,
    status: 422,
    says: 'The tip is more than tip.limitPercent of the amount allows, or more than the amount.',
  },
  surcharge_exceeds_limit: {
    ...final,
    status: 422,
    says: 'The surcharge is more than surcharge.limitPercent of the amount allows.',
  },
  prompt_missing: {
    ...final,
    status: 422,
    says: 'The device group asks the customer for this; send it in prompts, or null when it was not given.',
  },
  batch_closed: {
    ...final,
    status: 409,
    says: 'The batch of the original is closed; give the money back by a refund.',
  },
  stopping: {
    ...later,
    status: 503,
    says: 'The agent is being stopped; ask again once it runs.',
  },
  card_data_refused: {
    ...final,
    status: 422,
    says: 'A field holds what looks like a card number; card data belongs in no field of a request.',
  },
  reader_not_ready: {
    ...later,
    status: 503,
    says: 'No card reader is ready; check its cable and `holdfast readers`.',
  },
  pending_reversal: { ...later, says: 'Too many attempts still have to be reversed at the host.' },
  log_pruned: {
    ...later,
    says: 'The portal was restored from a backup older than what the ledger keeps; ask its operator.',
  },
  reversal_stuck: {
    ...later,
    says: 'A reversal has waited too long for the portal; ask its operator. It is repeated until it is done.',
  },
  clock_behind: {
    ...later,
    says: 'The clock is behind and may not be set by this agent; set it, or give it CAP_SYS_TIME.',
  },
  clock_ahead: {
    ...later,
    says: 'The clock is ahead of the portal’s time; set it right, nobody else does.',
  },
  card_not_encrypted: {
    ...final,
    says: 'The reader sent the card in clear; switch it to an encrypting level or allow clear cards.',
  },
  host_declined: { ...final, says: 'The host declined.' },
  card_declined: { ...final, says: 'The card itself declined.' },
  card_not_accepted: { ...final, says: 'The card has no application this reader accepts.' },
  card_timeout: { ...later, says: 'No card was read in time.' },
  card_unreadable: { ...later, says: 'The card could not be read.' },
  reader_lost: { ...later, says: 'The reader was unplugged before a card was read.' },
  cancelled_by_pos: { ...later, says: 'The cashier cancelled before the card was used.' },
  interrupted: {
    ...later,
    says: 'The agent was stopped before the card was used; nothing was charged.',
  },
  idempotency_forgotten: {
    ...final,
    says: 'Charged before under this Idempotency-Key, and lost here; do not charge again, ask the portal.',
  },
  unsupported_kind: {
    ...final,
    says: 'This release does not know what is asked for; update it first.',
  },
  role_not_allowed: {
    ...final,
    says: 'The role of who issued the command does not allow it; somebody with the role has to.',
  },
  command_expired: { ...later, says: 'The command came after its time; issue it again.' },
  device_disabled: {
    ...later,
    status: 403,
    says: 'The portal has disabled this device for new payments; ask its operator. A void still works.',
  },
  group_inactive: {
    ...later,
    status: 403,
    says: 'The portal has put this device’s group out of service; ask its operator. A void still works.',
  },
  configuration_awaited: {
    ...later,
    status: 503,
    says: 'The device has not had the settings of its group yet; connect it to the portal once.',
  },
  configuration_fallback: {
    ...later,
    says: 'The settings kept here were damaged; older ones are in force. See `holdfast config history`.',
  },
  device_revoked: {
    ...later,
    status: 403,
    says: 'The portal has revoked this device: it takes no payments and keeps its queue. Ask its operator.',
  },
  certificate_expired: {
    ...later,
    says: 'The device’s certificate has expired; it renews by itself when the portal can be reached.',
  },
  portal_keys_refused: {
    ...later,
    says: 'The portal has keys this device cannot follow, and cannot be understood; ask its operator.',
  },
  clone_suspected: {
    ...later,
    says: 'Another device seems to use this identity; find it, and register one of the two anew.',
  },
  answer_refused: { ...final, says: 'The portal refused the request.' },
  internal: {
    ...later,
    status: 500,
    says: 'Something failed in the agent; the log has the details.',
  },
} as const satisfies Record<string, RefusalRow>;

/** Why a portal registers nobody; the device says the sentence to whoever stands before it. */
export const registrationRefusals = {
  code_unknown: {
    ...final,
    says: 'The portal knows no such code; read it again, or ask for a new one.',
  },
  code_expired: { ...final, says: 'The code was not used in time; ask for a new one.' },
  code_used: { ...final, says: 'The code has registered a device already; ask for a new one.' },
  request_unsound: {
    ...final,
    says: 'The request for a certificate is not signed by its own key, or its key is weaker than RSA 2048.',
  },
  too_many_tries: { ...later, says: 'Too many codes were tried; wait a minute and try again.' },
  device_unknown: {
    ...final,
    says: 'The portal knows no such device, or not this key of it; register it with a new code.',
  },
  revoked: {
    ...later,
    says: 'The portal has revoked this device; ask who runs it, and keep the device: its queue is safe.',
  },
  log_incomplete: {
    ...later,
    says: 'The portal has not all of this device’s log yet; connect it once, or bring it an export.',
  },
  registration_closed: {
    ...later,
    says: 'This portal registers no devices now; ask who runs it, or try again later.',
  },
} as const satisfies Record<string, RefusalRow>;

/** Every refusal of a transaction or a request. */
export const refusals = { ...gateRefusals, ...otherRefusals } as const;

export type GateRefusal = keyof typeof gateRefusals;
export type RefusalCode = keyof typeof refusals;
export type RegistrationRefusal = keyof typeof registrationRefusals;
