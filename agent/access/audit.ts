/** The audit: tells the portal, by facts, what was done that not everybody may do. */
import type { Audit as AuditBody } from '../../contract/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { storageFaultOf } from '../ledger/sqlite.ts';
import type { Clock } from '../world.ts';
import type { Asker } from './asker.ts';
import { signInLimits } from './limits.ts';

/** Calls that are told to the portal when they were answered, or refused. */
const auditedCalls = [
  'batch.close',
  'config.hold',
  'queue.hold',
  'queue.release',
  'queue.forward',
  'reader.test',
] as const;
export type AuditedAct = (typeof auditedCalls)[number];

/** Every act the portal is told of. */
export const auditedActs = ['sign-in', 'sign-out', ...auditedCalls, 'call'] as const;
type Act = AuditBody & { readonly act: (typeof auditedActs)[number] };

export interface Audit {
  /** Writes an act in a commit of its own. What was done is not undone where the disk is full. */
  tell(act: Act): void;
  /** For what anybody could repeat at will: once a minute for each `about`, the others are left out. */
  tellOnce(about: string, act: Act): void;
  /** Writes an act; inside a commit. */
  write(act: Act): void;
}

export interface AuditParts {
  readonly ledger: Ledger;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Sends what was written. */
  readonly wake: () => void;
}

export const auditOf = ({ ledger, clock, wake }: AuditParts): Audit => {
  const toldAt = new Map<string, number>();
  const write = (body: Act) => ledger.append({ type: 'audit', body });
  const tell = (act: Act) => {
    try {
      ledger.commit(() => write(act));
      wake();
    } catch (error) {
      if (storageFaultOf(error) === undefined) throw error;
    }
  };
  const isDue = (about: string): boolean => {
    const now = clock.monotonicMs();
    for (const [key, at] of toldAt) {
      if (now - at >= signInLimits.auditOncePerMs) toldAt.delete(key);
    }
    // Once too many are kept apart, those that are new wait until there is room.
    if (toldAt.has(about) || toldAt.size >= signInLimits.auditKinds) return false;
    toldAt.set(about, now);
    return true;
  };
  return {
    write,
    tell,
    tellOnce: (about, act) => {
      if (isDue(about)) tell(act);
    },
  };
};

/** Who did it, for an audit. */
export const auditedBy = (asker: Asker): Pick<AuditBody, 'by'> => {
  switch (asker.kind) {
    case 'nobody':
      return {};
    case 'application':
      return { by: { kind: 'application', id: asker.id } };
    case 'user':
      return { by: { kind: 'user', id: asker.id, role: asker.role } };
  }
};
