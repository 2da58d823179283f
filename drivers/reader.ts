/**
 * A reader: what every card reader can do, whatever its protocol.
 *
 * It is opened over a line, says when it is ready, reads one card when armed, and is lost when its line ends.
 * What it reads is masked before it leaves this floor; account data leaves only inside a `Secret`.
 */
import type { EntryMode, MaskedCard } from '../contract/index.ts';
import type { LineEnd, OpenLine, Timers } from './lines/line.ts';
import type { Secret } from './secret.ts';

/** How far a reader protects what it reads. `authenticated` encrypts and has to know its host. */
export const securityLevels = ['clear', 'encrypted', 'authenticated'] as const;
export type SecurityLevel = (typeof securityLevels)[number];

/** What a reader says about itself; what it does not know is absent. */
export interface ReaderIdentity {
  readonly firmware?: string;
  readonly serialNumber?: string;
  readonly securityLevel?: SecurityLevel;
  readonly ksn?: string;
}

/** A card as it was read. */
export interface CardRead {
  readonly card: MaskedCard;
  readonly entryMode: EntryMode;
  readonly securityLevel: SecurityLevel;
  /** What stays the same whenever this card is read; goes into a keyed hash and nowhere else. */
  readonly likeness: Secret<string>;
  /** The account data to seal: JSON of reader ciphertext and KSN (or of clear tracks at level `clear`). */
  readonly accountData: Secret<Uint8Array>;
}

/** Why a swipe gave no card. `keys_exhausted` needs a service centre; the others another swipe. */
export const badReads = [
  'bad_track',
  'no_data',
  'damaged',
  'keys_exhausted',
  'not_authenticated',
  'timed_out',
] as const;
export type BadRead = (typeof badReads)[number];

/** What a reader says. Nothing follows `lost`. */
export type ReaderEvent =
  | { readonly is: 'ready'; readonly identity: ReaderIdentity }
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead }
  | {
      readonly is: 'tested';
      readonly passed: boolean;
      readonly identity: ReaderIdentity;
      readonly detail: string;
    }
  | { readonly is: 'noise'; readonly byteCount: number }
  | { readonly is: 'lost'; readonly why: LineEnd | 'silent'; readonly detail: string };

/** An opened reader. A card read while it is not armed is dropped, and its data wiped. */
export interface Reader {
  /** Take the next card. */
  arm(): void;
  /** Take no card any more; a card on its way is dropped. */
  disarm(): void;
  /** Ask the reader about itself; answered by `tested`. */
  test(): void;
  close(): void;
}

/** What a protocol needs to drive a reader. */
export interface ReaderOpening {
  readonly open: OpenLine;
  readonly timers: Timers;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly hear: (event: ReaderEvent) => void;
}

/** Opens a reader that speaks one protocol. */
export type OpenReader = (opening: ReaderOpening) => Reader;
