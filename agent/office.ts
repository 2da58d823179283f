/**
 * The office: the parts that hold each other. The cashier asks the host over the link, and the link brings
 * the cashier late answers; the clerk and the configuration are told by all of them that something moved.
 */
import type { Configured } from './configuration/configured.ts';
import {
  narrateBatches,
  narrateCashier,
  narrateConfiguration,
  narrateLink,
  narrateRenewal,
  narrateRetention,
} from './diagnostics/narration.ts';
import { portalLayers, type ReaderSetting, type Settings } from '../config/index.ts';
import { accessOf, type Access } from './access/access.ts';
import { Configuration } from './configuration/configuration.ts';
import { judgesOf } from './configuration/judges.ts';
import { clerkOf, type Clerk } from './batches/closing.ts';
import { type ClockKeeper } from './clock-keeping.ts';
import type { Log } from './diagnostics/events.ts';
import type { Identity } from './identity/keys.ts';
import { passwordHash } from './identity/passwords.ts';
import { walTruncation } from './ledger/erasure.ts';
import type { Ledger } from './ledger/ledger.ts';
import { keepRetention } from './ledger/retention.ts';
import { type Sqlite } from './ledger/sqlite.ts';
import type { Machine } from './machine.ts';
import { cashierOf, type Cashier } from './payments/cashier.ts';
import { hasRoom } from './payments/standing.ts';
import { vaultOf } from './payments/vault.ts';
import type { Dial } from './portal/broker.ts';
import { linkOf, type Link } from './portal/link.ts';
import { Renewal, type RenewalMeans } from './portal/renewal.ts';
import { Wishes } from './portal/wishes.ts';
import type { Devices } from './readers/plugged-in.ts';
import type { Hanging, Post } from './readers/post.ts';
import { type Roster } from './readers/roster.ts';
import { profileOf } from './profile.ts';
import type { Shop } from './shop.ts';
import { reportOf } from './standing.ts';
import type { World } from './world.ts';

export interface AgentParts {
  readonly world: World;
  readonly configured: Configured;
  readonly identity: Identity;
  /** What the device runs on. */
  readonly machine: Machine;
  readonly log: Log;
  readonly dial: Dial;
  readonly openDatabase: () => Sqlite;
  readonly hangingOf: (setting: ReaderSetting) => Hanging;
  /** How the device gets its next certificate; left out where it was given one by hand. */
  readonly renewing?: RenewalMeans;
  /** What is plugged in; left out where nobody can see that. */
  readonly devices?: () => Devices;
  /** Opens the local API; left out where there is none. */
  readonly serve?: (shop: Shop) => Promise<{ readonly port: number; close(): Promise<void> }>;
}

/** What is wired together: the parts, with the settings in force. */
export type Wired = AgentParts & { readonly settings: Settings };

const accessAt = ({ world, settings, identity }: Wired, ledger: Ledger, wake: () => void): Access =>
  accessOf({
    ...{ world, settings, ledger, wake, document: () => ledger.desired.find('access') },
    ...{ localKey: identity.localKey, wrappingKey: identity.wrappingKey },
    hash: passwordHash,
  });

export interface Office {
  readonly cashier: Cashier;
  readonly clerk: Clerk;
  readonly link: Link;
  readonly renewal: Renewal;
  readonly access: Access;
  readonly configuration: Configuration;
  readonly wishes: Wishes;
}

/**
 * Cashier and link need each other: the one asks the host, the other brings late answers and words. The clerk
 * is told by both that something moved.
 */
