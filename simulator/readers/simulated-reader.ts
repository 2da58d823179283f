/** A reader played by code: bytes in, bytes out, and a slot to swipe cards through. */
import type { TestCard } from './cards.ts';

/** The reader's side of a line. */
export interface SimulatedReader<How = unknown> {
  /** What the agent sent. */
  receive(bytes: Uint8Array): void;
  /** Somebody swipes a card, in some way. */
  swipe(card: TestCard, how?: How): void;
  /** Somebody puts a card in and leaves it there; where the reader takes cards that way. */
  insert?(card: TestCard, how?: How): void;
  /** Somebody takes the card out. */
  remove?(): void;
  /** Somebody holds a card to it; where the reader takes cards that way. */
  tap?(card: TestCard, how?: How): void;
}

/** Makes a reader that sends its bytes there. */
export type MakeReader<R extends SimulatedReader = SimulatedReader> = (
  send: (bytes: Uint8Array) => void,
) => R;
