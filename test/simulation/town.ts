/**
 * The town: one shop with its tills and readers, its line and its portal, all in virtual time. The agent is
 * the real one, on real SQLite in memory; whatever ends it, what was committed stays and nothing else does.
 */
import type { DeviceStatus, PortalKeys as PublicKeys } from '../../contract/index.ts';
import { startAgent, type Agent } from '../../agent/agent.ts';
import { Credentials } from '../../agent/identity/credentials.ts';
import { portalTrust } from '../../agent/identity/portal-trust.ts';
import { wrappingKeyFrom } from '../../agent/identity/wrapping-key.ts';
import type { EventName } from '../../agent/diagnostics/events.ts';
import { ownClock, type OwnClock } from '../../agent/own-clock.ts';
import { LedgerFault, ledgerFaultOf } from '../../agent/ledger/open.ts';
import { protocols } from '../../drivers/index.ts';
import { openHost, type Host } from '../../simulator/portal/host.ts';
import { portalKeys, portalKeysFile, type PortalKeys } from '../../simulator/portal/keys.ts';
import type { PortalEvent } from '../../simulator/portal/events.ts';
import { startPortal, type Portal } from '../../simulator/portal/portal.ts';
import { virtualBroker, type VirtualBroker } from '../../simulator/world/broker.ts';
import { virtualClock, type VirtualClock } from '../../simulator/world/clock.ts';
import { seededDice, type SeededDice } from '../../simulator/world/dice.ts';
import type { FatalPoint } from '../../agent/durability.ts';
import { Fuse } from '../../simulator/world/fuse.ts';
import { PowerCut, VirtualDisk } from '../../simulator/world/disk.ts';
import { VirtualMachine } from '../../simulator/world/machine.ts';
import { Answers } from './answers.ts';
import { offerCard, type Plea } from './customer.ts';
import { wireOf, type TownWire } from './town-wire.ts';
import type { Plan } from './plan.ts';
import { configuredBy, shelfOf } from '../rigs/configuration.ts';
import { layersFor, townBrokerUrl } from './settings.ts';
import { Story } from './story.ts';
import { Till } from './till.ts';

export const townSubject = { clientId: 'town', deviceId: 'till-1' } as const;
const portalBytes = 1_000_000_000;

/** What a customer holds a card out for. */
const isPlea = (prompt: string | undefined): prompt is Plea =>
  prompt === 'present_card' || prompt === 'try_again' || prompt === 'use_stripe';

export class Town {
  readonly plan: Plan;
  readonly dice: SeededDice;
  readonly clock: VirtualClock = virtualClock();
  readonly machine: VirtualMachine;
  readonly disk = new VirtualDisk();
  readonly fuse: Fuse;
  readonly broker: VirtualBroker;
  readonly wires = new Map<string, TownWire>();
  readonly till = new Till();
  readonly answers = new Answers();
  readonly story: Story;
  /** What was found wrong so far. */
  readonly wrong: string[] = [];
  /** Transactions that an older ledger does not know, or knows differently. */
  readonly forgotten = new Set<string>();
  /** Originals of follow-ups an older ledger does not know: the host carried them out all the same. */
  readonly orphaned = new Set<string>();
  /** What somebody changed at the portal: the device hears of it later than the host. */
  readonly changed = new Set<string>();
  /** Approvals the portal had been told before the ledger forgot them: they stand. */
  readonly standing = new Set<string>();
  /** Copies of the ledger somebody made, the oldest first. */
  readonly copies: Uint8Array[] = [];
  readonly host: Host;
  #backup: Uint8Array | undefined;
  readonly #keys: PortalKeys;
  /** The file of the portal's keys, which outlives the agent. */
  #followedKeys: PublicKeys;
  /** The files the settings of the portal are kept in; what was written there stays. */
  readonly #shelf = shelfOf();
  #portal: Portal | undefined;
  #agent: Agent | undefined;
  #life: OwnClock | undefined;
  #lives = 0;

  /** `fatal`: where the power fails, the so-manieth time the agent comes by. */
  constructor(seed: number, plan: Plan, fatal?: FatalPoint) {
    this.plan = plan;
    this.fuse = new Fuse(fatal);
    this.dice = seededDice(seed);
    this.story = new Story(this.clock);
    this.machine = new VirtualMachine(this.clock, plan.driftPpm);
    const overtakes = plan.faults.has('topics overtake');
    this.broker = virtualBroker(this.clock, this.dice.fork('broker'), { ...plan, overtakes });
    this.broker.cut('nowhere');
    const keyDice = this.dice.fork('keys');
    this.#keys = portalKeys({ signing: keyDice.bytes(32), sealing: keyDice.bytes(32) });
    this.#followedKeys = portalKeysFile(this.#keys);
    this.host = openHost({ database: ':memory:', clock: this.clock });
    for (let number = 1; number <= plan.readers; number += 1) {
      const protocol = number <= (plan.chipReaders ?? 0) ? 'magtek-mms' : 'magtek-serial-line';
      this.wires.set(`counter-${number}`, wireOf(protocol, this.clock));
    }
  }

