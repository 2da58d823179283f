/**
 * One session with the portal, from CONNECT to the end: presence, both logs, the live exchange.
 *
 *   connected ─ subscribe ─ birth, down/ack ─▶ joining ─ first up/ack ─▶ online
 *
 * Whatever is malformed, oversized, retained where it must not be, or badly signed is refused, told, and
 * stops nothing.
 */
import {
  desiredKinds,
  messages,
  topicOf,
  type Channel,
  type Desired,
  type DesiredDevice,
  type DesiredKind,
  type DesiredTrust,
  type MessageName,
  type Payload,
  type Subject,
} from '../../contract/index.ts';
import type { Settings } from '../../config/index.ts';
import { StartFault } from '../fault.ts';
import { release } from '../../firmware/index.ts';
import type { PortalTrust } from '../identity/portal-trust.ts';
import type { BatchNews } from '../batches/news.ts';
import { openEpoch } from '../ledger/epoch.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { storageFaultOf } from '../ledger/sqlite.ts';
import { takeWords } from '../payments/words.ts';
import type { World } from '../world.ts';
import type { BrokerSession } from './broker.ts';
import { type incoming, incomingChannels, openMail, type Incoming } from './mail.ts';
import type { LinkNews } from './news.ts';
import { upLaneOf, type UpLane } from './up-lane.ts';
import type { Wishes } from './wishes.ts';

/** Acknowledgements that may fail to come before the connection is given up. */
const stallsMax = 3;
/** How far ahead of ours a session may be that was seen before, and be believed. */
const sessionLeapMax = 1_000_000;