export const officeOf = (
  parts: Wired,
  ledger: Ledger,
  { roster, keeper }: { readonly roster: Roster; readonly keeper: ClockKeeper },
): Office => {
  const { world, settings, identity, log, machine } = parts;
  const { posts } = roster;
  const truncateSoon = walTruncation(ledger, world.clock);
  truncateSoon();
  const wishes = new Wishes(ledger, identity.subject);
  const renewal = renewalOf(parts, ledger, () => link.connectNow());
  const [tellOfLink, tellOfBatches] = [narrateLink(log), narrateBatches(log)];
  const link: Link = linkOf({
    ...{ subject: identity.subject, world, ledger, dial: parts.dial },
    settings: parts.configured.inForce.onTrial,
    tls: () => identity.credentials.tls(),
    unwanted: (why) => {
      keeper.expired(why);
      renewal.doubt(why);
    },
    patience: () => renewal.patienceMs(),
    trust: identity.trust,
    wishes,
    wished: (kind) => {
      if (kind === 'access') access.changed();
      if (portalLayers.some((layer) => layer === kind)) configuration.wished();
    },
    reported: () =>
      reportOf({
        ...{ identity, renewal, ledger, posts, link, wishes },
        profile: () => profileOf(machine, settings),
        configuration: () => configuration.report(),
      }),
    tell: (news) => {
      tellOfLink(news);
      if (news.is !== 'state') return;
      clerk.look();
      if (news.state === 'online') configuration.joined();
    },
    moved: (transactionId) => {
      cashier.moved(transactionId);
      truncateSoon();
    },
    told: (news) => clerk.heard(news),
    heardTime: (portalMs) => keeper.heardTime(portalMs),
    late: (answer) => cashier.heardLate(answer),
  });
  const access = accessAt(parts, ledger, () => link.wake());
  const cashier = cashierAt(parts, ledger, { link, posts }, () => {
    clerk.look();
    configuration.lookSoon();
  });
  const clerk: Clerk = clerkOf({
    ...{ ledger, world, settings },
    online: () => link.status().state === 'online',
    wake: () => link.wake(),
    tell: (news) => {
      tellOfBatches(news);
      configuration.lookSoon();
    },
  });
  const configuration = configurationOf(parts, ledger, { roster, link, clerk });
  keepRecords(parts, { ledger, cashier, removed: truncateSoon });
  return { cashier, clerk, link, renewal, access, configuration, wishes };
};

const cashierAt = (
  { world, settings, identity, log }: Wired,
  ledger: Ledger,
  { link, posts }: { readonly link: Link; readonly posts: readonly Post[] },
  moved: () => void,
): Cashier => {
  const tell = narrateCashier(log);
  const { subject, trust, velocityKey } = identity;
  return cashierOf({
    ...{ ledger, world, settings, host: link, posts },
    vault: vaultOf(subject, () => trust.sealing(), velocityKey, world.dice),
    tell: (news) => {
      tell(news);
      // What a full disk kept under way ends when it has room again, and no step tells of that.
      if (news.is === 'payment' || news.is === 'storage back') moved();
    },
  });
};

/** The settings, and what has to begin anew when they change. */
const configurationOf = (
  parts: Wired,
  ledger: Ledger,
  { roster, link, clerk }: { readonly roster: Roster; readonly link: Link; readonly clerk: Clerk },
): Configuration =>
  new Configuration({
    ...{ ...parts.configured, ledger, world: parts.world, judges: judgesOf(parts) },
    online: () => link.status().state === 'online',
    closing: () => ledger.batches.unfinished().some(({ state }) => state.is === 'closing'),
    begin: { link: () => link.beginAnew(), readers: () => roster.beginAnew() },
    readersReady: () => roster.posts.some((post) => post.state().is === 'ready'),
    confirmed: () => clerk.heedSettings(),
    changed: () => {
      link.report();
      link.wake();
    },
    tell: narrateConfiguration(parts.log),
  });

interface Records {
  readonly ledger: Ledger;
  readonly cashier: Cashier;
  readonly removed: () => void;
}

/** Removes what is past its time, whenever nothing else is to be done. */
const keepRecords = (
  { world, settings, log }: Wired,
  { ledger, cashier, removed }: Records,
): void =>
  keepRetention({
    ...{ ledger, world, removed, months: () => settings['retention.months'] },
    isQuiet: () =>
      ledger.transactions.underWay().length === 0 &&
      !cashier.troubled() &&
      hasRoom(world, settings),
    tell: narrateRetention(log),
  });

const renewalOf = (
  { identity, world, settings, renewing, log }: Wired,
  { clock, meta }: Ledger,
  connectNow: () => void,
): Renewal => {
  const tell = narrateRenewal(log);
  return new Renewal({
    ...{ subject: identity.subject, credentials: identity.credentials, world, means: renewing },
    trust: () => clock.trust(),
    revoked: {
      get: () => meta.get('revoked') === 1,
      // With the next commit: until then the portal says it again.
      set: (isRevoked) => meta.later('revoked', isRevoked ? 1 : 0),
    },
    retry: () => ({
      fromMs: settings['link.reconnectFromMs'],
      upToMs: settings['link.reconnectUpToMs'],
    }),
    tell: (news) => {
      tell(news);
      // What was waited for longer than others is not waited for any more.
      if (news.is === 'renewed') connectNow();
    },
  });
};
