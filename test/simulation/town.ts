/**
 * The town: one shop, its reader, its line and its portal, all in virtual time. The agent is the real one,
 * on real SQLite in memory; killing it keeps what was committed and forgets everything else.
 */
import { startAgent, type Agent } from '../../agent/agent.ts';
import type { EventName } from '../../agent/diagnostics/events.ts';
import { openSqlite, type Sqlite } from '../../agent/ledger/sqlite.ts';
import { effective, valuesOf, type Settings } from '../../config/index.ts';
import { protocols } from '../../drivers/index.ts';
import { openHost, type Host } from '../../simulator/portal/host.ts';
import { portalKeys, type PortalKeys } from '../../simulator/portal/keys.ts';
import { ownClock, type OwnClock } from '../../agent/own-clock.ts';
import { startPortal, type Portal } from '../../simulator/portal/portal.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import {
  simulateMagtekSerialLine,
  type SimulatedMagtek,
} from '../../simulator/readers/magtek-serial-line.ts';
import { stringWire, type Wire } from '../../simulator/readers/wire.ts';
import { bytesOf } from '../../drivers/index.ts';
import { virtualBroker, type VirtualBroker } from '../../simulator/world/broker.ts';
import { virtualClock, type VirtualClock } from '../../simulator/world/clock.ts';
import { seededDice, type SeededDice } from '../../simulator/world/dice.ts';

export const townSubject = { clientId: 'town', deviceId: 'till-1' } as const;

/** What the seed decides of a town before anything happens in it. */
export interface TownPlan {
  readonly loses: number;
  readonly repeats: number;
  readonly latencyMsMax: number;
  readonly afterUnknown: boolean;
  readonly countLimit: number;
}

/** Bytes free while the disk is in order. */
const roomyBytes = 1_000_000_000;

export class Town {
  readonly clock: VirtualClock = virtualClock();
  readonly dice: SeededDice;
  readonly broker: VirtualBroker;
  readonly wire: Wire<SimulatedMagtek>;
  /** What happened, a line each; the story of a seed that failed. */
  readonly story: string[] = [];
  /** How often each log event was seen, by name and state. */
  readonly reached = new Map<string, number>();
  readonly #plan: TownPlan;
  readonly #keys: PortalKeys;
  readonly #host: Host;
  #portal: Portal | undefined;
  #agent: Agent | undefined;
  #agentClock: OwnClock | undefined;
  #database: Sqlite | undefined;
  #boots = 1;
  /** Set while the agent is to be offered cards. */
  willingCustomer = true;

  constructor(seed: number, plan: TownPlan) {
    this.#plan = plan;
    this.dice = seededDice(seed);
    this.broker = virtualBroker(this.clock, this.dice.fork('broker'), plan);
    const keyDice = this.dice.fork('keys');
    this.#keys = portalKeys({ signing: keyDice.bytes(32), sealing: keyDice.bytes(32) });
    this.#host = openHost({ database: ':memory:', clock: this.clock });
    this.wire = stringWire(
      (send) => simulateMagtekSerialLine({ timers: this.clock }, send),
      { delimiter: bytesOf('\r'), lineBytesMax: 2_048 },
      this.clock,
    );
  }

