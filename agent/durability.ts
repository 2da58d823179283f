/**
 * Durability points: the instants in the life of a sale at which power may fail, each with its name.
 *
 * The agent passes them without noticing. A test has it die there: in the simulation in virtual time, or the
 * real process through `HOLDFAST_FAULT=POINT[:N]`, by SIGKILL when it passes the point for the N-th time.
 */
import { StartFault } from './fault.ts';

export const durabilityPoints = {
  'before-commit': 'The ledger is about to commit.',
  'after-commit': 'A commit of the ledger is on disk; nothing was done about it yet.',
  'before-live-request': 'The attempt is on disk; its request has not left.',
  'after-live-request': 'A request to the host was handed to the connection; nobody has answered.',
  'before-live-answer-write': 'The host’s answer is here, and not on disk.',
  'before-answer': 'The outcome of a sale is on disk; the POS has not heard it.',
  'after-answer': 'The POS was sent its answer.',
  'before-publish': 'A frame of facts is about to leave.',
  'after-publish': 'The broker has a frame of facts; the portal has not acknowledged it.',
  'before-acknowledge-write': 'The portal has acknowledged facts; the agent has not noted it.',
  'after-acknowledge-write': 'An acknowledgement is noted; the next commit writes it to disk.',
  'before-down-commit': 'Words of the portal are here, and not on disk.',
  'after-down-commit': 'Words of the portal are on disk; it has not been told.',
  'before-batch-close':
    'Nothing is in the way of closing a batch; its records and totals are not on disk.',
  'after-batch-close': 'A closed batch is on disk; nobody has been told.',
  'before-erasure': 'The sealed data of a decided sale is about to be erased.',
  'after-erasure': 'Sealed data is erased by a commit that is not made yet.',
  'before-prune': 'Records past their time are about to be pruned.',
  'after-prune': 'Records past their time are pruned by a commit that is not made yet.',
  'before-trial': 'A version of the settings is about to be put on trial.',
  'after-trial': 'A version of the settings is on trial on disk; no part works with it yet.',
  'before-confirm':
    'A version of the settings has nothing in its way; on disk the one before is in force.',
  'after-confirm': 'A version of the settings is in force on disk; no fact says so.',
  'after-configured': 'The fact is on disk; nothing works with the settings yet.',
  'before-rollback':
    'A version of the settings has failed; no fact says so, and it is on trial still.',
  'after-rollback': 'The fact is on disk; the trial is not ended.',
  'before-checkpoint': 'What was erased still stands in the write-ahead log.',
  'after-checkpoint': 'The write-ahead log is truncated.',
} as const;
export type DurabilityPoint = keyof typeof durabilityPoints;

/** Is told of each point in the moment it is passed. */
export type Mark = (point: DurabilityPoint) => void;

/** Where the process is to die: at a point, when it passes there for the so-manieth time. */
export interface FatalPoint {
  readonly point: DurabilityPoint;
  readonly time: number;
}

/** The variable of the environment that names it. No setting: it has no place in a file. */
export const fatalPointVariable = 'HOLDFAST_FAULT';

const isPoint = (name: string): name is DurabilityPoint => Object.hasOwn(durabilityPoints, name);

/** Reads `POINT` or `POINT:N`; nothing when nothing is asked for. Throws a `StartFault`. */
export const fatalPointOf = (written = ''): FatalPoint | undefined => {
  if (written === '') return undefined;
  const [, name = '', time = '1'] = /^([^:]*)(?::([1-9]\d{0,8}))?$/.exec(written) ?? [];
  if (isPoint(name)) return { point: name, time: Number(time) };
  const points = Object.keys(durabilityPoints).join(', ');
  throw new StartFault(
    'fault_point_unknown',
    `${fatalPointVariable} is "${written}"; unset it, or write POINT or POINT:N with one of: ${points}.`,
  );
};
