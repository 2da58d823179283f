/**
 * The shop: all that a running agent shows to its local API. Made in `main.ts`; the API adds nothing to it.
 */
import type { Payload, Profile, RefusalCode, Subject } from '../contract/index.ts';
import type { Settings } from '../config/index.ts';
import type { Access } from './access/access.ts';
import type { Clerk } from './batches/closing.ts';
import type { ShopConfiguration } from './configuration/desk.ts';
import type { Tally } from './diagnostics/tally.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Cashier } from './payments/cashier.ts';
import type { LinkStatus } from './portal/link-status.ts';
import type { PluggedIn } from './readers/plugged-in.ts';
import type { Post } from './readers/post.ts';

export interface Shop {
  readonly subject: Subject;
  profile(): Profile;
  /** The settings in force, whenever they are read. */
  readonly settings: Settings;
  readonly configuration: ShopConfiguration;
  readonly ledger: Ledger;
  readonly cashier: Cashier;
  readonly clerk: Clerk;
  readonly access: Access;
  readonly posts: readonly Post[];
  /** Everything that is plugged in and may be a reader, configured or not. */
  pluggedIn(): PluggedIn[];
  readonly link: {
    status(): LinkStatus;
    /** Connects now instead of waiting, and sends what waits. */
    connectNow(): void;
  };
  /** Where the device stands with its certificate and the portal's keys. */
  identity(): NonNullable<Payload<'reported'>['identity']>;
  /** What happened since it started, in counts. */
  readonly tally: Pick<Tally, 'readings'>;
  /** Why the shop is not in full order, as refusal codes; empty when it is. Never depends on the network. */
  faults(): RefusalCode[];
  /** Free bytes for the data directory. */
  freeBytes(): number;
}
