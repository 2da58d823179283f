/**
 * The agent: its parts, and the order in which they start and stop.
 *
 * Start: ledger, clock, recovery, batches, readers, local API, link. The clock comes early, because records
 * and certificates are dated by it; the link comes last, because nothing that is sold may depend on it. Stop:
 * payments under way, link, local API, readers, ledger.
 */
import { type ReaderSetting } from '../config/index.ts';
import { deskOf } from './configuration/desk.ts';
import { subjectName } from '../contract/index.ts';
import { ownClock } from './own-clock.ts';
import { ClockKeeper } from './clock-keeping.ts';
import { countReader } from './diagnostics/counting.ts';
import { narrateClock, narrateReader, narrateWatch } from './diagnostics/narration.ts';
import { tallyOf, type Tally } from './diagnostics/tally.ts';
import type { Ledger } from './ledger/ledger.ts';
import { openLedger } from './ledger/open.ts';
import { storageFaultOf } from './ledger/sqlite.ts';
import { keepWatch } from './payments/watch.ts';
import { postOf, type Post } from './readers/post.ts';
import { rosterOf, type Roster } from './readers/roster.ts';
import { profileOf } from './profile.ts';
import { officeOf, type AgentParts, type Office, type Wired } from './office.ts';
import type { Shop } from './shop.ts';
import { faultsOf, identityView } from './standing.ts';
import type { Clock } from './world.ts';

/** How often elapsed time is saved while nothing else is written, ms. */
const saveEveryMs = 600_000;

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
  const { inForce } = given.configured;
  const parts: Wired = {
    ...{ ...given, world: { ...given.world, clock }, settings: inForce.settings },
  };
  const { world, settings, identity } = parts;
  const startedAt = world.clock.monotonicMs();
  const tally = tallyOf();
  const roster = rosterOf({
    settings: inForce.onTrial,
    devices: parts.devices,
    postFor: (setting) => postFor(parts, tally, setting),
    clock,
  });
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
    const office = officeOf(parts, ledger, { roster, keeper });
    const { cashier, clerk, link, renewal, access, configuration } = office;
    const recovered = cashier.recover();
    configuration.start();
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
        configuration.stop();
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

const postFor = ({ hangingOf, world, log }: Wired, tally: Tally, setting: ReaderSetting): Post => {
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

/** What a shop has beside its office. */
interface Premises {
  readonly ledger: Ledger;
  readonly roster: Roster;
  readonly tally: Tally;
}

const shopOf = (
  { identity, settings, configured, machine, world }: Wired,
  {
    ledger,
    roster,
    tally,
    cashier,
    clerk,
    link,
    renewal,
    access,
    configuration,
    wishes,
  }: Office & Premises,
): Shop => ({
  subject: identity.subject,
  profile: () => profileOf(machine, settings),
  settings,
  configuration: deskOf(ledger, configured.inForce, configuration),
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
      ...{ world, settings, ledger, posts: roster.posts, cashier, link, renewal, wishes },
      fellBack: configured.fellBack !== undefined,
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
