/**
 * The life of a version: what is wanted of the settings, until it is in force or refused, whole either way.
 *
 *   settled ─ wanted ─▶ judging ─ sound ─▶ waiting ─ clear ─▶ (proving ─ proven, clear ─▶) settled: confirmed
 *                          │ fault            │ other              │ failed
 *              settled ◀───┘     judging ◀────┘                    └─▶ settled: rolled back
 *
 * Pure: `next(state, happening)` gives the state after it and what is to be done, or `undefined` where the
 * happening means nothing. A version that is being proven is not replaced: it ends first.
 */
import type { ConfigurationOutcome, ConfigurationWait } from '../contract/index.ts';
import type { Generation } from './generation.ts';
import type { SettingName, Settings } from './settings.ts';

/** A part that begins anew with other settings, and has to work with them before they are in force. */
export const proofs = ['link', 'readers'] as const;
export type Proof = (typeof proofs)[number];

/** A version that is to come into force. */
export interface Candidate {
  /** Its documents in words; two candidates of one name are the same. */
  readonly name: string;
  readonly generation: Generation;
  readonly settings: Settings;
  readonly changed: readonly SettingName[];
  readonly proofs: readonly Proof[];
}

/** Why a version is not in force. */
export interface Fault {
  readonly code: string;
  readonly path?: string;
  readonly why: string;
}

/** What a sound version waits for. */
export interface Barrier {
  readonly waitsFor: ConfigurationWait;
  readonly why: string;
  /** ms since 1970. */
  readonly earliestAt?: number;
}

export type VersionState =
  | { readonly is: 'settled' }
  | { readonly is: 'judging'; readonly candidate: Candidate }
  | { readonly is: 'waiting'; readonly candidate: Candidate; readonly barrier?: Barrier }
  | { readonly is: 'proving'; readonly candidate: Candidate; readonly open: readonly Proof[] };

export type VersionHappening =
  | { readonly is: 'wanted'; readonly candidate: Candidate }
  /** What was wanted is in force already, or nothing can be wanted now. */
  | { readonly is: 'withdrawn' }
  | { readonly is: 'judged'; readonly name: string; readonly fault?: Fault }
  | { readonly is: 'barred'; readonly barrier: Barrier }
  | { readonly is: 'clear' }
  | { readonly is: 'proven'; readonly proof: Proof }
  | { readonly is: 'failed'; readonly fault: Fault };

export type VersionEffect =
  | { readonly is: 'judge'; readonly candidate: Candidate }
  /** See whether anything is in the way of its next step. */
  | { readonly is: 'look' }
  /** Let the parts that have to prove it begin anew with it. */
  | { readonly is: 'try'; readonly candidate: Candidate }
  | { readonly is: 'confirm'; readonly candidate: Candidate }
  /** Let those parts begin anew with what is in force. */
  | { readonly is: 'undo'; readonly candidate: Candidate }
  | {
      readonly is: 'refuse';
      readonly candidate: Candidate;
      readonly outcome: ConfigurationOutcome;
      readonly fault: Fault;
    };

export interface VersionStep {
  readonly then: VersionState;
  readonly do: readonly VersionEffect[];
}

const settled: VersionState = { is: 'settled' };

/** One step on; `undefined` where the happening means nothing in this state. */
export const next = (state: VersionState, happening: VersionHappening): VersionStep | undefined => {
  switch (state.is) {
    case 'settled':
      return happening.is === 'wanted' ? judged(happening.candidate) : undefined;
    case 'judging':
      return whileJudging(state.candidate, happening);
    case 'waiting':
      return whileWaiting(state, happening);
    case 'proving':
      return whileProving(state, happening);
  }
};

const judged = (candidate: Candidate): VersionStep => ({
  then: { is: 'judging', candidate },
  do: [{ is: 'judge', candidate }],
});

/** Another one in its place; the same one again is no news. */
const replaced = (before: Candidate, candidate: Candidate): VersionStep | undefined =>
  before.name === candidate.name ? undefined : judged(candidate);

const whileJudging = (
  candidate: Candidate,
  happening: VersionHappening,
): VersionStep | undefined => {
  switch (happening.is) {
    case 'wanted':
      return replaced(candidate, happening.candidate);
    case 'withdrawn':
      return { then: settled, do: [] };
    case 'judged': {
      const { name, fault } = happening;
      if (name !== candidate.name) return undefined;
      return fault === undefined
        ? { then: { is: 'waiting', candidate }, do: [{ is: 'look' }] }
        : { then: settled, do: [{ is: 'refuse', candidate, outcome: 'rejected', fault }] };
    }
    case 'barred':
    case 'clear':
    case 'proven':
    case 'failed':
      return undefined;
  }
};

const whileWaiting = (
  { candidate, barrier }: Extract<VersionState, { is: 'waiting' }>,
  happening: VersionHappening,
): VersionStep | undefined => {
  switch (happening.is) {
    case 'wanted':
      return replaced(candidate, happening.candidate);
    case 'withdrawn':
      return { then: settled, do: [] };
    case 'barred':
      return same(barrier, happening.barrier)
        ? undefined
        : { then: { is: 'waiting', candidate, barrier: happening.barrier }, do: [] };
    case 'clear':
      return candidate.proofs.length === 0
        ? { then: settled, do: [{ is: 'confirm', candidate }] }
        : {
            then: { is: 'proving', candidate, open: candidate.proofs },
            do: [{ is: 'try', candidate }],
          };
    case 'judged':
    case 'proven':
    case 'failed':
      return undefined;
  }
};

const same = (one: Barrier | undefined, other: Barrier): boolean =>
  one?.waitsFor === other.waitsFor && one.earliestAt === other.earliestAt && one.why === other.why;

const whileProving = (
  { candidate, open }: Extract<VersionState, { is: 'proving' }>,
  happening: VersionHappening,
): VersionStep | undefined => {
  switch (happening.is) {
    case 'proven': {
      const left = open.filter((proof) => proof !== happening.proof);
      if (left.length === open.length) return undefined;
      return { then: { is: 'proving', candidate, open: left }, do: [{ is: 'look' }] };
    }
    // A transaction may be under way when the last part has proven it.
    case 'clear':
      return open.length === 0 ? { then: settled, do: [{ is: 'confirm', candidate }] } : undefined;
    case 'failed': {
      if (open.length === 0) return undefined;
      const refuse = { is: 'refuse', candidate, outcome: 'rolled_back' } as const;
      return {
        then: settled,
        do: [
          { ...refuse, fault: happening.fault },
          { is: 'undo', candidate },
        ],
      };
    }
    case 'wanted':
    case 'withdrawn':
    case 'judged':
    case 'barred':
      return undefined;
  }
};
