/**
 * Wishes: the desired documents of the portal, taken in. Each is kept before it is acted on, an older one
 * than that in force is refused, and what became of each is reported.
 */
import {
  addresseeOf,
  canonical,
  subjectName,
  type Desired,
  type DesiredKind,
  type Payload,
  type Subject,
} from '../../contract/index.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** The kinds that are for one device; the others name a client or a group. */
const ofOneDevice: readonly DesiredKind[] = ['device', 'access'];

/** Characters of a reason that are reported. */
const whyMost = 200;

/** What became of a document. */
export type Taken =
  { readonly is: 'in force'; readonly isNew: boolean } | { readonly is: 'refused'; why: string };

type Report = NonNullable<Payload<'reported'>['documents']>;

export class Wishes {
  readonly #ledger: Ledger;
  readonly #subject: Subject;
  readonly #refused = new Map<DesiredKind, string>();

  constructor(ledger: Ledger, subject: Subject) {
    this.#ledger = ledger;
    this.#subject = subject;
  }

  /**
   * Takes a document in, durably, that was opened and fits its schema. Throws what the storage throws; then
   * nothing was taken in.
   */
  take(document: Desired): Taken {
    const { kind, subject, version } = document;
    const why = this.#faultOf(document);
    if (why !== undefined) return { is: 'refused', why };
    const isNew = this.#ledger.desired.find(kind, addresseeOf(subject))?.version !== version;
    if (isNew) {
      this.#ledger.commit(() => this.#ledger.desired.keep(document));
      // One that is in force already says nothing new of the time, and is heard with every session.
      this.#ledger.clock.heardSigned(document.issuedAt);
    }
    this.#refused.delete(kind);
    return { is: 'in force', isNew };
  }

  /** Notes why a document was refused; says whether that is news. */
  refuse(kind: DesiredKind, why: string): boolean {
    const said = why.slice(0, whyMost);
    const isNews = this.#refused.get(kind) !== said;
    this.#refused.set(kind, said);
    return isNews;
  }

  /** Whether what was heard last of a kind was refused. */
  isRefused(kind: DesiredKind): boolean {
    return this.#refused.has(kind);
  }

  /** Where each kind stands that was heard of, as the device reports it. */
  report(kinds: readonly DesiredKind[]): Report {
    return kinds.flatMap((kind) => {
      const version = this.#ledger.desired.find(kind)?.version;
      const refused = this.#refused.get(kind);
      if (version === undefined && refused === undefined) return [];
      return [
        {
          kind,
          ...(version === undefined ? {} : { version }),
          ...(refused === undefined ? {} : { refused }),
        },
      ];
    });
  }

  #faultOf({ kind, subject, version, body }: Desired): string | undefined {
    const { clientId, deviceId } = this.#subject;
    const isOurs =
      subject.clientId === clientId &&
      (subject.deviceId === undefined
        ? !ofOneDevice.includes(kind)
        : subject.deviceId === deviceId) &&
      (kind === 'group') === (subject.groupId !== undefined);
    if (!isOurs) return `made for another device than ${subjectName(this.#subject)}`;
    const kept = this.#ledger.desired.find(kind, addresseeOf(subject));
    if (kept === undefined || kept.version < version) return undefined;
    if (kept.version > version) {
      return `version ${version} is older than version ${kept.version}, which is in force`;
    }
    const isSame = canonical(kept.body) === canonical(body);
    return isSame ? undefined : `another document has version ${version} already`;
  }
}
