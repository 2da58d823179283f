/** Standing: what the running agent says of itself, to the portal and to whoever asks how it is. */
import { desiredKinds, type Payload, type Profile, type RefusalCode } from '../contract/index.ts';
import type { Settings } from '../config/index.ts';
import { release } from '../firmware/index.ts';
import type { Identity } from './identity/keys.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Cashier } from './payments/cashier.ts';
import { isDisabled, isGroupInactive } from './payments/entering.ts';
import { hasRoom } from './payments/standing.ts';
import { stuckFor } from './payments/watch.ts';
import type { Link } from './portal/link.ts';
import type { Renewal } from './portal/renewal.ts';
import type { Wishes } from './portal/wishes.ts';
import type { Post } from './readers/post.ts';
import type { World } from './world.ts';

export interface Reporting {
  readonly identity: Identity;
  readonly renewal: Renewal;
  readonly ledger: Ledger;
  readonly posts: readonly Post[];
  readonly link: Link;
  readonly wishes: Wishes;
  readonly profile: () => Profile;
  readonly configuration: () => NonNullable<Payload<'reported'>['configuration']>;
}

/** What the portal is told of the device when it connects, and when that changes. */
export const reportOf = (reporting: Reporting): Payload<'reported'> => {
  const { identity, renewal, ledger, posts, link, wishes } = reporting;
  return {
    agentVersion: release.version,
    clock: ledger.clock.trust(),
    epoch: ledger.upLog.head().epoch,
    queue: { unsent: link.unsent(), undecided: ledger.transactions.storedSales().count },
    readers: posts.map((post) => ({
      readerId: post.setting.id,
      protocol: post.setting.protocol,
      state: post.state().is,
    })),
    profile: reporting.profile(),
    identity: identityView(identity, renewal),
    documents: wishes.report(desiredKinds),
    configuration: reporting.configuration(),
  };
};

/** Where the device stands with its certificate and the portal's keys. */
export const identityView = (
  { credentials, trust }: Identity,
  renewal: Renewal,
): NonNullable<Payload<'reported'>['identity']> => {
  const until = credentials.life()?.notAfter;
  return {
    state: renewal.state(),
    keySet: trust.version(),
    ...(until === undefined ? {} : { certificateUntil: until }),
  };
};

export interface Judged {
  readonly world: World;
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly posts: readonly Post[];
  readonly cashier: Pick<Cashier, 'troubled'>;
  readonly link: Pick<Link, 'status'>;
  readonly renewal: Pick<Renewal, 'state'>;
  readonly wishes: Pick<Wishes, 'isRefused'>;
  /** Whether settings that were kept here were damaged. */
  readonly fellBack: boolean;
}

/** Why the shop is not in full order, as refusal codes; never depends on the network. */
export const faultsOf = (judged: Judged): RefusalCode[] => {
  const { world, settings, ledger, posts, cashier, link, renewal, wishes } = judged;
  const { meta } = ledger;
  const state = renewal.state();
  const found = {
    storage_unavailable: !hasRoom(world, settings) || cashier.troubled(),
    reader_not_ready: !posts.some((post) => ['ready', 'busy'].includes(post.state().is)),
    ledger_rolled_back: meta.get('rolledBack') !== undefined,
    log_pruned: (meta.get('portalLacks') ?? 0) !== 0,
    reversal_stuck: stuckFor(ledger, settings) !== undefined,
    device_disabled: isDisabled(ledger),
    group_inactive: isGroupInactive(settings),
    configuration_awaited: meta.get('configurationAwaited') === 1,
    configuration_fallback: judged.fellBack,
    device_revoked: state === 'revoked',
    certificate_expired: state === 'expired',
    clock_behind: ledger.clock.behindMs() > 0,
    clock_ahead: ledger.clock.aheadMs() > 0,
    portal_keys_refused: wishes.isRefused('trust'),
    clone_suspected: link.status().cloneSuspected,
  } as const satisfies Partial<Record<RefusalCode, boolean>>;
  return (Object.keys(found) as (keyof typeof found)[]).filter((code) => found[code]);
};
