/**
 * The link: keeps one session with the portal, and dials another when it ends. The only reconnect loop
 * there is.
 */
import {
  subjectName,
  topicOf,
  type DesiredKind,
  type HostAnswer,
  type MoneyKind,
  type Payload,
  type Subject,
} from '../../contract/index.ts';
import type { Settings } from '../../config/index.ts';
import type { BatchNews } from '../batches/news.ts';
import type { PortalTrust } from '../identity/portal-trust.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { storageFaultOf } from '../ledger/sqlite.ts';
import type { HostLine, HostReply, MoneyBody } from '../payments/host-line.ts';
import type { World } from '../world.ts';
import { afterEnd, freshBackoff, type Backoff } from './backoff.ts';
import type { BrokerEvent, BrokerSession, Dial, TlsFiles } from './broker.ts';
import { Conversation, presenceOf } from './conversation.ts';
import { Takeovers, cloneWaitMs } from './takeovers.ts';
import { isAboutCertificate } from './trial.ts';
import { liveExchange, type LiveExchange } from './live-exchange.ts';
import type { LinkState, LinkStatus } from './link-status.ts';
import type { LinkNews } from './news.ts';
import type { Wishes } from './wishes.ts';

/** Sessions in a row that may follow each other at once. */
const anewMax = 3;

/** MQTT 5 §3.14.2.1: the session was taken over by another connection. */
const sessionTakenOver = 0x8e;

export interface LinkParts {
  readonly subject: Subject;
  readonly world: World;
  readonly settings: Settings;
  readonly ledger: Ledger;
  readonly dial: Dial;
  /** What the next connection shows. */
  readonly tls: () => TlsFiles;
  readonly trust: PortalTrust;
  readonly reported: () => Payload<'reported'>;
  readonly tell: (news: LinkNews) => void;
  readonly moved: (transactionId: string) => void;
  readonly told: (news: BatchNews) => void;
  /** The portal said what time it is. */
  readonly heardTime: (portalMs: number) => void;
  readonly late: (answer: HostAnswer) => void;
  readonly wishes: Wishes;
  readonly wished: (kind: DesiredKind) => void;
  /** The broker does not want what it was shown. */
  readonly unwanted: (why: string) => void;
  /** The shortest wait before the next connection, ms: a device that was revoked need not hurry. */
  readonly patience: () => number;
}

export interface Link extends HostLine {
  start(): void;
  /** Ends the session in order; resolves when the broker has been told. */
  stop(): Promise<void>;
  status(): LinkStatus;
  connectNow(): void;
  /** Ends the session in order, and begins another at once with the settings as they are now. */
  beginAnew(): void;
  /** Says again what the device is and runs, where somebody can hear it. */
  report(): void;
  unsent(): number;
}

export const linkOf = (parts: LinkParts): Link => new PortalLink(parts);

