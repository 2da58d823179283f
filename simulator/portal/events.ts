/** Events: what the portal tells of its work, one line for each thing that happened. Never card data. */

/** Everything that can happen, each with exactly what is known about it. `device` is `client/device`. */
export type Happening =
  | { readonly is: 'link.up' }
  | { readonly is: 'link.down'; readonly why: string; readonly retryMs: number }
  | { readonly is: 'message.dropped'; readonly topic: string; readonly why: string }
  | { readonly is: 'device.online'; readonly device: string; readonly session: number }
  | { readonly is: 'device.offline'; readonly device: string; readonly session: number }
  | { readonly is: 'device.registered'; readonly device: string }
  | { readonly is: 'registration.refused'; readonly code: string }
  | { readonly is: 'device.renewed'; readonly device: string }
  | { readonly is: 'device.revoked' | 'device.reinstated'; readonly device: string }
  | { readonly is: 'renewal.refused'; readonly device: string; readonly code: string }
  | {
      readonly is: 'device.retired';
      readonly device: string;
      readonly epoch: number;
      readonly through: number;
    }
  | ({ readonly is: 'facts.taken'; readonly types: readonly string[] } & Run)
  | ({ readonly is: 'facts.repeated' } & Run)
  | ({ readonly is: 'facts.gap'; readonly expected: number } & Run)
  | ({ readonly is: 'facts.pruned_before'; readonly expected: number } & Run)
  | ({ readonly is: 'facts.refused'; readonly why: string } & Run)
  | ({
      readonly is: 'facts.conflict';
      readonly why: string;
      readonly situation: 'ledger_rolled_back';
    } & Run)
  | {
      readonly is: 'fact.not_understood';
      readonly device: string;
      readonly seq: number;
      readonly type: string;
      readonly why: string;
    }
  | ({ readonly is: 'words.taken' } & Run)
  | ({ readonly is: 'words.sent'; readonly again: boolean } & Run)
  | {
      readonly is: 'words.ack_ignored';
      readonly device: string;
      readonly why: string;
    }
  | {
      readonly is: 'words.epoch_opened';
      readonly device: string;
      readonly epoch: number;
      readonly why: string;
      readonly movedCount: number;
    }
  | ({ readonly is: 'live.answered'; readonly responseCode: string } & Attempt)
  | { readonly is: 'live.refused'; readonly device: string; readonly code: string }
  | { readonly is: 'live.too_late'; readonly device: string; readonly requestId: string }
  | ({ readonly is: 'reversal.done'; readonly hostResult: string } & Attempt)
  | ({ readonly is: 'approval.stands' } & Attempt)
  | ({
      readonly is: 'transaction.decided';
      readonly result: string;
      readonly responseCode: string;
    } & Attempt)
  | {
      readonly is: 'transaction.voided';
      readonly device: string;
      readonly transactionId: string;
      readonly hostResult: string;
    }
  | ({ readonly is: 'transaction.try_again'; readonly responseCode: string } & Attempt)
  | ({
      readonly is: 'transaction.parked';
      readonly responseCode: string;
      readonly tries: number;
    } & Attempt)
  | {
      readonly is: 'transaction.parked_here' | 'transaction.released_here';
      readonly device: string;
      readonly transactionId: string;
    }
  | ({ readonly is: 'card.not_opened'; readonly why: string } & Attempt)
  | { readonly is: 'decision.learned'; readonly device: string; readonly transactionId: string }
  | { readonly is: 'decision.differs'; readonly device: string; readonly transactionId: string }
  | {
      readonly is: 'transaction.changed';
      readonly device: string;
      readonly transactionId: string;
      readonly kind: string;
    }
  | ({ readonly is: 'command.given'; readonly kind: string } & Command)
  | ({ readonly is: 'command.finished'; readonly result: string } & Command)
  | ({ readonly is: 'batch.closed' | 'batch.unsound' } & Batch)
  | ({
      readonly is: 'batch.settled';
      readonly outcome: string;
      readonly differenceCount: number;
    } & Batch)
  | { readonly is: 'fault.applied'; readonly device: string; readonly fault: string }
  | {
      readonly is: 'epoch.offered';
      readonly device: string;
      readonly epoch: number;
      readonly version: number;
    }
  | {
      readonly is: 'settings.wanted';
      /** The client, or `client/groups/group`. */
      readonly of: string;
      readonly version: number;
      readonly devices: number;
    }
  | {
      readonly is: 'device.moved';
      readonly device: string;
      readonly groupId: string;
      readonly version: number;
    }
  | {
      readonly is: 'device.not_placed';
      readonly device: string;
      readonly groupId: string;
      readonly why: string;
    }
  | { readonly is: 'keys.rotated'; readonly version: number }
  | { readonly is: 'portal.restored'; readonly devices: number }
  | { readonly is: 'portal.failed'; readonly at: string; readonly why: string };

/** A run of log entries. */
interface Run {
  readonly device: string;
  readonly epoch: number;
  readonly from: number;
  readonly through: number;
}

interface Command {
  readonly device: string;
  readonly commandId: string;
}

interface Batch {
  readonly device: string;
  readonly name: string;
  readonly number: number;
}

interface Attempt {
  readonly device: string;
  readonly transactionId: string;
  readonly attemptId: string;
}

/** A happening with the portal's wall time, ms since 1970. */
export type PortalEvent = { readonly time: number } & Happening;

/** Tells one happening to whoever listens. */
export type Tell = (happening: Happening) => void;
