/**
 * The agent: its parts, and the order in which they start and stop.
 *
 * Start: ledger, clock, recovery, batches, readers, local API, link. The clock comes early, because records
 * and certificates are dated by it; the link comes last, because nothing that is sold may depend on it. Stop:
 * payments under way, link, local API, readers, ledger.
 */
import type { Layer, ReaderSetting, SettingName, Settings } from '../config/index.ts';
import { subjectName } from '../contract/index.ts';
import { accessOf, type Access } from './access/access.ts';
import { clerkOf, type Clerk } from './batches/closing.ts';
import { ClockKeeper } from './clock-keeping.ts';
import { countReader } from './diagnostics/counting.ts';
import type { Log } from './diagnostics/events.ts';
import {
  narrateBatches,
  narrateCashier,
  narrateClock,
  narrateLink,
  narrateReader,
  narrateRenewal,
  narrateRetention,
  narrateWatch,
} from './diagnostics/narration.ts';
import { tallyOf, type Tally } from './diagnostics/tally.ts';
import type { Identity } from './identity/keys.ts';
import { passwordHash } from './identity/passwords.ts';
import { walTruncation } from './ledger/erasure.ts';
import type { Ledger } from './ledger/ledger.ts';
import { openLedger } from './ledger/open.ts';
import { keepRetention } from './ledger/retention.ts';
import { storageFaultOf, type Sqlite } from './ledger/sqlite.ts';
import type { Machine } from './machine.ts';
import { ownClock } from './own-clock.ts';
import { cashierOf, type Cashier } from './payments/cashier.ts';
import { hasRoom } from './payments/standing.ts';
import { keepWatch } from './payments/watch.ts';
import { vaultOf } from './payments/vault.ts';
import type { Dial } from './portal/broker.ts';
import { linkOf, type Link } from './portal/link.ts';
import { Renewal, type RenewalMeans } from './portal/renewal.ts';
import { Wishes } from './portal/wishes.ts';
import type { Devices } from './readers/plugged-in.ts';
import { postOf, type Hanging, type Post } from './readers/post.ts';
import { rosterOf, type Roster } from './readers/roster.ts';
import { profileOf } from './profile.ts';
import type { Shop } from './shop.ts';
import { faultsOf, identityView, reportOf } from './standing.ts';
import type { Clock, World } from './world.ts';

/** How often elapsed time is saved while nothing else is written, ms. */
const saveEveryMs = 600_000;

