/** News: what the link tells whoever narrates. */
import type { Channel, DesiredKind } from '../../contract/index.ts';
import type { LinkState } from './link-status.ts';

export type LinkNews =
  | {
      readonly is: 'state';
      readonly state: LinkState;
      readonly why?: string;
      readonly waitMs?: number;
    }
  | {
      readonly is: 'message refused';
      readonly channel: Channel | 'elsewhere';
      readonly why: string;
    }
  | { readonly is: 'acknowledged'; readonly through: number; readonly unsent: number }
  | { readonly is: 'silent'; readonly what: 'log' | 'live' }
  /** Another device seems to use this one's identity. */
  | { readonly is: 'clone suspected' }
  | { readonly is: 'ledger rolled back'; readonly why: string }
  | { readonly is: 'document taken'; readonly kind: DesiredKind; readonly version: number }
  /** The portal's keys changed, and this device follows the set of this number. */
  | { readonly is: 'keys followed'; readonly version: number }
  | { readonly is: 'epoch opened'; readonly epoch: number }
  /** The portal has facts through here, and the next that is kept is a later one. */
  | { readonly is: 'log pruned'; readonly through: number; readonly keptFrom: number };
