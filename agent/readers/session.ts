/**
 * One reader's session, as a pure machine: absent → opening → ready → busy, and lost when its line ends.
 *
 * What was lost is opened anew after a wait that doubles from half a second to ten.
 */
import type { LineEnd, ReaderIdentity } from '../../drivers/index.ts';

export type ReaderState =
  | { readonly is: 'absent' }
  | { readonly is: 'opening'; readonly losses: number }
  | { readonly is: 'ready'; readonly identity: ReaderIdentity }
  | { readonly is: 'busy'; readonly identity: ReaderIdentity; readonly transactionId: string }
  | {
      readonly is: 'lost';
      readonly why: LineEnd;
      readonly detail: string;
      readonly losses: number;
    };

/** The names of all states, in the order a reader goes through them. */
export const readerStates = [
  'absent',
  'opening',
  'ready',
  'busy',
  'lost',
] as const satisfies readonly ReaderState['is'][];

export type ReaderHappening =
  /** `anew`: it was gone and is there again, so what was lost before counts no more. */
  | { readonly is: 'plugging in'; readonly anew?: true }
  | { readonly is: 'ready'; readonly identity: ReaderIdentity }
  | { readonly is: 'claimed'; readonly transactionId: string }
  | { readonly is: 'released' }
  | { readonly is: 'lost'; readonly why: LineEnd; readonly detail: string };

const reopenFromMs = 500;
const reopenUpToMs = 10_000;

/** The state that follows, or `undefined` when what was heard has no meaning here. */
export const next = (now: ReaderState, heard: ReaderHappening): ReaderState | undefined => {
  switch (heard.is) {
    case 'plugging in':
      if (now.is === 'absent') return { is: 'opening', losses: 0 };
      if (now.is !== 'lost') return undefined;
      return { is: 'opening', losses: heard.anew === true ? 0 : now.losses };
    case 'ready':
      return now.is === 'opening' ? { is: 'ready', identity: heard.identity } : undefined;
    case 'claimed': {
      const { transactionId } = heard;
      return now.is === 'ready' ? { is: 'busy', identity: now.identity, transactionId } : undefined;
    }
    case 'released':
      return now.is === 'busy' ? { is: 'ready', identity: now.identity } : undefined;
    case 'lost': {
      if (now.is === 'absent' || now.is === 'lost') return undefined;
      const losses = now.is === 'opening' ? now.losses + 1 : 1;
      return { is: 'lost', why: heard.why, detail: heard.detail, losses };
    }
  }
};

/** How long to wait before opening a lost reader again, ms. */
export const reopenAfterMs = (losses: number): number =>
  Math.min(reopenUpToMs, reopenFromMs * 2 ** Math.max(0, losses - 1));
