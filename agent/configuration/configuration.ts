/**
 * The configuration: takes versions of the settings from wanted to in force, whole or not at all, and never
 * while a transaction runs.
 *
 * What a version becomes is decided by the machine in `config/version.ts`; here its effects are carried out.
 * Whatever is written is written before anything works with it, and a storage that refuses is one more thing
 * to wait for.
 */
import {
  documentsOf,
  next,
  versionsOf,
  type Barrier,
  type Candidate,
  type Fault,
  type Generation,
  type Laid,
  type Proof,
  type VersionEffect,
  type VersionHappening,
  type VersionState,
} from '../../config/index.ts';
import type { ConfigurationOutcome, ConfigurationReport } from '../../contract/index.ts';
import { StartFault } from '../fault.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { storageFaultOf } from '../ledger/sqlite.ts';
import type { World } from '../world.ts';
import { barrierTo } from './barriers.ts';
import { candidateFrom, freshIn, keptIn, newestIn, wantedNext } from './candidate.ts';
import type { Generations } from './generations.ts';
import type { InForce } from './in-force.ts';
import { judgedBy, type Judge } from './judging.ts';
import { fittingOf } from './loading.ts';
import type { ConfigurationNews } from './news.ts';
import { previewOf, type Preview, type PreviewLayer } from './preview.ts';
import { reportOf } from './report.ts';
import { tellInForce } from './telling.ts';

/** How often a version that waits is looked at when nothing else happens, ms. */
const lookEveryMs = 30_000;

/** The same of one that has to prove itself: a reader that works says so to nobody here. */
const lookAtTrialEveryMs = 1_000;

/** How often the agent may start with a version on trial; power may have been cut for another reason. */
export const trialStartsMost = 2;

export interface ConfigurationParts {
  readonly ledger: Ledger;
  readonly world: World;
  readonly inForce: InForce;
  readonly generations: Generations;
  /** What was in force when the agent started, and why a newer one was passed over. */
  readonly generation: Generation;
  readonly fellBack?: string;
  /** The layers that lie on the device. */
  readonly local: Laid;
  /** Whether the device was registered into a group, and so must not sell before it has its settings. */
  readonly isRegistered: boolean;
  readonly judges: readonly Judge[];
  readonly online: () => boolean;
  readonly closing: () => boolean;
  /** Let parts begin anew with the settings on trial. */
  readonly begin: Readonly<Record<Proof, () => void>>;
  /** Whether any reader can be used. */
  readonly readersReady: () => boolean;
  /** Other settings are in force. */
  readonly confirmed: () => void;
  /** The report is another than before, or the log has something to send. */
  readonly changed: () => void;
  readonly tell: (news: ConfigurationNews) => void;
}

export class Configuration {
  readonly #parts: ConfigurationParts;
  #state: VersionState = { is: 'settled' };
  #generation: Generation;
  #awaitedGroup: string | undefined;
  /** Documents that were refused together, also where the storage did not take that yet. */
  readonly #refused: (readonly string[])[] = [];
  readonly #owed: (() => void)[] = [];
  #wereReady = false;
  #stopped = false;
  #soon = false;
  #callOffDeadline: () => void = () => undefined;
  #callOffLook: () => void = () => undefined;

  constructor(parts: ConfigurationParts) {
    this.#parts = parts;
    this.#generation = parts.generation;
  }

  /** Takes up what a stop or a power cut left; before the link and the readers start. */
  start(): void {
    const { fellBack, inForce, tell } = this.#parts;
    if (fellBack !== undefined) tell({ is: 'fallen back', why: fellBack });
    for (const { name, layer } of inForce.view().overruled) {
      tell({ is: 'overruled', setting: name, layer });
    }
    this.#owe(() => this.#parts.generations.keepFactory());
    this.#owe(() => this.#told(fellBack === undefined ? 'started' : 'fallen_back'));
    this.#takeUpTrial();
    this.#want();
    this.#keepLooking();
  }

  stop(): void {
    this.#stopped = true;
    this.#callOffDeadline();
    this.#callOffLook();
  }

  /** A document of the portal is on the device that was not before. */
  wished(): void {
    this.#want();
  }

  /** The portal was reached in a session that began after the last try. */
  joined(): void {
    if (this.#state.is === 'proving') this.#heard({ is: 'proven', proof: 'link' });
    this.look();
  }

  /** Looks once whoever is on the stack is done: nothing changes within a payment's step. */
  lookSoon(): void {
    if (this.#soon || (this.#state.is === 'settled' && this.#owed.length === 0)) return;
    this.#soon = true;
    this.#parts.world.clock.after(0, () => {
      this.#soon = false;
      this.look();
    });
  }

