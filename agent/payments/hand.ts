/**
 * The hand that is held out for a card: over one reader or over several, of which the first card wins.
 *
 * It counts what goes wrong, says what the customer should do, and keeps the one reader whose chip waits for
 * its host. It knows nothing of money.
 */
import {
  wipeRead,
  type BadRead,
  type CardRead,
  type ChipVerdict,
  type IssuerAnswer,
  type Purchase,
  type ReaderPrompt,
} from '../../drivers/index.ts';
import type { ChipData } from '../../contract/index.ts';
import type { CardEvent, Claim, Post } from '../readers/post.ts';

/** Reads that may fail before a sale is given up. */
const badReadsMax = 5;

/** When the stripe of a card with a chip will do. */
export interface FallbackRule {
  readonly allowed: boolean;
  /** Times the chip has to fail before. */
  readonly afterTries: number;
}

/** What the payment hears of it. */
export type HandEvent =
  | { readonly is: 'card'; readonly read: CardRead; readonly post: Post }
  | { readonly is: 'prompt'; readonly prompt: ReaderPrompt }
  | { readonly is: 'completed'; readonly verdict: ChipVerdict; readonly chip?: ChipData }
  | { readonly is: 'nothing'; readonly why: 'unreadable' | 'not accepted' | 'lost' };

export interface HandParts {
  readonly posts: readonly Post[];
  readonly fallback: FallbackRule;
  readonly hear: (event: HandEvent) => void;
}

export class Hand {
  readonly #parts: HandParts;
  readonly #claims = new Map<Post, Claim>();
  #badReads = 0;
  #chipFailures = 0;
  /** The reader whose card was taken. */
  #taken: Post | undefined;
  /** What a chip came to before it was told anything: its card is gone. */
  #early: ChipVerdict | undefined;

  constructor(parts: HandParts) {
    this.#parts = parts;
  }

  /** Claims every reader that is ready; `false` when there is none. */
  open(transactionId: string, purchase: Purchase): boolean {
    for (const post of this.#parts.posts) {
      const claim = post.claim(transactionId, purchase, (event) => this.#heard(post, event));
      if (claim !== undefined) this.#claims.set(post, claim);
    }
    return this.#claims.size > 0;
  }

  /** Tells the chip that waits what its host says; `completed` follows, at once where it is gone. */
  answer(answer: IssuerAnswer): void {
    const claim = this.#taken && this.#claims.get(this.#taken);
    if (claim === undefined || this.#early !== undefined) {
      this.#parts.hear({ is: 'completed', verdict: this.#early ?? 'no_answer' });
    } else {
      claim.answer(answer);
    }
  }

  /** Gives every reader back. */
  close(): void {
    for (const claim of this.#claims.values()) claim.release();
    this.#claims.clear();
  }

  #heard(post: Post, event: CardEvent): void {
    switch (event.is) {
      case 'card':
        return this.#heardCard(post, event.read);
      case 'bad read':
        return this.#heardBadRead(event.why);
      case 'prompt':
        return this.#parts.hear(event);
      case 'completed':
        return this.#heardCompleted(event);
      case 'lost':
        return this.#lost(post);
    }
  }

  #heardCard(post: Post, read: CardRead): void {
    if (this.#taken !== undefined) return wipeRead(read);
    // The reader that takes the stripe need not be the one whose chip failed.
    const isFallback =
      read.isFallback === true || (read.entryMode === 'stripe' && this.#chipFailures > 0);
    if (isFallback && !this.#mayFallBack()) {
      wipeRead(read);
      this.#claims.get(post)?.again();
      return this.#parts.hear({ is: 'prompt', prompt: 'use_chip' });
    }
    this.#taken = post;
    for (const [other, claim] of this.#claims) {
      if (other === post) continue;
      claim.release();
      this.#claims.delete(other);
    }
    this.#parts.hear({ is: 'card', read: isFallback ? { ...read, isFallback } : read, post });
  }

  #mayFallBack(): boolean {
    const { allowed, afterTries } = this.#parts.fallback;
    return allowed && this.#chipFailures >= afterTries;
  }

  #heardBadRead(why: BadRead): void {
    if (this.#taken !== undefined) return;
    this.#badReads += 1;
    if (why === 'chip_unreadable') this.#chipFailures += 1;
    if (why === 'not_accepted') return this.#parts.hear({ is: 'nothing', why: 'not accepted' });
    if (this.#badReads >= badReadsMax || why === 'keys_exhausted') {
      return this.#parts.hear({ is: 'nothing', why: 'unreadable' });
    }
    this.#parts.hear({ is: 'prompt', prompt: this.#promptAfter(why) });
  }

  #promptAfter(why: BadRead): ReaderPrompt {
    if (why === 'several_cards') return 'one_card_only';
    return why === 'chip_unreadable' && this.#mayFallBack() ? 'use_stripe' : 'try_again';
  }

  // Before it was answered it can only say that its card is gone; the host is still being asked.
  #heardCompleted(event: Extract<CardEvent, { is: 'completed' }>): void {
    if (event.verdict === 'card_removed') this.#early = event.verdict;
    this.#parts.hear(event);
  }

  #lost(post: Post): void {
    this.#claims.delete(post);
    if (post === this.#taken) return this.#parts.hear({ is: 'completed', verdict: 'no_answer' });
    if (this.#taken === undefined && this.#claims.size === 0) {
      this.#parts.hear({ is: 'nothing', why: 'lost' });
    }
  }
}