export interface ConversationParts {
  readonly subject: Subject;
  readonly world: World;
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly trust: PortalTrust;
  readonly wishes: Wishes;
  readonly reported: () => Payload<'reported'>;
  readonly tell: (news: LinkNews) => void;
  /** The portal was heard, with a signature that fits. */
  readonly reached: () => void;
  /** The portal has said where it stands: facts flow and live requests have a chance. */
  readonly joined: () => void;
  readonly heardTime: (portalMs: number) => void;
  /** A session was begun in this device's name that is not ours, on this boot or another. */
  readonly overtaken: (bootId: string) => void;
  /** A word moved a transaction. */
  readonly moved: (transactionId: string) => void;
  /** A word was about a batch, or is a command about one. */
  readonly told: (news: BatchNews) => void;
  readonly answered: (response: Payload<'liveResponse'>) => void;
  /** A desired document of this kind is in force that was not before. */
  readonly wished: (kind: DesiredKind) => void;
  /** The session is of no use any more; `anew` asks for another at once. */
  readonly leave: (why: string, how: 'anew' | 'in a while') => void;
}

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #broker: BrokerSession;
  readonly #session: number;
  readonly #lane: UpLane;
  readonly #listeners: { [C in Incoming]: (payload: Payload<(typeof incoming)[C]>) => void } = {
    presence: (payload) => this.#heardPresence(payload),
    'log/up/ack': (payload) => this.#heardAck(payload),
    'log/down': (payload) => this.#heardWords(payload),
    'live/res': (payload) => this.#parts.answered(payload),
    'desired/trust': (payload) => this.#heardTrust(payload),
    'desired/client': (payload) => void this.#taken(payload),
    'desired/group': (payload) => void this.#taken(payload),
    'desired/device': (payload) => this.#heardWish(payload),
    'desired/access': (payload) => void this.#taken(payload),
  };
  #store: string | undefined;
  /** An epoch the portal offers, until it has said how far it has the present one. */
  #offered: number | undefined;
  #acknowledged = false;
  #stalls = 0;
  #callOffStall: (() => void) | undefined;
  #born = false;
  #ended = false;

  constructor(parts: ConversationParts, broker: BrokerSession, session: number) {
    this.#parts = parts;
    this.#broker = broker;
    this.#session = session;
    this.#lane = upLaneOf(parts.ledger, session);
  }

  /** The connection is up: subscribe, then say so. */
  begin(): void {
    // The device's own presence first: a broker sends what it retained before it answers the next request.
    // And the portal's keys, without which nothing else it says can be opened.
    const first: readonly Channel[] = ['presence', 'desired/trust'];
    const rest = incomingChannels.filter((channel) => !first.includes(channel));
    this.#subscribe(first, () => this.#subscribe(rest, () => this.#join()));
  }

  /** Sends what is due. */
  wake(): void {
    if (this.#ended) return;
    const { world } = this.#parts;
    for (const frame of this.#lane.due()) {
      world.mark?.('before-publish');
      this.#say('logUp', frame, () => world.mark?.('after-publish'));
    }
    if (this.#lane.isWaiting()) this.#watch();
  }

  isOpen(): boolean {
    return !this.#ended && this.#lane.isOpen();
  }

  unsent(): number {
    return this.#lane.unsent();
  }

  /** Sends a live request; `false` when nothing left the device. */
  ask(request: Payload<'liveRequest'>): boolean {
    return !this.#ended && this.#lane.isOpen() && this.#say('liveRequest', request);
  }

  end(): void {
    this.#ended = true;
    this.#rest();
  }

  /** Says that the device goes, of its own will; one that was never born here leaves what stands. */
  bye(): void {
    if (this.#born && !this.#ended) this.#say('presence', this.#presence('offline'));
  }

  heard(topic: string, payload: Uint8Array, retained: boolean): void {
    if (this.#ended) return;
    const mail = openMail(this.#parts, topic, { bytes: payload, retained });
    if (mail.is === 'refused') this.#refuse(mail.channel, mail.why);
    if (mail.is === 'letter') this.#listeners[mail.channel](mail.payload as never);
  }

  #subscribe(names: readonly Channel[], done: () => void): void {
    const topics = names.map((channel) => this.#topic(channel));
    this.#broker.subscribe(topics, (fault) => {
      if (this.#ended) return;
      if (fault === undefined) done();
      else this.#leave(`the broker refused a subscription: ${fault}`, 'in a while');
    });
  }

  #join(): void {
    this.#born = true;
    this.#sayHere();
    this.report();
  }

  // The portal answers a birth once; when that is lost, or nobody was there to answer, it is said again.
  #sayHere(): void {
    const { world, settings } = this.#parts;
    this.#say('presence', this.#presence('online'));
    this.#sayTaken();
    this.#callOffStall = world.clock.after(settings['link.ackWithinMs'], () => {
      if (!this.#ended && !this.#acknowledged) this.#sayHere();
    });
  }

  #presence(state: 'online' | 'offline'): Payload<'presence'> {
    const presence = presenceOf(state, this.#session, this.#parts.world.bootId);
    const { epoch, seq: head } = this.#parts.ledger.upLog.head();
    return state === 'online' ? { ...presence, log: { epoch, head } } : presence;
  }

  // A death or birth of a later session than ours: this ledger is older than what the broker has seen.
  #heardPresence({ session, bootId }: Payload<'presence'>): void {
    // Before this session's birth its number was another life's, even of the same boot.
    const own = this.#born && session === this.#session && bootId === this.#parts.world.bootId;
    if (session < this.#session || own) return;
    if (session > this.#session + sessionLeapMax) {
      return this.#refuse('presence', `session ${session} is further ahead than any ledger was`);
    }
    this.#parts.overtaken(bootId);
    this.#parts.tell({ is: 'ledger rolled back', why: `session ${session} was seen before` });
    this.#guarded(() =>
      this.#parts.ledger.commit(() => this.#parts.ledger.meta.set('session', session)),
    );
    this.#leave('the session number was used before', 'anew');
  }

  #heardAck(ack: Payload<'logUpAck'>): void {
    const { ledger, world, tell, joined, reached } = this.#parts;
    if (ack.session !== this.#session) return;
    reached();
    if (ack.time !== undefined) this.#parts.heardTime(ack.time);
    // Only the first acknowledgement of a session may move backwards, so a restored portal needs a new one.
    if (this.#store !== undefined && ack.store !== this.#store) {
      return this.#leave('the portal was restored from a backup', 'anew');
    }
    this.#store = ack.store;
    const wasOpen = this.#lane.isOpen();
    world.mark?.('before-acknowledge-write');
    const meaning = this.#lane.heard(ack);
    this.#acknowledged = true;
    if (meaning === 'ledger_rolled_back') {
      const why = `the portal has entry ${ack.epoch}/${ack.through}, this ledger has not`;
      tell({ is: 'ledger rolled back', why });
      this.#guarded(() => ledger.commit(() => ledger.meta.set('rolledBack', why)));
      return this.#openOffered();
    }
    if (meaning !== 'moved') return;
    this.#openOffered();
    if (this.#ended) return;
    world.mark?.('after-acknowledge-write');
    this.#stalls = 0;
    this.#rest();
    if (!wasOpen) {
      // The first one may have overtaken the birth, and was then ignored as of another session.
      this.#sayTaken();
      joined();
    }
    tell({ is: 'acknowledged', through: ack.through, unsent: this.#lane.unsent() });
    this.#noteLost(ack.through);
    this.wake();
  }

  // What was pruned cannot be told again: people have to know until the portal goes on without it.
  #noteLost(through: number): void {
    const { meta, upLog } = this.#parts.ledger;
    const lost = this.#lane.lost();
    if (lost === (meta.get('portalLacks') ?? 0)) return;
    meta.later('portalLacks', lost);
    const keptFrom = upLog.prunedThrough() + 1;
    if (lost > 0) this.#parts.tell({ is: 'log pruned', through, keptFrom });
  }

  #heardWords(frame: Payload<'logDown'>): void {
    const { ledger, world, moved, told } = this.#parts;
    if (frame.session !== this.#session) return;
    this.#parts.reached();
    world.mark?.('before-down-commit');
    const taken = this.#guarded(() => takeWords(ledger, frame));
    if (taken === undefined) return;
    world.mark?.('after-down-commit');
    ledger.clock.heardSigned(Math.max(...frame.entries.map(({ at }) => at)));
    if (taken.intake.is === 'refused') this.#refuse('log/down', taken.intake.why);
    // Also when nothing was taken: a portal that has lost its place learns from it where this device stands.
    this.#sayTaken();
    for (const transactionId of taken.moved) moved(transactionId);
    for (const news of taken.told) told(news);
    this.wake();
  }

  // Taken in anew or again, a document holds from here on.
  #taken(document: Desired): boolean {
    const { wishes, wished } = this.#parts;
    const { kind } = document;
    const taken = this.#guarded(() => wishes.take(document));
    if (taken === undefined) return false;
    if (taken.is === 'refused') {
      this.#refuse(`desired/${kind}`, taken.why);
      return false;
    }
    if (taken.isNew) {
      this.#parts.tell({ is: 'document taken', kind, version: document.version });
      wished(kind);
      this.report();
    }
    return true;
  }

  // Nothing that was signed with other keys has been heard, so all of it is asked for again.
  #heardTrust(document: DesiredTrust): void {
    if (!this.#taken(document)) return;
    const { trust, tell } = this.#parts;
    const followed = this.#guarded(() => trust.follow(document.body.keySets));
    if (followed === undefined) return this.#leave('the storage refused the keys', 'in a while');
    if (followed === 'in force') return;
    if (followed !== 'changed') return this.#refuse('desired/trust', followed.why);
    tell({ is: 'keys followed', version: trust.version() });
    this.#leave('the portal has other keys, which this device follows', 'anew');
  }

  #heardWish(document: DesiredDevice): void {
    if (!this.#taken(document)) return;
    this.#offered = document.body.log?.epoch;
    this.#openOffered();
  }

  // What has to be told again is what the portal lacks, and that its first acknowledgement says.
  #openOffered(): void {
    const epoch = this.#offered;
    if (epoch === undefined || !this.#acknowledged) return;
    const opened = this.#guarded(() => openEpoch(this.#parts.ledger, epoch));
    // The document is retained: another session hears it again.
    if (opened === undefined) return this.#leave('the storage refused a new epoch', 'in a while');
    if (!opened) return;
    this.#parts.tell({ is: 'epoch opened', epoch });
    this.#leave('a new epoch begins with a new session', 'anew');
  }

  #sayTaken(): void {
    const { epoch, seq, hash } = this.#parts.ledger.downLog.head();
    this.#say('logDownAck', { session: this.#session, epoch, through: seq, hash });
  }

  #say<M extends MessageName>(
    name: M,
    payload: Payload<M>,
    taken: () => void = () => undefined,
  ): boolean {
    const row = messages[name];
    if (row.channel === 'register/req' || row.channel === 'register/res') return false;
    let left = true;
    this.#broker.publish(
      {
        topic: this.#topic(row.channel),
        payload: JSON.stringify(payload),
        qos: row.qos,
        retained: row.retained,
      },
      (fault) => {
        if (fault === undefined) taken();
        else left = false;
      },
    );
    return left;
  }

  #topic(channel: Channel): string {
    return topicOf({ is: 'device', subject: this.#parts.subject, channel });
  }

  // Once it runs, new facts do not put it off: a busy shop would never notice that nobody acknowledges.
  #watch(): void {
    const { world, settings, tell } = this.#parts;
    this.#callOffStall ??= world.clock.after(settings['link.ackWithinMs'], () => {
      this.#rest();
      this.#stalls += 1;
      tell({ is: 'silent', what: 'log' });
      if (this.#stalls >= stallsMax)
        return this.#leave('the portal does not acknowledge', 'in a while');
      this.#broker.ping();
      this.#lane.goBack();
      this.wake();
    });
  }

  #rest(): void {
    this.#callOffStall?.();
    this.#callOffStall = undefined;
  }

  // Nothing is said any more: the connection goes on for a moment, the session does not.
  #leave(why: string, how: 'anew' | 'in a while'): void {
    this.end();
    this.#parts.leave(why, how);
  }

  /** Says what the device is and runs now. */
  report(): void {
    if (this.#born && !this.#ended) this.#say('reported', this.#parts.reported());
  }

  #refuse(channel: Channel | 'elsewhere', why: string): void {
    this.#parts.tell({ is: 'message refused', channel, why });
    const kind = desiredKinds.find((each) => channel === `desired/${each}`);
    if (kind !== undefined && this.#parts.wishes.refuse(kind, why)) this.report();
  }

  // The storage refused: nothing is acknowledged, so the portal sends it again; the pen tells of the trouble.
  #guarded<R>(write: () => R): R | undefined {
    try {
      return write();
    } catch (error) {
      const fault = error instanceof StartFault ? error.code : storageFaultOf(error);
      if (fault === undefined) throw error;
      this.#parts.tell({ is: 'message refused', channel: 'log/down', why: `storage is ${fault}` });
      return undefined;
    }
  }
}

/** The presence of a session, also as its last will. */
export const presenceOf = (
  state: 'online' | 'offline',
  session: number,
  bootId: string,
): Payload<'presence'> => ({ state, session, bootId, agentVersion: release.version });
