/**
 * The table of log events: every line the agent logs is one of these, with these fields and no others.
 *
 * Names are stable; fields hold ids, codes, counts and durations. Nothing of a card is a field.
 */

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface EventRow {
  readonly level: LogLevel;
  readonly says: string;
  readonly fields: readonly string[];
}

export const events = {
  'agent.started': {
    level: 'info',
    says: 'The agent is ready to sell.',
    fields: ['version', 'subject', 'url', 'entries', 'recovered', 'startMs'],
  },
  'agent.stopped': { level: 'info', says: 'The agent ended in order.', fields: ['signal'] },
  'agent.failed': { level: 'error', says: 'The agent cannot go on.', fields: ['code', 'detail'] },
  'agent.fault': {
    level: 'error',
    says: 'The agent kills itself at a durability point, as HOLDFAST_FAULT asks.',
    fields: ['point', 'time'],
  },
  'payment.step': {
    level: 'info',
    says: 'A payment took a step.',
    fields: ['transactionId', 'heard', 'state', 'outcome', 'reason'],
  },
  'payment.prompt': {
    level: 'info',
    says: 'The cashier or customer has to do something.',
    fields: ['transactionId', 'prompt'],
  },
  'reversal.stuck': {
    level: 'error',
    says: 'A reversal has waited longer than reversal.alarmAfterMinutes; it is repeated all the same.',
    fields: ['sinceMs', 'count'],
  },
  'storage.trouble': { level: 'error', says: 'The storage refuses to write.', fields: ['fault'] },
  'storage.back': { level: 'warn', says: 'The storage writes again.', fields: [] },
  'batch.closing': {
    level: 'info',
    says: 'A batch takes no more transactions; it is closed as soon as nothing is in the way.',
    fields: ['batchName', 'batchNumber', 'trigger'],
  },
  'batch.closed': {
    level: 'info',
    says: 'A batch is closed; its totals never change.',
    fields: ['batchName', 'batchNumber', 'trigger', 'transactions', 'carried'],
  },
  'batch.settled': {
    level: 'info',
    says: 'The portal agrees with a closed batch.',
    fields: ['batchName', 'batchNumber', 'declinedAfterClose'],
  },
  'batch.not_agreed': {
    level: 'error',
    says: 'The portal’s books differ from a closed batch; `holdfast batch show` lists in what.',
    fields: ['batchName', 'batchNumber', 'differences'],
  },
  'batch.settlement.refused': {
    level: 'error',
    says: 'A settlement does not fit what is known of its batch; nothing was changed.',
    fields: ['batchName', 'batchNumber', 'why'],
  },
  'command.received': {
    level: 'info',
    says: 'The portal asks for something to be done.',
    fields: ['commandId', 'kind'],
  },
  'command.finished': {
    level: 'info',
    says: 'What became of a command of the portal.',
    fields: ['commandId', 'result', 'code'],
  },
  'reader.ready': {
    level: 'info',
    says: 'A reader is ready.',
    fields: ['readerId', 'securityLevel', 'firmware'],
  },
  'reader.lost': {
    level: 'warn',
    says: 'A reader is gone.',
    fields: ['readerId', 'why', 'detail'],
  },
  'reader.moved': {
    level: 'debug',
    says: 'A reader went from one state to another: absent, opening, ready, busy, lost.',
    fields: ['readerId', 'from', 'to'],
  },
  'reader.noise': {
    level: 'warn',
    says: 'Bytes from a reader could not be used.',
    fields: ['readerId', 'byteCount'],
  },
  'link.state': {
    level: 'info',
    says: 'The link to the portal changed.',
    fields: ['state', 'why', 'waitMs'],
  },
  'link.clone_suspected': {
    level: 'error',
    says: 'Another device seems to use this identity; find it, and register one of the two anew.',
    fields: [],
  },
  'configuration.in_force': {
    level: 'info',
    says: 'Other settings than before are in force, as a whole.',
    fields: ['number', 'because', 'documents', 'changed'],
  },
  'configuration.waiting': {
    level: 'info',
    says: 'A version of the settings is sound and waits; the reason says for what.',
    fields: ['documents', 'waitsFor', 'why'],
  },
  'configuration.on_trial': {
    level: 'info',
    says: 'A version of the settings has to prove itself; the ones before are kept until it has.',
    fields: ['documents', 'withinSeconds'],
  },
  'configuration.refused': {
    level: 'warn',
    says: 'A version of the settings is not in force, or not any more; a higher one is awaited.',
    fields: ['documents', 'outcome', 'code', 'why'],
  },
  'configuration.fallen_back': {
    level: 'error',
    says: 'The settings kept on this device were damaged or do not fit; older ones are in force.',
    fields: ['why'],
  },
  'configuration.overruled': {
    level: 'warn',
    says: 'A file or the environment sets what the portal keeps to itself; that does not count.',
    fields: ['setting', 'layer'],
  },
  'identity.renewing': {
    level: 'info',
    says: 'The device asks for its next certificate.',
    fields: ['why'],
  },
  'identity.renewed': {
    level: 'info',
    says: 'The next certificate is in place.',
    fields: ['until'],
  },
  'identity.renewal_failed': {
    level: 'warn',
    says: 'The next certificate could not be had; it is asked for again.',
    fields: ['why', 'waitMs'],
  },
  'identity.renewal_dropped': {
    level: 'warn',
    says: 'The note of a renewal could not be read and was removed; the portal is asked again.',
    fields: ['why'],
  },
  'identity.revoked': {
    level: 'error',
    says: 'The portal has revoked this device: no new payments; the queue is kept. Ask its operator.',
    fields: [],
  },
  'identity.reinstated': {
    level: 'info',
    says: 'The portal takes this device in again.',
    fields: [],
  },
  'link.document.taken': {
    level: 'info',
    says: 'A desired document of the portal is in force.',
    fields: ['kind', 'version'],
  },
  'link.keys.followed': {
    level: 'warn',
    says: 'The portal has other keys now, and this device follows them.',
    fields: ['version'],
  },
  'link.acknowledged': {
    level: 'debug',
    says: 'The portal has these facts.',
    fields: ['through', 'unsent'],
  },
  'link.silent': { level: 'warn', says: 'The portal did not answer in time.', fields: ['what'] },
  'link.message.refused': {
    level: 'warn',
    says: 'A message was refused.',
    fields: ['channel', 'why'],
  },
  'clock.raised': {
    level: 'warn',
    says: 'The wall clock was below what is known to be past, and was raised.',
    fields: ['byMs'],
  },
  'clock.set_back': {
    level: 'warn',
    says: 'This agent had raised the wall clock to a time that was wrong, and has set it back.',
    fields: ['byMs'],
  },
  'clock.behind': {
    level: 'error',
    says: 'The wall clock is behind, and not raised: the system refused, or our certificate would expire.',
    fields: ['byMs'],
  },
  'clock.ahead': {
    level: 'error',
    says: 'The wall clock is ahead of the portal’s time, and not because this agent raised it.',
    fields: ['byMs'],
  },
  'clock.corrected': {
    level: 'info',
    says: 'The times of these facts were off by this much; rows and the portal know the right ones now.',
    fields: ['fromSeq', 'throughSeq', 'byMs'],
  },
  'ledger.rolled_back': {
    level: 'error',
    says: 'The portal has seen more than this ledger holds.',
    fields: ['why'],
  },
  'ledger.log_pruned': {
    level: 'error',
    says: 'The portal was restored from so old a backup that what it lacks is not kept here any more.',
    fields: ['through', 'keptFrom'],
  },
  'ledger.pruned': {
    level: 'info',
    says: 'Records past their time were removed.',
    fields: ['entries', 'words', 'transactions'],
  },
  'ledger.kept': {
    level: 'info',
    says: 'A record past its time has to stay, and all behind it.',
    fields: ['why', 'transactionId'],
  },
  'ledger.prune_failed': {
    level: 'warn',
    says: 'Records past their time could not be removed; it is tried again later.',
    fields: ['fault'],
  },
  'ledger.epoch.opened': {
    level: 'warn',
    says: 'A new epoch of the log was opened.',
    fields: ['epoch'],
  },
  'api.failed': {
    level: 'error',
    says: 'A call to the local API failed in the agent.',
    fields: ['method', 'route', 'detail'],
  },
} as const satisfies Record<string, EventRow>;

export type EventName = keyof typeof events;

type FieldOf<N extends EventName> = (typeof events)[N]['fields'][number];

/** The fields of an event; each may be left out, none may be added. */
export type EventFields<N extends EventName> = Partial<
  Record<FieldOf<N>, string | number | boolean | null | undefined>
>;

/** The only way to log. */
export type Log = <N extends EventName>(event: N, fields: EventFields<N>) => void;
