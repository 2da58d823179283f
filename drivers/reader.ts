/**
 * A reader: what every card reader can do, whatever its protocol.
 *
 * It is opened over a line, says when it is ready, reads one card when armed, and is lost when its line ends.
 * What it reads is masked before it leaves this floor; account data leaves only inside a `Secret`.
 */
import type { Amount, ChipData, EntryMode, MaskedCard } from '../contract/index.ts';
import type { LineEnd, LineKind, OpenLine, Timers } from './lines/line.ts';
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

/** What a chip is asked to agree to. A reader of stripes has no use for it. */
export interface Purchase {
  readonly kind: 'purchase' | 'refund';
  readonly amount: Amount;
  /** Seconds of UTC since 1970, for the date and time a chip puts its cryptogram to. */
  readonly at: number;
}

/** A chip's part in a read: what it said, and whether it waits for its issuer's answer. */
export interface ChipRead extends ChipData {
  /** The card is still in the reader, and decides once more when it has the answer. */
  readonly awaitsAnswer: boolean;
}

/** The issuer's answer, for a chip that waits for it. `unable`: nobody could be asked. */
export interface IssuerAnswer {
  readonly result: 'approved' | 'declined' | 'unable';
  /** ISO 8583 field 39, two characters; it becomes tag 8A. */
  readonly responseCode: string;
  /** What the issuer has to say to its chip (tags 91, 71, 72), BER-TLV. */
  readonly issuerData?: Uint8Array;
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
  /** Of a chip, in contact or contactless. */
  readonly chip?: ChipRead;
  /** A stripe that was read because the chip could not be. */
  readonly isFallback?: boolean;
}

/** Forgets a card that nobody waits for, or that was made use of. */
export const wipeRead = ({
  likeness,
  accountData,
}: Pick<CardRead, 'likeness' | 'accountData'>): void => {
  likeness.wipe();
  accountData.wipe();
};

/**
 * Why a card gave nothing. `keys_exhausted` needs a service centre; after `chip_unreadable` a stripe may do;
 * `not_accepted` is a card this shop does not take; the others are worth another try.
 */
export const badReads = [
  'bad_track',
  'no_data',
  'damaged',
  'keys_exhausted',
  'not_authenticated',
  'timed_out',
  'chip_unreadable',
  'card_removed',
  'not_accepted',
  'several_cards',
] as const;
export type BadRead = (typeof badReads)[number];

/** What a reader would have said to its customer: a value for the POS to show, never a reader's own text. */
export const readerPrompts = [
  'present_card',
  'insert_card',
  'use_chip',
  'use_stripe',
  'try_again',
  'one_card_only',
  'see_phone',
  'enter_pin',
  'processing',
  'remove_card',
] as const;
export type ReaderPrompt = (typeof readerPrompts)[number];

/** How a transaction ended that waited for the issuer's answer at the chip. */
export const chipVerdicts = ['approved', 'declined', 'card_removed', 'no_answer'] as const;
export type ChipVerdict = (typeof chipVerdicts)[number];

/** What a reader says. Nothing follows `lost`. */
export type ReaderEvent =
  | { readonly is: 'ready'; readonly identity: ReaderIdentity }
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead }
  | { readonly is: 'prompt'; readonly prompt: ReaderPrompt }
  /** After `answer`: what the chip made of it, with its last cryptogram where there is one. */
  | { readonly is: 'completed'; readonly verdict: ChipVerdict; readonly chip?: ChipData }
  | {
      readonly is: 'tested';
      readonly passed: boolean;
      readonly identity: ReaderIdentity;
      readonly detail: string;
    }
  | { readonly is: 'noise'; readonly byteCount: number }
  /** It is restarting and will be gone; a `lost` within this time is no loss. */
  | { readonly is: 'restarting'; readonly withinMs: number }
  | { readonly is: 'lost'; readonly why: LineEnd; readonly detail: string };

/** An opened reader. A card read while it is not armed is dropped, and its data wiped. */
export interface Reader {
  /** Take the next card; a reader of chips asks it to agree to this. */
  arm(purchase: Purchase): void;
  /** Hands a waiting chip its issuer's answer; `completed` follows. Nothing where no chip waits. */
  answer(answer: IssuerAnswer): void;
  /** Take no card any more; a card on its way is dropped, a chip that waits is let go. */
  disarm(): void;
  /** Ask the reader about itself; answered by `tested`. */
  test(): void;
  close(): void;
}

/** What a protocol needs to drive a reader. */
export interface ReaderOpening {
  readonly open: OpenLine;
  /** What it hangs on: the same messages are wrapped differently on each. */
  readonly line: LineKind;
  readonly timers: Timers;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly hear: (event: ReaderEvent) => void;
}

/** Opens a reader that speaks one protocol. */
export type OpenReader = (opening: ReaderOpening) => Reader;