  get agent(): Agent {
    if (this.#agent === undefined) throw new Error('The agent does not run.');
    return this.#agent;
  }

  get portal(): Portal {
    if (this.#portal === undefined) throw new Error('The portal does not run.');
    return this.#portal;
  }

  get database(): Sqlite {
    if (this.#database === undefined) throw new Error('There is no ledger yet.');
    return this.#database;
  }

  get isAgentUp(): boolean {
    return this.#agent !== undefined;
  }

  startPortal(image?: Uint8Array): void {
    const dice = this.dice.fork(`portal ${this.clock.monotonicMs()}`);
    this.#portal = startPortal({
      world: { clock: this.clock, dice, bootId: 'portal', freeBytes: () => roomyBytes },
      dial: this.broker.dialAs('portal'),
      brokerUrl: 'virtual',
      keys: this.#keys,
      database: ':memory:',
      host: this.#host,
      ...(image === undefined ? {} : { image }),
    });
  }

  /** Stops the portal and starts it again with what it had stored. */
  restartPortal(): void {
    const image = this.portal.snapshot();
    this.portal.stop();
    this.startPortal(image);
  }

  async startAgent(): Promise<void> {
    const image = this.#database?.serialize();
    this.#database?.close();
    // Whoever is dead does nothing any more, whatever still reaches it.
    const life = ownClock(this.clock, (then) => {
      if (life === this.#agentClock) then();
    });
    this.#agentClock = life;
    const world = {
      clock: life,
      dice: this.dice.fork(`agent ${this.#boots} ${this.clock.monotonicMs()}`),
      bootId: `boot-${this.#boots}`,
      freeBytes: () => roomyBytes,
    };
    this.#agent = await startAgent({
      world,
      settings: this.#settings(),
      settingsFrom: defaultsOf(this.#settings()),
      identity: {
        subject: townSubject,
        pinned: [this.#keys.signing],
        sealing: this.#keys.sealing,
        tls: {},
        localKey: 'unused',
        velocityKey: new Uint8Array(32).fill(7),
      },
      log: (event, fields) => {
        if (life === this.#agentClock) this.#hear(event, fields);
      },
      dial: (settings, hear) =>
        this.broker.dialAs('till')(settings, (event) => {
          if (life === this.#agentClock) hear(event);
        }),
      openDatabase: () => (this.#database = openSqlite(':memory:', image)),
      openReaderOn: ({ protocol }) => ({
        openReader: protocols[protocol as 'magtek-serial-line'].openReader,
        openLine: (hear) =>
          this.wire.open((event) => {
            if (life === this.#agentClock) hear(event);
          }),
      }),
    });
  }

  /** Kills the agent: its timers are gone, its connection drops, its memory is forgotten. */
  killAgent(kind: 'process' | 'power'): void {
    this.#agentClock?.callOffAll();
    this.#agentClock = undefined;
    this.#agent = undefined;
    this.broker.cut('till');
    this.broker.mend('till');
    this.wire.unplug();
    this.wire.replug();
    if (kind === 'power') this.#boots += 1;
  }

  tell(line: string): void {
    this.story.push(`${String(this.clock.monotonicMs()).padStart(9)}  ${line}`);
  }

  host() {
    return this.#host.totals();
  }

  #hear(event: EventName, fields: object): void {
    const told: { state?: string; reason?: string } = fields;
    const key = [event, told.state, told.reason].filter((part) => part !== undefined).join(' ');
    this.reached.set(key, (this.reached.get(key) ?? 0) + 1);
    this.tell(`${event} ${JSON.stringify(fields)}`);
    if (event !== 'payment.prompt' || !this.willingCustomer) return;
    this.clock.after(50 + this.dice.below(3_000), () => this.wire.reader.swipe(testCards.visa));
  }

  #settings(): Settings {
    const read = valuesOf({
      link: { brokerUrl: 'mqtts://virtual', firstConnectWithinMs: 1_000 },
      readers: [{ id: 'counter', protocol: 'magtek-serial-line', path: 'virtual' }],
      offline: {
        enabled: true,
        afterUnknown: this.#plan.afterUnknown,
        entryModes: ['stripe'],
        cardVelocity: 1_000,
        countLimit: this.#plan.countLimit,
        duplicateWindowSeconds: 0,
      },
    });
    if ('why' in read) throw new Error(read.why);
    const settings = effective(read.values, new Map());
    if (!settings.ok) throw new Error(settings.why);
    return settings.settings;
  }
}

const defaultsOf = (settings: Settings) =>
  Object.fromEntries(Object.keys(settings).map((name) => [name, 'default'])) as Record<
    keyof Settings,
    'default'
  >;
