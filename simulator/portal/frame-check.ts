/**
 * The check of a frame: whether it goes on where the portal stands, says again what is known, leaves a gap,
 * begins where the device's log does after it was pruned, or tells another story than the one taken in.
 */
import { chainHash, linkLimits, type Entry, type Frame } from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';

/** What is known of the frame's epoch. `hashAt(0)` is the start of the chain. */
export interface Known {
  readonly through: number;
  /** A later epoch was begun: nothing new can come in this one. */
  readonly closed: boolean;
  hashAt(seq: number): string | undefined;
}

export type FrameVerdict =
  /** `afterPruned`: the entries between were pruned by the device, and nobody will ever send them. */
  | { readonly is: 'fits'; readonly fresh: readonly Entry[]; readonly afterPruned?: true }
  | { readonly is: 'gap' }
  | { readonly is: 'conflict'; readonly seq: number; readonly why: string }
  | { readonly is: 'refused'; readonly why: string };

/** Judges a frame against what is known. */
export const judgeFrame = (frame: Frame, known: Known): FrameVerdict => {
  const { from, entries } = frame;
  const isAhead = from - 1 > known.through;
  if (isAhead && frame.pruned !== true) return { is: 'gap' };
  if (!isAhead && known.hashAt(from - 1) !== frame.prev) {
    const why = `entry ${from - 1} has another hash here than the frame says`;
    return { is: 'conflict', seq: from - 1, why };
  }
  let prev = frame.prev;
  for (const [index, entry] of entries.entries()) {
    const seq = from + index;
    if (entry.seq !== seq)
      return { is: 'refused', why: `entry ${entry.seq} stands where ${seq} should` };
    if (chainHash(prev, entry, sha256) !== entry.hash) {
      return {
        is: 'conflict',
        seq,
        why: `the hash of entry ${seq} does not follow from its content`,
      };
    }
    if (seq <= known.through && known.hashAt(seq) !== entry.hash) {
      return { is: 'conflict', seq, why: `entry ${seq} was taken in with another hash` };
    }
    prev = entry.hash;
  }
  const fresh = entries.filter(({ seq }) => seq > known.through);
  if (fresh.length > 0 && known.closed) {
    return { is: 'conflict', seq: known.through + 1, why: 'a later epoch was begun already' };
  }
  for (const entry of fresh) {
    const fault = attachmentFault(entry);
    if (fault !== undefined) return { is: 'refused', why: fault };
  }
  return isAhead ? { is: 'fits', fresh, afterPruned: true } : { is: 'fits', fresh };
};

/** The digest a fact names for its attachment, if it names one. */
export const sealedDigestOf = (body: unknown): string | undefined => {
  const { sealed } = (body ?? {}) as { sealed?: { digest?: unknown } | null };
  return typeof sealed?.digest === 'string' ? sealed.digest : undefined;
};

// The chain covers the digest, the digest covers the attachment; an erased one has nothing to cover.
const attachmentFault = ({ seq, body, sealed, erased }: Entry): string | undefined => {
  const digest = sealedDigestOf(body);
  if (digest === undefined || erased === true) return undefined;
  if (sealed === undefined) return `entry ${seq} came without its attachment`;
  const bytes = Buffer.from(sealed, 'base64');
  if (bytes.length > linkLimits.sealedBytes) return `the attachment of entry ${seq} is too large`;
  if (sha256(bytes) !== digest) return `the attachment of entry ${seq} has another digest`;
  return undefined;
};
