/** A link over a real ledger, with a scripted broker and a portal that says what a test lets it say. */
import {
  topicOf,
  type Ack,
  type Channel,
  type DesiredKind,
  type Frame,
  type HostAnswer,
  type LiveResponse,
  type PortalKeys,
} from '../../contract/index.ts';
import { effective, settings, type SettingName, type Settings } from '../../config/index.ts';
import { clerkOf, type Clerk } from '../../agent/batches/closing.ts';
import type { BatchNews } from '../../agent/batches/news.ts';
import { signerOf } from '../../agent/identity/jws.ts';
import { portalTrust } from '../../agent/identity/portal-trust.ts';
import { privateKeyOf, rawPublicOf } from '../../agent/identity/raw-keys.ts';
import { linkOf, type Link } from '../../agent/portal/link.ts';
import type { LinkNews } from '../../agent/portal/news.ts';
import { Wishes } from '../../agent/portal/wishes.ts';
import type { Static } from 'typebox';
import { orderOf, sealedCard, subject } from '../fixtures/payments.ts';
import { openedLedger, store, type OpenedLedger } from './open-ledger.ts';
import { quietWorld, type QuietWorld } from './quiet-world.ts';
import { ScriptedBroker, type ScriptedSession } from './scripted-broker.ts';

const seed = new Uint8Array(32).fill(7);
const strangerSeed = new Uint8Array(32).fill(8);
const keyId = 'portal-1';
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** Signs as the portal does with its first keys. */
export const portalSigner = signerOf(keyId, seed);

/** The key set the device begins with. */
export const firstKeys: PortalKeys = {
  version: 1,
  signing: [{ keyId, key: base64(rawPublicOf(privateKeyOf('ed25519', seed))) }],
  sealing: { keyId: 'seal-1', key: base64(new Uint8Array(32).fill(9)) },
};

/** Settings with what a test wants different. */
export const settingsWith = (differently: Readonly<Record<string, unknown>>): Settings => {
  const said = Object.entries(differently);
  const isPortals = (name: string) => settings[name as SettingName].setBy === 'portal';
  const outcome = effective({
    client: new Map(said.filter(([name]) => isPortals(name))),
    file: new Map(said.filter(([name]) => !isPortals(name))),
  });
  if (!outcome.ok) throw new Error(outcome.why);
  return outcome.settings;
};

export const linkSettings = {
  'link.brokerUrl': 'mqtts://broker.example:8883',
  'link.firstConnectWithinMs': 0,
};

/** How a message of the portal may differ from an honest one. */
export interface Oddly {
  readonly retained?: boolean;
  readonly typ?: string;
  readonly sub?: string;
  readonly signedBy?: 'portal' | 'stranger';
}

export const topic = (channel: Channel): string => topicOf({ is: 'device', subject, channel });

export class LinkedLedger {
  readonly world: QuietWorld;
  readonly opened: OpenedLedger;
  readonly broker: ScriptedBroker;
  readonly link: Link;
  readonly news: LinkNews[] = [];
  readonly moved: string[] = [];
  readonly batchNews: BatchNews[] = [];
  /** Closes batches, as the agent's does: told by the link of words and of where it stands. */
  readonly clerk: Clerk;
  readonly late: HostAnswer[] = [];
  /** Key sets the device followed, and the kinds of documents it acted on. */
  readonly keptKeys: PortalKeys[] = [];
  keepKeys: (keys: PortalKeys) => void = (keys) => void this.keptKeys.push(keys);
  readonly wished: DesiredKind[] = [];
  readonly wishes: Wishes;
  /** Why the broker did not want the certificate; and how long the link is to wait at least. */
  readonly unwanted: string[] = [];
  patienceMs = 0;
  /** The session number in the database in the moment of each dialling. */
  readonly storedWhenDialled: unknown[] = [];

