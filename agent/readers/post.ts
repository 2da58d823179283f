/**
 * A post: one reader fixed by configuration, kept open, and lent to one payment at a time (invariant I8).
 */
import type {
  BadRead,
  CardRead,
  LineEnd,
  LineKind,
  OpenLine,
  OpenReader,
  Purchase,
  Reader,
  ReaderEvent,
  ReaderIdentity,
} from '../../drivers/index.ts';
import type { ReaderSetting } from '../../config/index.ts';
import type { Clock } from '../world.ts';
import { next, reopenAfterMs, type ReaderHappening, type ReaderState } from './session.ts';

/** What whoever claimed a reader hears. After `lost` the claim is over. */
export type CardEvent =
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead }
  | { readonly is: 'lost' };

export interface ReaderTest {
  readonly passed: boolean;
  readonly identity: ReaderIdentity;
  readonly detail: string;
}

/** What a post tells the rest of the agent about itself. */
export type PostNews =
  | { readonly is: 'ready'; readonly identity: ReaderIdentity }
  | { readonly is: 'lost'; readonly why: LineEnd | 'silent'; readonly detail: string }
  | { readonly is: 'noise'; readonly byteCount: number };

export interface Post {
  readonly setting: ReaderSetting;
  state(): ReaderState;
  start(): void;
  stop(): void;
  /** Arms the reader for one transaction; gives what releases it, or `undefined` when it is not ready. */
  claim(
    transactionId: string,
    purchase: Purchase,
    hear: (event: CardEvent) => void,
  ): (() => void) | undefined;
  /** Asks the reader about itself; `undefined` when it is not there. */
  test(done: (result: ReaderTest) => void): boolean;
}

export interface PostParts {
  readonly setting: ReaderSetting;
  readonly openReader: OpenReader;
  readonly line: LineKind;
  readonly openLine: OpenLine;
  readonly clock: Clock;
  readonly tell: (news: PostNews) => void;
}

/** Makes a post; nothing is opened before `start`. */
export const postOf = (parts: PostParts): Post => new ReaderPost(parts);

class ReaderPost implements Post {
  readonly setting: ReaderSetting;
  readonly #parts: PostParts;
  #state: ReaderState = { is: 'absent' };
  #reader: Reader | undefined;
  #holder: ((event: CardEvent) => void) | undefined;
  #testers: ((result: ReaderTest) => void)[] = [];
  #callOff: () => void = () => undefined;
  #running = false;

  constructor(parts: PostParts) {
    this.#parts = parts;
    this.setting = parts.setting;
  }

  state(): ReaderState {
    return this.#state;
  }

  start(): void {
    this.#running = true;
    this.#open();
  }

  stop(): void {
    this.#running = false;
    this.#callOff();
    this.#reader?.close();
    this.#reader = undefined;
    this.#holder = undefined;
    this.#state = { is: 'absent' };
    this.#answerTesters({ passed: false, identity: {}, detail: 'the agent is stopping' });
  }

  claim(
    transactionId: string,
    purchase: Purchase,
    hear: (event: CardEvent) => void,
  ): (() => void) | undefined {
    if (!this.#step({ is: 'claimed', transactionId })) return undefined;
    this.#holder = hear;
    this.#reader?.arm(purchase);
    return () => {
      if (this.#holder !== hear) return;
      this.#holder = undefined;
      this.#reader?.disarm();
      this.#step({ is: 'released' });
    };
  }

  test(done: (result: ReaderTest) => void): boolean {
    if (this.#reader === undefined || this.#state.is !== 'ready') return false;
    this.#testers.push(done);
    if (this.#testers.length === 1) this.#reader.test();
    return true;
  }

  #open(): void {
    if (!this.#running || !this.#step({ is: 'plugging in' })) return;
    const { openReader, line, openLine, clock, setting } = this.#parts;
    const reader = openReader({
      open: openLine,
      line,
      timers: clock,
      settings: setting.options ?? {},
      hear: (event) => {
        if (reader === this.#reader) this.#hear(event);
      },
    });
    this.#reader = reader;
  }

  #hear(event: ReaderEvent): void {
    switch (event.is) {
      case 'ready':
        if (this.#step(event)) this.#parts.tell(event);
        return;
      case 'card':
      case 'bad read':
        this.#holder?.(event);
        return;
      case 'prompt':
      case 'completed':
        return;
      case 'tested':
        this.#answerTesters(event);
        return;
      case 'noise':
        this.#parts.tell(event);
        return;
      case 'lost':
        this.#lose(event);
        return;
    }
  }

  #lose(event: Extract<ReaderEvent, { is: 'lost' }>): void {
    const holder = this.#holder;
    this.#holder = undefined;
    this.#reader = undefined;
    const first = this.#state.is !== 'opening' || this.#state.losses === 0;
    if (!this.#step(event)) return;
    if (first) this.#parts.tell(event);
    this.#answerTesters({ passed: false, identity: {}, detail: event.detail });
    holder?.({ is: 'lost' });
    if (this.#state.is === 'lost' && this.#running) {
      const wait = reopenAfterMs(this.#state.losses);
      this.#callOff = this.#parts.clock.after(wait, () => this.#open());
    }
  }

  #answerTesters({ passed, identity, detail }: ReaderTest): void {
    const testers = this.#testers;
    this.#testers = [];
    for (const done of testers) done({ passed, identity, detail });
  }

  #step(heard: ReaderHappening): boolean {
    const then = next(this.#state, heard);
    if (then === undefined) return false;
    this.#state = then;
    return true;
  }
}