  /** Something moved: sees whether a version can take its next step now. */
  look(): void {
    if (this.#stopped) return;
    this.#pay();
    const state = this.#state;
    if (state.is === 'proving' && state.open.includes('readers') && this.#readersWork()) {
      return this.#heard({ is: 'proven', proof: 'readers' });
    }
    if (state.is !== 'waiting' && (state.is !== 'proving' || state.open.length > 0)) return;
    const { candidate } = state;
    const barrier = barrierTo(candidate, this.#barrierParts()) ?? this.#unwritten(state);
    this.#heard(barrier === undefined ? { is: 'clear' } : { is: 'barred', barrier });
  }

  report(): ConfigurationReport {
    return reportOf({
      ...{ state: this.#state, generation: this.#generation, awaitedGroup: this.#awaitedGroup },
      ...{ ledger: this.#parts.ledger, inForce: this.#parts.inForce },
    });
  }

  generation(): Generation {
    return this.#generation;
  }

  /** What a change of one layer would come to. */
  preview(layer: PreviewLayer, document: unknown): Promise<Preview> {
    const { inForce, local, judges, world } = this.#parts;
    return previewOf(
      {
        ...{ inForce, local, judges, clock: world.clock },
        generation: () => this.#generation,
        barrierParts: () => this.#barrierParts(),
      },
      layer,
      document,
    );
  }

  #want(): void {
    if (this.#stopped) return;
    const { ledger, local, inForce } = this.#parts;
    const kept = keptIn(ledger);
    const isRefused = this.#refusedAmong(newestIn(kept, this.#generation));
    const wanted = wantedNext(kept, this.#generation, isRefused);
    this.#awaitedGroup = wanted.is === 'group awaited' ? wanted.groupId : undefined;
    if (wanted.is !== 'generation') {
      this.#heard({ is: 'withdrawn' });
      this.#parts.changed();
      return;
    }
    const made = candidateFrom(wanted.generation, local, inForce.settings);
    if (made.is === 'candidate') this.#heard({ is: 'wanted', candidate: made.candidate });
    else this.#refuse(made, 'rejected', made.fault);
  }

  #heard(happening: VersionHappening): void {
    const step = this.#stopped ? undefined : next(this.#state, happening);
    if (step === undefined) return;
    this.#state = step.then;
    if (step.then.is === 'waiting' && step.then.barrier !== undefined) {
      const { candidate, barrier } = step.then;
      this.#parts.tell({ is: 'waiting', name: candidate.name, barrier });
    }
    for (const effect of step.do) this.#carryOut(effect);
    this.#parts.changed();
  }

  #carryOut(effect: VersionEffect): void {
    const { inForce, world, local, judges } = this.#parts;
    switch (effect.is) {
      case 'judge': {
        const { name, settings } = effect.candidate;
        // By the clock: an agent that has ended hears of nothing any more.
        void judgedBy(judges, settings, inForce.settings, world.clock).then((fault) => {
          const judged = { is: 'judged', name, ...(fault === undefined ? {} : { fault }) } as const;
          world.clock.after(0, () => this.#heard(judged));
        });
        return;
      }
      case 'look':
        return this.look();
      case 'try':
        inForce.tryOut(fitting(effect.candidate, local));
        return this.#prove(effect.candidate, 'begin');
      case 'confirm':
        this.#callOffDeadline();
        this.#generation = effect.candidate.generation;
        inForce.confirm(fitting(effect.candidate, local));
        this.#parts.confirmed();
        return this.#want();
      case 'refuse':
        return this.#refuse(effect.candidate, effect.outcome, effect.fault);
      case 'undo':
        inForce.tryOut(undefined);
        this.#callOffDeadline();
        for (const proof of effect.candidate.proofs) this.#parts.begin[proof]();
        return;
    }
  }

  /** Gives the parts their time to work with a candidate; after a start they begin with it by themselves. */
  #prove({ name, proofs }: Candidate, how: 'begin' | 'begun'): void {
    const { world, inForce, begin, readersReady, tell } = this.#parts;
    const withinSeconds = inForce.settings['configuration.confirmWithinSeconds'];
    this.#wereReady = how === 'begun' || readersReady();
    tell({ is: 'on trial', name, withinSeconds });
    this.#callOffDeadline = world.clock.after(withinSeconds * 1_000, () => {
      const what =
        this.#state.is === 'proving' ? this.#state.open.map(unprovenBy).join(' and ') : '';
      const why = `Within ${withinSeconds} s ${what} with the new settings; the ones before are in force.`;
      this.#heard({ is: 'failed', fault: { code: 'not_proven', why } });
    });
    if (how === 'begin') for (const proof of proofs) begin[proof]();
    this.#keepLooking();
    this.look();
  }

  // Readers that did not work before prove nothing by not working now.
  #readersWork(): boolean {
    return !this.#wereReady || this.#parts.readersReady();
  }

