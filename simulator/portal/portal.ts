/**
 * The reference portal: keeps the contract of the link honestly. Takes in, acknowledges, decides, signs.
 *
 * Built for the demo, the tests and the simulation: time, chance, the broker and the issuer's host come in as
 * arguments, its state is one SQLite database, and all that can go wrong can be made to (`faults`).
 */
import {
  channelOf,
  subjectName,
  type Presence,
  type Subject,
  type WordBody,
} from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import { ownClock, type OwnClock } from '../../agent/own-clock.ts';
import type { Dial, TlsFiles } from '../../agent/portal/broker.ts';
import type { World } from '../../agent/world.ts';
import { chipAnswersOf, inspectionOf } from './card.ts';
import type { Registering } from './certificates.ts';
import type { Changed, ChangeOrder } from './changes.ts';
import type { CommandView } from './commands.ts';
import { Configurations } from './configurations.ts';
import { deviceViews, keepProfile, type DeviceView } from './device-views.ts';
import { Devices, subjectOf, type Standing } from './devices.ts';
import { DownLog } from './down-log.ts';
import type { Happening, PortalEvent, Tell } from './events.ts';
import { Faults } from './faults.ts';
import { openHost, type Host, type HostTotals, type HostTransaction } from './host.ts';
import { Imports, type Imported } from './imports.ts';
import { Intake } from './intake.ts';
import { KeyRing } from './key-ring.ts';
import type { PortalKeys } from './keys.ts';
import { liveCounter } from './live.ts';
import { openOffice, type Office } from './office.ts';
import type { Parked, ParkingOrder } from './parking.ts';
import { Post, type Letter } from './post.ts';
import { openRegistry, type Registry } from './registry.ts';
import { imageOf, lifeOf, openStore, returnTo } from './schema.ts';
import type { BatchView } from './settlements.ts';
import { Uplink } from './uplink.ts';
import { WordLog } from './word-log.ts';

/** How patient the portal is. */
export interface Pace {
  /** Milliseconds until unacknowledged words are sent again. */
  readonly resendMs: number;
  /** Milliseconds until what the host could not decide is brought to it again. */
  readonly retryMs: number;
  /** How often the host may be unable to decide something before that is parked. */
  readonly parkAfterTries: number;
}

const paceDefault: Pace = { resendMs: 5_000, retryMs: 5_000, parkAfterTries: 6 };

/** The most transactions `transactions()` gives, the newest first. */
export const transactionsMost = 1_000;

/** The most batches `batches()` gives, and the most commands `commands()` does, the newest first. */
export const batchesMost = 1_000;
export const commandsMost = 1_000;

export interface PortalOptions {
  readonly world: World;
  readonly dial: Dial;
  readonly brokerUrl: string;
  readonly tls?: TlsFiles;
  readonly keys: PortalKeys;
  /** Lets the portal register devices. */
  readonly registering?: Registering;
  /** A path, or `:memory:`. */
  readonly database: string;
  /** What a portal in memory had stored when it stopped; it goes on from there. */
  readonly image?: Uint8Array;
  /** The issuer's host; without one the portal opens its own, beside its database. */
  readonly host?: Host;
  readonly pace?: Partial<Pace>;
  readonly log?: (event: PortalEvent) => void;
}

export interface Portal {
  readonly faults: Faults;
  readonly registry: Registry;
  /** Ends everything at once; nothing is decided or sent any more. */
  stop(): void;
  devices(): readonly DeviceView[];
  /** As the host saw them, the newest first. */
  transactions(): readonly HostTransaction[];
  /** Closed batches, how they were settled and what stands of them, the newest first. */
  batches(): readonly BatchView[];
  /** Voids, refunds or adjusts an approved transaction, and tells its device. */
  change(order: ChangeOrder): Changed;
  /** Parks a transaction that waits for its decision, or lets it go on; its device may be dead. */
  park(order: ParkingOrder): Parked;
  /** The devices the host knows a transaction of. */
  devicesOf(transactionId: string): readonly string[];
  /** Gives a device a command; its name, or `undefined` for an unknown device. */
  command(subject: Subject, order: Omit<WordBody<'command'>, 'commandId'>): string | undefined;
  /** Commands and what became of them, the newest first. */
  commands(): readonly CommandView[];
  /** What the host has approved, net of reversals, in minor units by currency. */
  host(): HostTotals;
  snapshot(): Uint8Array;
  /** Makes the portal what it was when the image was taken, as after a restore from backup. */
  restore(image: Uint8Array): void;
  /** Lets a device open the epoch after the highest it was seen in; `undefined` for an unknown device. */
  openEpoch(subject: Subject): number | undefined;
  /** Takes the log of a dead device in from a file, and retires the device. */
  import(text: string): Imported;
  /** Calls `hear` for every event from now on; returns what ends that. */
  onEvent(hear: (event: PortalEvent) => void): () => void;
}