  get agent(): Agent | undefined {
    return this.#agent;
  }

  get portal(): Portal {
    if (this.#portal === undefined) throw new Error('The portal does not run.');
    return this.#portal;
  }

  /** Lets time pass for everybody; an agent whose power fails on the way is started again. */
  async pass(ms: number): Promise<void> {
    const until = this.clock.monotonicMs() + ms;
    do {
      await this.survive(() => this.clock.advance(Math.max(0, until - this.clock.monotonicMs())));
    } while (this.clock.monotonicMs() < until);
  }

  /** Does something that may reach the agent; when its power fails in it, starts it again. */
  async survive(act: () => void): Promise<void> {
    try {
      act();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.story.fault(`power is cut ${error.when}`);
      this.kill('power');
      await this.start();
    }
  }

  startPortal(image?: Uint8Array): void {
    const dice = this.dice.fork(`portal ${this.clock.monotonicMs()}`);
    this.#portal = startPortal({
      world: { clock: this.clock, dice, bootId: 'portal', freeBytes: () => portalBytes },
      dial: this.broker.dialAs('portal'),
      brokerUrl: 'virtual',
      keys: this.#keys,
      database: ':memory:',
      host: this.host,
      log: (event) => this.#hearPortal(event),
      ...(image === undefined ? {} : { image }),
    });
  }

  /** Stops the portal and starts it again with what it had stored. */
  restartPortal(): void {
    const { faults } = this.portal;
    const image = this.portal.snapshot();
    this.portal.stop();
    this.startPortal(image);
    for (const [name, arming] of Object.entries(faults.armed())) {
      this.portal.faults.arm(name as never, arming);
    }
  }

  backUpPortal(): void {
    this.#backup = this.portal.snapshot();
  }

  /** Puts the portal back to its last backup; the issuer's host knows of no such thing. */
  restorePortal(): void {
    if (this.#backup === undefined) return;
    this.story.reach('recovery: the portal is older than it was');
    this.portal.restore(this.#backup);
  }

  /** Whether a batch may honestly be disagreed about: records were lost on one side, or forgotten. */
  mayDisagree(): boolean {
    const { faults } = this.plan;
    return (
      faults.has('ledger is restored') ||
      faults.has('portal is restored') ||
      this.story.reached.has('fault: lose_record')
    );
  }

  copyLedger(): void {
    if (this.#agent !== undefined) this.copies.push(this.disk.copy());
  }

  /** Somebody at the portal lets a device go on whose ledger was restored. */
  openEpoch(): void {
    if (this.#agent?.shop.ledger.meta.get('rolledBack') === undefined) return;
    this.portal.openEpoch(townSubject);
  }

  /** Somebody at the portal takes the device out of service, or lets it sell again. */
  setStatus(status: DeviceStatus): void {
    this.portal.registry.desired.amend(townSubject, { status });
  }

  /** Starts the agent, again when the power fails meanwhile; it stays down while the disk is full. */
  async start(): Promise<void> {
    this.#noteRecovery();
    for (;;) {
      try {
        this.#agent = await this.#startOnce();
        return;
      } catch (error) {
        const fault = ledgerFaultOf(error);
        const again = error instanceof PowerCut;
        if (!again && !(fault instanceof LedgerFault)) throw error;
        this.story.fault(again ? 'power is cut while it starts' : 'a start on a full disk');
        this.kill('power');
        if (!again) return;
      }
    }
  }

  /** Ends the agent: its timers are gone, its connection drops, its memory is forgotten. */
  kill(kind: 'process' | 'power'): void {
    this.#life?.callOffAll();
    this.#life = undefined;
    this.#agent = undefined;
    this.disk.close();
    this.broker.drop('till');
    for (const wire of this.wires.values()) wire.release();
    if (kind === 'power') this.#reboot();
  }

  #reboot(): void {
    this.machine.reboot();
    if (this.plan.faults.has('clock forgets')) this.machine.forgetTime();
  }

  /** Stops the agent as a service manager would; `meanwhile` is done before it has ended. */
  async stopInOrder(meanwhile: (agent: Agent) => void): Promise<void> {
    const agent = this.#agent;
    if (agent === undefined) return;
    let end: 'in order' | 'by a power cut' | undefined;
    const over = agent.stop().then(
      () => (end = 'in order'),
      (error: unknown) => {
        // What still runs of an agent that was killed meanwhile finds its ledger closed.
        const isDead = this.#agent !== agent;
        if (!isDead && !(error instanceof PowerCut)) throw error;
        end = 'by a power cut';
      },
    );
    meanwhile(agent);
    for (let seconds = 0; end === undefined && seconds < 300; seconds += 1) {
      await this.pass(1_000);
      if (this.#agent !== agent) return;
      await new Promise(setImmediate);
    }
    await over;
    this.story.fault(`the agent ended ${end ?? 'never'}`);
    this.kill('process');
    await this.start();
  }

  // Whoever is dead does not go on after what it waited for.
  #setClock(toMs: number, life: OwnClock): Promise<boolean> {
    const { clock } = this.machine;
    const may = !this.plan.faults.has('clock may not be set');
    if (may && life === this.#life) this.machine.jumpWall(toMs - clock.wallMs());
    return new Promise((resolve) => {
      queueMicrotask(() => {
        if (life === this.#life) resolve(may);
      });
    });
  }

  async #startOnce(): Promise<Agent> {
    this.#lives += 1;
    // Whoever is dead does nothing any more, whatever still reaches it.
    const life = ownClock(this.machine.clock, (then) => {
      if (life === this.#life) then();
    });
    const living =
      <A extends unknown[]>(then: (...given: A) => void) =>
      (...given: A) => {
        if (life === this.#life) then(...given);
      };
    this.#life = life;
    return startAgent({
      world: {
        clock: life,
        dice: this.dice.fork(`agent ${this.#lives}`),
        bootId: this.machine.bootId,
        setClock: (toMs) => this.#setClock(toMs, life),
        freeBytes: () => this.disk.freeBytes(),
        mark: living(this.fuse.mark),
      },
      configured: configuredBy(layersFor(this.plan, [...this.wires.keys()]), this.#shelf),
      identity: {
        subject: townSubject,
        trust: portalTrust(this.#followedKeys, (keys) => {
          this.#followedKeys = keys;
        }),
        credentials: new Credentials({}),
        localKey: 'unused',
        velocityKey: new Uint8Array(32).fill(7),
        wrappingKey: wrappingKeyFrom(new Uint8Array(32).fill(9)),
      },
      machine: { hostName: 'till', node: '20', arch: 'arm64' },
      log: living((event, fields) => this.#hear(event, fields)),
      dial: (to, hear) =>
        this.broker.dialAs(to.url === townBrokerUrl ? 'till' : 'nowhere')(to, living(hear)),
      openDatabase: () => this.disk.open(),
      hangingOf: ({ id }) => ({
        openReader: protocols[this.#wire(id).protocol].openReader,
        line: 'serial',
        openLine: (hear) => this.#wire(id).open(living(hear)),
      }),
    });
  }

  // What a start finds, and has to take to where it belongs.
  #noteRecovery(): void {
    for (const state of this.disk.openStates()) this.story.reach(`recovery: found ${state}`);
  }

  #wire(id: string): TownWire {
    const wire = this.wires.get(id);
    if (wire === undefined) throw new Error(`There is no wire ${id}.`);
    return wire;
  }

  #hear(event: EventName, fields: object): void {
    this.story.heard(event, fields);
    if (event === 'ledger.log_pruned') {
      if (this.#agent?.shop.faults().includes('log_pruned') === true)
        this.story.refused('log_pruned');
      else this.wrong.push('I5: the portal lacks what was pruned, and the agent says it is well');
    }
    const { transactionId, outcome, prompt } = fields as Record<string, string | undefined>;
    if (transactionId === undefined) return;
    // A step is told once it is durable, and a POS that waits has its answer in that moment.
    if (event === 'payment.step') {
      const type = this.#agent?.shop.ledger.transactions.find(transactionId)?.order.type;
      if (type !== undefined) this.wrong.push(...this.answers.tell(transactionId, type, outcome));
    }
    const life = this.#life;
    if (event !== 'payment.prompt' || !isPlea(prompt)) return;
    this.clock.after(50 + this.dice.below(3_000), () => {
      if (life !== this.#life || this.#agent === undefined) return;
      const { ledger } = this.#agent.shop;
      const found = ledger.transactions.find(transactionId);
      if (found?.payment.is !== 'awaiting_card') return;
      const readers =
        found.order.readerId ?? [...this.wires.keys()][this.dice.below(this.wires.size)];
      if (readers !== undefined) offerCard(this, this.#wire(readers), prompt);
    });
  }

  #hearPortal(event: PortalEvent): void {
    const { is, time: _, ...rest } = event;
    this.story.heard(`portal ${is}`, rest);
    if (is === 'portal.failed') this.wrong.push(`the portal failed: ${JSON.stringify(rest)}`);
    // Only what the portal has acknowledged is pruned, so only one that forgot can miss it.
    const hasForgotten = this.story.reached.has('recovery: the portal is older than it was');
    if (is === 'facts.pruned_before' && !hasForgotten)
      this.wrong.push(`I3: facts were pruned that the portal never had: ${JSON.stringify(rest)}`);
  }
}
