/** A reader played by code: bytes in, bytes out, and a slot to swipe cards through. */
import type { TestCard } from './cards.ts';
import type { ChipCard } from './chip-card.ts';

/** The reader's side of a line. */
export interface SimulatedReader<How = unknown> {
  /** What the agent sent. */
  receive(bytes: Uint8Array): void;
  /** Somebody swipes a card, in some way. */
  swipe(card: TestCard, how?: How): void;
  /** Somebody puts a card in and leaves it there; where the reader takes cards that way. */
  insert?(card: TestCard | ChipCard, how?: How): void;
  /** Somebody takes the card out. */
  remove?(): void;
  /** Somebody holds a card to it; where the reader takes cards that way. */
  tap?(card: TestCard | ChipCard, how?: How): void;
}

/** A reader of chips: a slot that holds a card, and a field to hold one to. */
export interface SimulatedChipReader<How = unknown> extends SimulatedReader<How> {
  /** Somebody puts a card into the slot, where it stays. */
  insert(card: ChipCard): void;
  /** Somebody holds a card or a telephone to the reader, for a moment. */
  tap(card: ChipCard): void;
  /** Somebody takes the card out of the slot; nothing where there is none. */
  remove(): void;
}

/** Makes a reader that sends its bytes there. */
export type MakeReader<R extends SimulatedReader = SimulatedReader> = (
  send: (bytes: Uint8Array) => void,
) => R;