class PortalLink implements Link {
  readonly #parts: LinkParts;
  readonly #live: LiveExchange;
  #state: LinkState = 'unconfigured';
  #broker: BrokerSession | undefined;
  #conversation: Conversation | undefined;
  #backoff: Backoff = freshBackoff;
  #doubtful = false;
  #protocolVersion: 4 | 5 | undefined;
  #connectedAt: number | undefined;
  #lastFault: string | undefined;
  #anew = false;
  readonly #takeovers = new Takeovers();
  #wasOnline = false;
  #retryAt = 0;
  #callOffRetry: () => void = () => undefined;
  #stopped: (() => void) | undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#live = liveExchange({
      world: parts.world,
      answerWithinMs: () => parts.settings['host.answerWithinMs'],
      send: (request) => this.#conversation?.ask(request) ?? false,
      silent: () => {
        this.#doubtful = true;
        parts.tell({ is: 'silent', what: 'live' });
      },
      late: parts.late,
    });
  }

  start(): void {
    const { settings, world } = this.#parts;
    if (settings['link.brokerUrl'] === '') return;
    this.#wait(Math.round(settings['link.firstConnectWithinMs'] * world.dice.fraction()));
  }

  stop(): Promise<void> {
    this.#callOffRetry();
    const broker = this.#broker;
    if (broker === undefined) {
      this.#enter('stopped');
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const others = this.#stopped;
      this.#stopped = () => {
        others?.();
        resolve();
      };
      this.#conversation?.bye();
      broker.close('gracefully');
    });
  }

  status(): LinkStatus {
    return {
      state: this.#state,
      doubtful: this.#doubtful,
      cloneSuspected: this.#isClonedNow(),
      session: this.#parts.ledger.meta.get('session') ?? 0,
      ...(this.#protocolVersion === undefined ? {} : { protocolVersion: this.#protocolVersion }),
      ...(this.#lastFault === undefined ? {} : { lastFault: this.#lastFault }),
      ...(this.#state === 'waiting'
        ? { retryInMs: Math.max(0, this.#retryAt - this.#parts.world.clock.monotonicMs()) }
        : {}),
    };
  }

  connectNow(): void {
    if (this.#state === 'waiting') {
      this.#callOffRetry();
      this.#connect();
    } else {
      this.wake();
    }
  }

  beginAnew(): void {
    this.#backoff = freshBackoff;
    const broker = this.#broker;
    if (broker !== undefined) {
      this.#anew = true;
      this.#conversation?.bye();
      broker.close(this.#state === 'connecting' ? 'at once' : 'gracefully');
    } else if (this.#parts.settings['link.brokerUrl'] !== '' && this.#stopped === undefined) {
      this.#callOffRetry();
      this.#connect();
    }
  }

  report(): void {
    this.#conversation?.report();
  }

  canAsk(): boolean {
    return this.#conversation?.isOpen() === true && !this.#doubtful;
  }

  ask(kind: MoneyKind, body: MoneyBody, done: (reply: HostReply) => void): void {
    this.#live.ask(kind, body, done);
  }

  wake(): void {
    this.#conversation?.wake();
  }

  unsent(): number {
    const { upLog, meta } = this.#parts.ledger;
    return this.#conversation?.unsent() ?? upLog.head().seq - (meta.get('acknowledged') ?? 0);
  }

  #connect(): void {
    const session = this.#nextSession();
    if (session === undefined) {
      this.#wait(this.#parts.settings['link.reconnectFromMs']);
      return;
    }
    const { settings, subject, dial, world } = this.#parts;
    const url = settings['link.brokerUrl'];
    this.#enter('connecting');
    const broker = dial(
      {
        url,
        clientId: subjectName(subject),
        keepaliveSeconds: settings['link.keepaliveSeconds'],
        connectWithinMs: settings['link.connectWithinMs'],
        // mqtt.js would speak TLS to an mqtt:// broker too once it holds a certificate.
        ...(url.startsWith('mqtts:') ? { tls: this.#parts.tls() } : {}),
        will: {
          topic: topicOf({ is: 'device', subject, channel: 'presence' }),
          payload: JSON.stringify(presenceOf('offline', session, world.bootId)),
        },
      },
      (event) => {
        if (broker === this.#broker) this.#heardBroker(event);
      },
    );
    this.#broker = broker;
    this.#conversation = new Conversation(this.#conversationParts(), broker, session);
  }

  // Stored before CONNECT, so that no number is ever used twice; it stands in the will too.
  #nextSession(): number | undefined {
    const { ledger } = this.#parts;
    const session = (ledger.meta.get('session') ?? 0) + 1;
    try {
      ledger.commit(() => {
        ledger.meta.set('session', session);
        ledger.published.sessionBegins();
      });
      return session;
    } catch (error) {
      const fault = storageFaultOf(error);
      if (fault === undefined) throw error;
      this.#lastFault = `the session number cannot be stored: storage is ${fault}`;
      return undefined;
    }
  }

  #conversationParts() {
    const { world, ledger } = this.#parts;
    // A sign of life is what belongs to this session or answers a request: anything else may be a replay.
    const reached = () => {
      this.#doubtful = false;
      ledger.meta.later('portalReachedAt', ledger.elapsed.now());
    };
    return {
      ...this.#parts,
      reached,
      joined: () => {
        this.#wasOnline = true;
        this.#enter('online');
      },
      // A ledger that was put back is older than its last sessions; one that has just had one is not.
      overtaken: (bootId: string) => {
        if (this.#wasOnline || bootId !== world.bootId) this.#noteTakeover();
      },
      answered: (response: Payload<'liveResponse'>) => {
        if (this.#live.heard(response)) reached();
      },
      leave: (why: string, how: 'anew' | 'in a while') => {
        this.#lastFault = why;
        this.#anew = how === 'anew';
        const broker = this.#broker;
        // Not from within the session's own call: whoever is on the stack still uses it.
        world.clock.after(0, () => {
          if (broker === this.#broker) broker?.close('at once');
        });
      },
    };
  }

  #heardBroker(event: BrokerEvent): void {
    switch (event.is) {
      case 'connected':
        this.#connectedAt = this.#parts.world.clock.monotonicMs();
        this.#protocolVersion = event.protocolVersion;
        this.#enter('joining');
        this.#conversation?.begin();
        return;
      case 'heard':
        this.#conversation?.heard(event.topic, event.payload, event.retained);
        return;
      case 'closed':
        this.#ended(event);
        return;
    }
  }

  #ended({ why, code }: Extract<BrokerEvent, { is: 'closed' }>): void {
    const { world, settings } = this.#parts;
    this.#conversation?.end();
    this.#conversation = undefined;
    this.#parts.ledger.published.sessionEnds();
    this.#broker = undefined;
    this.#live.cut();
    if (this.#stopped !== undefined) {
      this.#enter('stopped');
      this.#stopped();
      return;
    }
    const anew = this.#anew;
    this.#anew = false;
    if (why !== 'closed here') this.#lastFault = why;
    const lastedMs =
      this.#connectedAt === undefined ? 0 : world.clock.monotonicMs() - this.#connectedAt;
    this.#connectedAt = undefined;
    if (code === sessionTakenOver) this.#noteTakeover();
    if (isAboutCertificate(why, code)) this.#parts.unwanted(why);
    const limits = {
      fromMs: settings['link.reconnectFromMs'],
      upToMs: settings['link.reconnectUpToMs'],
      stableAfterMs: settings['link.stableAfterMs'],
    };
    const ended = { lastedMs, ...(code === undefined ? {} : { code }) };
    const { waitMs, then } = afterEnd(this.#backoff, ended, limits, world.dice.fraction());
    this.#backoff = then;
    const least = this.#isClonedNow() ? cloneWaitMs : this.#parts.patience();
    this.#wait(Math.max(least, anew && then.failures <= anewMax ? 0 : waitMs));
  }

  #noteTakeover(): void {
    if (!this.#takeovers.note(this.#parts.world.clock.monotonicMs())) return;
    this.#parts.tell({ is: 'clone suspected' });
  }

  #isClonedNow(): boolean {
    return this.#takeovers.isSuspicious(this.#parts.world.clock.monotonicMs());
  }

  #wait(ms: number): void {
    const { clock } = this.#parts.world;
    this.#retryAt = clock.monotonicMs() + ms;
    this.#enter('waiting', ms);
    this.#callOffRetry = clock.after(ms, () => this.#connect());
  }

  #enter(state: LinkState, waitMs?: number): void {
    this.#state = state;
    this.#parts.tell({
      is: 'state',
      state,
      ...(this.#lastFault === undefined || state === 'online' ? {} : { why: this.#lastFault }),
      ...(waitMs === undefined ? {} : { waitMs }),
    });
  }
}
