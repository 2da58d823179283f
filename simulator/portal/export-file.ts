/**
 * An export file: what `holdfast ledger export --frames` writes, read and proved by itself before anything is
 * done with it. A first line says whose log it is and where it ends; frames follow, a JSON document a line.
 */
import {
  chainStart,
  check,
  Frame,
  isSubject,
  subjectName,
  type Subject,
} from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import { judgeFrame } from './frame-check.ts';

export interface ExportFile {
  readonly device: string;
  readonly subject: Subject;
  readonly epoch: number;
  /** The number of the last entry, and its hash. */
  readonly head: number;
  readonly hash: string;
  readonly frames: readonly Frame[];
  /** The hash after an entry, where the file knows it; 0 is the start of the chain. */
  hashAt(seq: number): string | undefined;
}

/** Why a file is none: not of this form, or not what it says of itself. */
export interface Unfit {
  readonly code: 'malformed' | 'conflict';
  readonly why: string;
}

/** Reads a file, and proves that it is whole: one chain from its beginning to the head it names. */
export const readExport = (text: string): ExportFile | Unfit => {
  const [first = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const head = headOf(first);
  if (head === undefined) return malformed('the first line is not that of an export of frames');
  const frames: Frame[] = [];
  for (const [place, line] of lines.entries()) {
    const frame = check(Frame, parsed(line));
    if (!frame.ok) return malformed(`line ${place + 2} is no frame`);
    frames.push(frame.value);
  }
  const hashes = hashesIn(head, frames);
  const why = flawIn(head, frames, hashes);
  if (why !== undefined) return { code: 'conflict', why };
  return { ...head, device: subjectName(head.subject), frames, hashAt: (seq) => hashes.get(seq) };
};

type Head = Pick<ExportFile, 'subject' | 'epoch' | 'head' | 'hash'>;

const headOf = (line: string): Head | undefined => {
  const written = parsed(line);
  if (typeof written !== 'object' || written === null) return undefined;
  const { holdfast, kind, clientId, deviceId, ...rest } = written as Record<string, unknown>;
  const { epoch, head, hash } = rest;
  const subject = { clientId: String(clientId), deviceId: String(deviceId) };
  if (holdfast !== 'ledger' || kind !== 'frames' || !isSubject(subject)) return undefined;
  if (!isWhole(epoch, 1) || !isWhole(head, 0)) return undefined;
  if (typeof hash !== 'string' || !/^[0-9a-f]{64}$/.test(hash)) return undefined;
  return { subject, epoch, head, hash };
};

const isWhole = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= least;

const hashesIn = ({ subject, epoch }: Head, frames: readonly Frame[]): Map<number, string> => {
  const hashes = new Map<number, string>();
  const [first] = frames;
  // The start of the log was pruned: what was there is known by its last hash only.
  if (first?.pruned === true) hashes.set(first.from - 1, first.prev);
  hashes.set(0, chainStart(subject, epoch, sha256));
  for (const { entries } of frames) for (const { seq, hash } of entries) hashes.set(seq, hash);
  return hashes;
};

/** What keeps the frames from being one chain that ends where the first line says. */
const flawIn = (
  { epoch, head, hash }: Head,
  frames: readonly Frame[],
  hashes: ReadonlyMap<number, string>,
): string | undefined => {
  let through = frames[0]?.pruned === true ? frames[0].from - 1 : 0;
  for (const { pruned: _, ...frame } of frames) {
    if (frame.epoch !== epoch) return `a frame is of epoch ${frame.epoch}, the file of ${epoch}`;
    if (frame.from - 1 !== through) {
      return `the file goes on with entry ${frame.from} where ${through + 1} should stand`;
    }
    const verdict = judgeFrame(frame, {
      ...{ through, closed: false },
      hashAt: (seq) => hashes.get(seq),
    });
    if (verdict.is === 'gap') return `entry ${through + 1} is missing`;
    if (verdict.is !== 'fits') return verdict.why;
    through += frame.entries.length;
  }
  // Of a log that was pruned to its very end there is nothing left but where it stood.
  if (frames.length === 0) return undefined;
  if (through !== head) return `the file ends with entry ${through}, its first line says ${head}`;
  return hashes.get(head) === hash ? undefined : 'its last entry has another hash than it says';
};

const malformed = (why: string): Unfit => ({ code: 'malformed', why });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