  constructor(
    differently: Readonly<Record<string, unknown>> = {},
    world: QuietWorld = quietWorld(),
    opened: OpenedLedger = openedLedger(world),
  ) {
    this.world = world;
    this.opened = opened;
    const { ledger, db } = opened;
    const sessionStored = db.prepare("SELECT value FROM meta WHERE name = 'session'").pluck();
    this.broker = new ScriptedBroker(world.clock, () =>
      this.storedWhenDialled.push(sessionStored.get()),
    );
    const settings = settingsWith({ ...linkSettings, ...differently });
    this.clerk = clerkOf({
      ...{ ledger, world, settings, wake: () => this.link.wake() },
      online: () => this.link.status().state === 'online',
      tell: (news) => this.batchNews.push(news),
    });
    this.wishes = new Wishes(ledger, subject);
    this.link = linkOf({
      ...{ subject, world, ledger, settings },
      dial: this.broker.dial,
      trust: portalTrust(firstKeys, (keys) => this.keepKeys(keys)),
      wishes: this.wishes,
      wished: (kind) => this.wished.push(kind),
      tls: () => ({}),
      unwanted: (why) => this.unwanted.push(why),
      patience: () => this.patienceMs,
      reported: () => ({
        ...{ agentVersion: '0', clock: 'bounded', epoch: 1, readers: [] },
        queue: { unsent: 0, undecided: 0 },
      }),
      tell: (news) => {
        this.news.push(news);
        if (news.is === 'state') this.clerk.look();
      },
      moved: (transactionId) => {
        this.moved.push(transactionId);
        this.clerk.look();
      },
      told: (news) => this.clerk.heard(news),
      heardTime: (portalMs) => ledger.clock.heardTime(portalMs),
      late: (answer) => this.late.push(answer),
    });
  }

  get session(): ScriptedSession {
    return this.broker.last();
  }

  /** The number of the session that is under way. */
  get number(): number {
    return this.opened.ledger.meta.get('session') ?? 0;
  }

  /** Dials, connects and joins, up to where the portal would speak first. */
  connect(): ScriptedSession {
    if (this.broker.sessions.length === 0) this.link.start();
    this.world.clock.advance(0);
    this.session.connect();
    this.world.clock.advance(5);
    return this.session;
  }

  /** Connects, and the portal acknowledges all there is. */
  join(): ScriptedSession {
    const session = this.connect();
    this.ack(this.opened.ledger.upLog.head().seq);
    return session;
  }

  /** The portal says something, signed, on a channel. */
  say(channel: Channel, payload: unknown, odd: Oddly = {}): void {
    const signer = signerOf(keyId, odd.signedBy === 'stranger' ? strangerSeed : seed);
    const { clientId, deviceId } = subject;
    const addressed = { typ: odd.typ ?? channel, sub: odd.sub ?? `${clientId}/${deviceId}` };
    this.session.deliver(topic(channel), signer(payload, addressed), odd.retained);
  }

  /** The portal has committed everything through this number. */
  ack(through: number, differently: Partial<Static<typeof Ack>> = {}): void {
    const { upLog } = this.opened.ledger;
    const { epoch } = upLog.head();
    const hash = upLog.hashAt(through) ?? '0'.repeat(64);
    this.say('log/up/ack', { session: this.number, epoch, through, hash, ...differently });
  }

  words(frame: Frame): void {
    this.say('log/down', frame);
  }

  answer(response: LiveResponse): void {
    this.say('live/res', response);
  }

  /** The portal wants another epoch of the log. */
  wish(epoch: number, odd: Oddly & { readonly deviceId?: string } = {}): void {
    const { deviceId = subject.deviceId } = odd;
    const document = {
      ...{ kind: 'device', version: 1, issuedAt: 0, body: { log: { epoch } } },
      subject: { clientId: subject.clientId, deviceId },
    };
    this.say('desired/device', document, odd);
  }

  told<I extends LinkNews['is']>(is: I): Extract<LinkNews, { is: I }>[] {
    return this.news.filter((each): each is Extract<LinkNews, { is: I }> => each.is === is);
  }
}

/** A link over a ledger with one stored sale in it: two facts to tell. */
export const linked = (differently: Readonly<Record<string, unknown>> = {}): LinkedLedger => {
  const all = new LinkedLedger(differently);
  store(all.opened.ledger, orderOf(1), 1, sealedCard(1));
  return all;
};