export interface AgentParts {
  readonly world: World;
  readonly settings: Settings;
  readonly settingsFrom: Readonly<Record<SettingName, Layer>>;
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

export interface Agent {
  readonly shop: Shop;
  readonly summary: {
    readonly subject: string;
    readonly url: string;
    readonly entries: number;
    readonly recovered: number;
    readonly startMs: number;
  };
  stop(): Promise<void>;
}

export const startAgent = async (given: AgentParts): Promise<Agent> => {
  // Once it has stopped nothing may happen any more: neither a retry nor a payment's last wait.
  const clock = ownClock(given.world.clock, (then) => then());
  const parts: AgentParts = { ...given, world: { ...given.world, clock } };
  const { world, settings, identity } = parts;
  const startedAt = world.clock.monotonicMs();
  const tally = tallyOf();
  const roster = rosterOf({
    settings,
    devices: parts.devices,
    postFor: (setting) => postFor(parts, tally, setting),
    clock,
  });
  const { posts } = roster;
  const ledger = openLedger(parts.openDatabase, identity.subject, world);
  const keeper = new ClockKeeper({ ledger, world, tell: narrateClock(parts.log) });
  const end = () => {
    roster.stop();
    keeper.end();
    clock.callOffAll();
    saved(ledger);
    ledger.close();
  };
  try {
    ledger.clock.certifiedBy(() => identity.credentials.life());
    await keeper.begin();
    const office = officeOf(parts, ledger, { posts, keeper });
    const { cashier, clerk, link, renewal, access } = office;
    const recovered = cashier.recover();
    clerk.start();
    const shop = shopOf(parts, { ledger, roster, tally, ...office });
    roster.start();
    const api = await parts.serve?.(shop);
    link.start();
    renewal.start();
    keepTime(ledger, clock);
    keepWatch({ ledger, world, settings, cashier, tell: narrateWatch(parts.log) });
    return {
      shop,
      summary: {
        subject: subjectName(identity.subject),
        url: api === undefined ? '' : `http://${settings['api.host']}:${api.port}`,
        entries: ledger.upLog.head().seq,
        recovered,
        startMs: world.clock.monotonicMs() - startedAt,
      },
      stop: async () => {
        await cashier.close();
        renewal.stop();
        await link.stop();
        access.stop();
        await api?.close();
        end();
      },
    };
  } catch (error) {
    // An agent that could not start leaves nothing behind that would keep the process alive.
    end();
    throw error;
  }
};

const postFor = (
  { hangingOf, world, log }: AgentParts,
  tally: Tally,
  setting: ReaderSetting,
): Post => {
  const [narrate, count] = [narrateReader(log, setting.id), countReader(tally, setting.id)];
  return postOf({
    setting,
    ...hangingOf(setting),
    clock: world.clock,
    tell: (news) => {
      narrate(news);
      count(news);
    },
  });
};

const accessAt = (
  { world, settings, identity }: AgentParts,
  ledger: Ledger,
  wake: () => void,
): Access =>
  accessOf({
    ...{ world, settings, ledger, wake, document: () => ledger.desired.find('access') },
    ...{ localKey: identity.localKey, wrappingKey: identity.wrappingKey },
    hash: passwordHash,
  });

interface Office {
  readonly cashier: Cashier;
  readonly clerk: Clerk;
  readonly link: Link;
  readonly renewal: Renewal;
  readonly access: Access;
  readonly wishes: Wishes;
}

/**
 * Cashier and link need each other: the one asks the host, the other brings late answers and words. The clerk
 * is told by both that something moved.
 */
const officeOf = (
  parts: AgentParts,
  ledger: Ledger,
  { posts, keeper }: { readonly posts: readonly Post[]; readonly keeper: ClockKeeper },
): Office => {
  const { world, settings, identity, log } = parts;
  const truncateSoon = walTruncation(ledger, world.clock);
  truncateSoon();
  const profile = profileOf(parts.machine, settings);
  const wishes = new Wishes(ledger, identity.subject);
  const renewal = renewalOf(parts, ledger, () => link.connectNow());
  const [tellOfLink, tellOfPayments] = [narrateLink(log), narrateCashier(log)];
  const link: Link = linkOf({
    subject: identity.subject,
    world,
    settings,
    ledger,
    dial: parts.dial,
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
    },
    reported: () => reportOf({ identity, renewal, ledger, posts, link, wishes, profile }),
    tell: (news) => {
      tellOfLink(news);
      if (news.is === 'state') clerk.look();
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
  const cashier: Cashier = cashierOf({
    ledger,
    world,
    settings,
    host: link,
    posts,
    vault: vaultOf(
      identity.subject,
      () => identity.trust.sealing(),
      identity.velocityKey,
      world.dice,
    ),
    tell: (news) => {
      tellOfPayments(news);
      // What a full disk kept under way ends when it has room again, and no step tells of that.
      if (news.is === 'payment' || news.is === 'storage back') clerk.look();
    },
  });
  const clerk: Clerk = clerkOf({
    ...{ ledger, world, settings },
    online: () => link.status().state === 'online',
    wake: () => link.wake(),
    tell: narrateBatches(log),
  });
  keepRecords(parts, { ledger, cashier, removed: truncateSoon });
  return { cashier, clerk, link, renewal, access, wishes };
};

interface Records {
  readonly ledger: Ledger;
  readonly cashier: Cashier;
  readonly removed: () => void;
}

/** Removes what is past its time, whenever nothing else is to be done. */
const keepRecords = (
  { world, settings, log }: AgentParts,
  { ledger, cashier, removed }: Records,
): void =>
  keepRetention({
    ...{ ledger, world, removed, months: settings['retention.months'] },
    isQuiet: () =>
      ledger.transactions.underWay().length === 0 &&
      !cashier.troubled() &&
      hasRoom(world, settings),
    tell: narrateRetention(log),
  });

const renewalOf = (
  { identity, world, settings, renewing, log }: AgentParts,
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
    retry: { fromMs: settings['link.reconnectFromMs'], upToMs: settings['link.reconnectUpToMs'] },
    tell: (news) => {
      tell(news);
      // What was waited for longer than others is not waited for any more.
      if (news.is === 'renewed') connectNow();
    },
  });
};

/** What a shop has beside its office. */
interface Premises {
  readonly ledger: Ledger;
  readonly roster: Roster;
  readonly tally: Tally;
}

const shopOf = (
  { identity, settings, settingsFrom, machine, world }: AgentParts,
  { ledger, roster, tally, cashier, clerk, link, renewal, access, wishes }: Office & Premises,
): Shop => ({
  subject: identity.subject,
  profile: profileOf(machine, settings),
  settings,
  settingsFrom,
  ledger,
  cashier,
  clerk,
  access,
  posts: roster.posts,
  pluggedIn: () => roster.pluggedIn(),
  link: {
    status: () => link.status(),
    connectNow: () => {
      renewal.now();
      link.connectNow();
    },
  },
  identity: () => identityView(identity, renewal),
  tally,
  faults: () =>
    faultsOf({
      ...{ world, settings, ledger, posts: roster.posts },
      cashier,
      link,
      renewal,
      wishes,
    }),
  freeBytes: () => world.freeBytes(),
});

const keepTime = (ledger: Ledger, clock: Clock): void => {
  clock.after(saveEveryMs, () => {
    saved(ledger);
    keepTime(ledger, clock);
  });
};

// A full disk is the pen's to tell; time is saved again with the next commit that works.
const saved = (ledger: Ledger): void => {
  try {
    ledger.commit(() => undefined);
    ledger.checkpoint();
  } catch (error) {
    if (storageFaultOf(error) === undefined) throw error;
  }
};
