/** News: what batches and the commands about them tell whoever narrates. */
import type { BatchId, CloseTrigger, Settlement } from '../../contract/index.ts';
import type { Finished } from '../ledger/commands.ts';
import type { StorageFault } from '../ledger/sqlite.ts';
import type { Closed } from './batch.ts';

export type BatchNews =
  | { readonly is: 'closing'; readonly batch: BatchId; readonly trigger: CloseTrigger }
  | { readonly is: 'closed'; readonly closed: Closed }
  | { readonly is: 'settled'; readonly settlement: Settlement }
  /** A settlement that does not fit what this device knows; nothing was changed. */
  | { readonly is: 'settlement refused'; readonly batch: BatchId; readonly why: string }
  | { readonly is: 'command received'; readonly commandId: string; readonly kind: string }
  | { readonly is: 'command finished'; readonly finished: Finished }
  | { readonly is: 'storage trouble'; readonly fault: StorageFault }
  | { readonly is: 'storage back' };

/** What became of a word that was taken in: a note when it had no effect, and what is to be told. */
export interface TakenWord {
  readonly note?: string;
  readonly news?: BatchNews;
}