/** Starts a portal. It dials at once and goes on until it is stopped. */
export const startPortal = (options: PortalOptions): Portal => {
  const portal = new ReferencePortal(options);
  portal.start();
  return portal;
};

/** The head the birth of a session named; none, until the first frame names it, for a device that did not. */
const gateOf = ({ log }: Presence) => ({
  gateEpoch: log?.epoch ?? null,
  gateHead: log?.head ?? null,
});

class ReferencePortal implements Portal {
  readonly faults = new Faults(() => this.#guard('desk', () => this.#office.desk.work()));
  readonly #listeners = new Set<(event: PortalEvent) => void>();
  readonly #options: PortalOptions;
  readonly #pace: Pace;
  readonly #clock: OwnClock;
  readonly #db: Sqlite;
  readonly #host: Host;
  readonly #devices: Devices;
  readonly #words: WordLog;
  readonly #uplink: Uplink;
  readonly #post: Post;
  readonly #intake: Intake;
  readonly #configurations: Configurations;
  readonly #imports: Imports;
  readonly #downLog: DownLog;
  readonly #office: Office;
  readonly registry: Registry;
  readonly #live: ReturnType<typeof liveCounter>;
  readonly #tell: Tell;
  #stopped = false;

  constructor(options: PortalOptions) {
    const { keys, database, log } = options;
    this.#options = options;
    this.#pace = { ...paceDefault, ...options.pace };
    if (log !== undefined) this.#listeners.add(log);
    const clock = ownClock(options.world.clock, (then) => this.#guard('timer', then));
    const world: World = {
      ...{ clock, dice: options.world.dice, bootId: options.world.bootId },
      freeBytes: () => options.world.freeBytes(),
    };
    const tell: Tell = (happening) => this.#narrate(happening);
    const db = openStore(database, options.image);
    const host = options.host ?? openHost({ database: besides(database), clock });
    const devices = new Devices(db);
    const words = new WordLog(db, world);
    const keyRing = new KeyRing(db, keys);
    const faults = this.faults;
    const uplink = this.#uplinkIn(world, tell);
    const post = new Post({
      ...{ clock, signing: () => keyRing.current().signing, faults, tell },
      publish: (publication) => uplink.publish(publication),
    });
    const sealingOf = (keyId: string) => keyRing.sealingOf(keyId);
    const inspect = inspectionOf(sealingOf);
    const { resendMs, retryMs, parkAfterTries } = this.#pace;
    const downLog = new DownLog({ db, clock, devices, words, post, tell, resendMs });
    const configurations = new Configurations(db);
    const office = openOffice({
      ...{ db, world, host, inspect, downLog, configurations, faults, tell },
      ...{ retryMs, parkAfterTries },
    });
    const intake = new Intake({
      ...{ db, clock, devices, tell },
      fact: office.learn,
      store: () => lifeOf(db, options.world.dice),
    });
    [this.#intake, this.#configurations] = [intake, configurations];
    this.#imports = new Imports({
      ...{ db, clock, devices, intake, reversals: office.reversals, tell },
      signing: () => keyRing.current().signing,
      retired: (subject) => this.registry.desired.standsOtherwise(subject),
    });
    this.registry = openRegistry({
      ...{ db, world, devices, keyRing, post, configurations, tell },
      registering: options.registering,
      publish: (response) => uplink.publish({ ...response, qos: 1, retained: false }),
    });
    const answerChip = chipAnswersOf(sealingOf);
    this.#live = liveCounter({ ...office, clock, devices, host, inspect, answerChip, post, tell });
    [this.#clock, this.#db, this.#host, this.#devices] = [clock, db, host, devices];
    [this.#words, this.#uplink, this.#post] = [words, uplink, post];
    [this.#downLog, this.#office, this.#tell] = [downLog, office, tell];
  }

  start(): void {
    this.#devices.forgetPresence();
    this.#uplink.start();
    this.#guard('desk', () => this.#office.desk.work());
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#clock.callOffAll();
    this.#uplink.stop();
    this.#db.close();
    if (this.#options.host === undefined) this.#host.close();
  }

  devices(): readonly DeviceView[] {
    return deviceViews({
      ...{ db: this.#db, devices: this.#devices, words: this.#words },
      ...{ groups: this.registry.groups, configurations: this.#configurations },
    });
  }

  transactions(): readonly HostTransaction[] {
    return this.#host.transactions(transactionsMost);
  }

  batches(): readonly BatchView[] {
    return this.#office.settlements.all(batchesMost);
  }

  change(order: ChangeOrder): Changed {
    const changed = this.#office.changes.make(order);
    this.#guard('desk', () => this.#office.desk.work());
    return changed;
  }

  park(order: ParkingOrder): Parked {
    const parked = this.#office.parking.order(order);
    this.#guard('desk', () => this.#office.desk.work());
    return parked;
  }

  devicesOf(transactionId: string): readonly string[] {
    return this.#host.devicesOf(transactionId);
  }

  command(subject: Subject, order: Omit<WordBody<'command'>, 'commandId'>): string | undefined {
    const device = subjectName(subject);
    if (this.#devices.find(device) === undefined) return undefined;
    return this.#office.commands.give(device, order);
  }

  commands(): readonly CommandView[] {
    return this.#office.commands.all(commandsMost);
  }

  host(): HostTotals {
    return this.#host.totals();
  }

  snapshot(): Uint8Array {
    return imageOf(this.#db);
  }

  restore(image: Uint8Array): void {
    returnTo(this.#db, image);
    this.#downLog.endAll();
    this.#office.desk.forget();
    this.#tell({ is: 'portal.restored', devices: this.#devices.all().length });
    // The retained presences have to be heard again: the store knows no session any more.
    this.#uplink.redial();
  }

  openEpoch(subject: Subject): number | undefined {
    return this.registry.desired.openEpoch(subject);
  }

  import(text: string): Imported {
    const imported = this.#imports.take(text);
    this.#guard('desk', () => this.#office.desk.work());
    return imported;
  }

  onEvent(hear: (event: PortalEvent) => void): () => void {
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }

  #uplinkIn(world: World, tell: Tell): Uplink {
    const { dial, brokerUrl, tls } = this.#options;
    return new Uplink({
      ...{ world, dial, url: brokerUrl, tell },
      ...(tls === undefined ? {} : { tls }),
      up: () => this.#guard('desired', () => this.registry.publishAll()),
      heard: (topic, payload, retained) => {
        this.#guard(topic, () => {
          if (channelOf(topic)?.is === 'registration') {
            this.registry.hear(topic, payload, retained);
            return;
          }
          const letter = this.#post.open(topic, payload, retained);
          if (letter !== undefined) this.#read(letter);
        });
      },
    });
  }

  #read(letter: Letter): void {
    const { subject, device, channel } = letter;
    const standing = this.#devices.of(subject);
    if (standing === undefined) {
      this.#tell({ is: 'message.dropped', topic: device, why: 'there are too many devices' });
      return;
    }
    if (standing.retired === 1) {
      this.#tell({ is: 'message.dropped', topic: device, why: 'the device is retired' });
      return;
    }
    switch (channel) {
      case 'presence':
        this.#present(standing, letter.content);
        return;
      case 'log/up':
        if (this.#intake.take(standing, letter.content)) this.#acknowledge(subject);
        this.#office.desk.work();
        return;
      case 'log/down/ack':
        this.#downLog.heard(standing, letter.content);
        return;
      case 'live/req':
        this.#live(letter);
        return;
      case 'reported':
        if (letter.content.epoch > standing.epochSeen) {
          this.#devices.change(device, { epochSeen: letter.content.epoch });
        }
        keepProfile(this.#db, device, letter.content.profile);
        this.#configurations.keep(device, letter.content);
        return;
    }
  }

  #present(standing: Standing, presence: Presence): void {
    const { device } = standing;
    const { state, session } = presence;
    if (state === 'offline') {
      // A death older than the last birth says nothing.
      if (session < standing.session) return;
      this.#devices.change(device, { online: 0 });
      this.#downLog.end(device);
      this.#tell({ is: 'device.offline', device, session });
      return;
    }
    const isNew = session !== standing.session;
    this.registry.joined(subjectOf(device));
    this.#devices.change(device, {
      ...{ session, online: 1 },
      ...(isNew ? { ...gateOf(presence), downSession: 0 } : {}),
    });
    this.#tell({ is: 'device.online', device, session });
    const now = this.#devices.find(device) ?? standing;
    this.#post.say(subjectOf(device), 'log/up/ack', this.#intake.ackOf(now));
    this.#downLog.begin(now);
    this.#office.desk.work();
  }

  #acknowledge(subject: Subject): void {
    const now = this.#devices.find(subjectName(subject));
    if (now !== undefined) this.#post.say(subject, 'log/up/ack', this.#intake.ackOf(now));
  }

  #narrate(happening: Happening): void {
    const event = { time: this.#options.world.clock.wallMs(), ...happening };
    for (const hear of [...this.#listeners]) hear(event);
  }

  // One message or one timer that fails must not take the others with it.
  #guard(at: string, then: () => void): void {
    if (this.#stopped) return;
    try {
      then();
    } catch (error) {
      const why = error instanceof Error ? `${error.name}: ${error.message}` : 'not an error';
      this.#tell({ is: 'portal.failed', at: at.slice(0, 128), why });
    }
  }
}

// The issuer keeps its own books: turning the portal back does not turn them back.
const besides = (database: string): string =>
  database === ':memory:' ? database : `${database}.host`;