  #takeUpTrial(): void {
    const { generations, inForce, local } = this.#parts;
    const found = generations.read('configurationTrial');
    if (found.is === 'none') return;
    const made =
      found.is === 'whole'
        ? candidateFrom(found.generation, local, inForce.settings)
        : ({ is: 'bad' } as const);
    const isOpen =
      found.is === 'whole' &&
      made.is === 'candidate' &&
      made.candidate.proofs.length > 0 &&
      !documentsOf(found.generation).some(this.#refusedAmong(documentsOf(found.generation)));
    if (!isOpen) {
      this.#owe(() => generations.dropTrial());
      return;
    }
    const { candidate } = made;
    if (found.starts + 1 > trialStartsMost) {
      const why = `The agent was started ${trialStartsMost} times without having proven it.`;
      return this.#refuse(candidate, 'rolled_back', { code: 'interrupted', why });
    }
    this.#owe(() => generations.tryOut(found.generation, found.starts + 1));
    this.#state = { is: 'proving', candidate, open: candidate.proofs };
    inForce.tryOut(fitting(candidate, local));
    this.#prove(candidate, 'begun');
  }

  // What was refused together may be sound beside another version of one of them.
  #refusedAmong(documents: readonly string[]): (document: string) => boolean {
    const { configurations } = this.#parts.ledger;
    const stands = this.#refused.filter((refused) =>
      refused.every((each) => documents.includes(each)),
    );
    return (document) =>
      stands.some((refused) => refused.includes(document)) ||
      configurations.isRefused(document, documents);
  }

  #refuse(
    { generation, name }: Pick<Candidate, 'generation' | 'name'>,
    outcome: ConfigurationOutcome,
    fault: Fault & { readonly documents?: readonly string[] },
  ): void {
    const { ledger, generations, world, tell } = this.#parts;
    const { code, path, why, documents = freshIn(generation, this.#generation) } = fault;
    this.#refused.push(documents);
    tell({ is: 'refused', name, outcome, code, why });
    this.#owe(() => {
      world.mark?.('before-rollback');
      const body = {
        ...{ layers: versionsOf(generation), outcome, code, why: why.slice(0, 300) },
        ...(path === undefined ? {} : { path }),
      };
      ledger.commit(() => ledger.configured({ type: 'configuration.refused', body }, documents));
      world.mark?.('after-rollback');
      generations.dropTrial();
      this.#parts.changed();
    });
    // What else is wanted may be sound without it.
    this.#parts.world.clock.after(0, () => this.#want());
  }

  /** Writes down what the next step needs; a storage that refuses is in its way. */
  #unwritten(state: Extract<VersionState, { is: 'waiting' | 'proving' }>): Barrier | undefined {
    const { generations, world } = this.#parts;
    const { candidate } = state;
    const isTry = state.is === 'waiting' && candidate.proofs.length > 0;
    const fault = guarded(() => {
      if (isTry) {
        world.mark?.('before-trial');
        generations.tryOut(candidate.generation, 0);
        world.mark?.('after-trial');
        return;
      }
      world.mark?.('before-confirm');
      generations.confirm(candidate.generation);
      world.mark?.('after-confirm');
      this.#told('confirmed', candidate);
      world.mark?.('after-configured');
    });
    return fault === undefined
      ? undefined
      : { waitsFor: 'idle', why: `The storage does not take it: ${fault}.` };
  }

  #told(because: 'started' | 'confirmed' | 'fallen_back', candidate?: Candidate): void {
    const { inForce, isRegistered, local } = this.#parts;
    tellInForce(this.#parts, {
      generation: candidate?.generation ?? this.#generation,
      fitting: candidate === undefined ? inForce.view() : fitting(candidate, local),
      ...{ because, isRegistered },
    });
  }

  #barrierParts() {
    const { ledger, world, inForce, online, closing } = this.#parts;
    return { ledger, world, settings: inForce.settings, online, closing };
  }

  #owe(write: () => void): void {
    this.#owed.push(write);
    this.#pay();
  }

  #pay(): void {
    while (this.#owed[0] !== undefined) {
      if (guarded(this.#owed[0]) !== undefined) return;
      this.#owed.shift();
    }
  }

  #keepLooking(): void {
    this.#callOffLook();
    const everyMs = this.#state.is === 'proving' ? lookAtTrialEveryMs : lookEveryMs;
    this.#callOffLook = this.#parts.world.clock.after(everyMs, () => {
      this.look();
      this.#keepLooking();
    });
  }
}

const unprovenBy = (proof: Proof): string =>
  proof === 'link' ? 'the portal was not reached' : 'no reader was ready';

const fitting = ({ generation }: Candidate, local: Laid) => {
  const made = fittingOf(generation, local);
  if (!made.ok) throw new Error(`A candidate fits together: ${made.why}`);
  return made;
};

/** Why the storage refused; anything else that is thrown goes on. */
const guarded = (write: () => void): string | undefined => {
  try {
    write();
    return undefined;
  } catch (error) {
    const fault = error instanceof StartFault ? error.message : storageFaultOf(error);
    if (fault === undefined) throw error;
    return fault;
  }
};
