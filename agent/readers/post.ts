/**
 * A post: one reader fixed by configuration, kept open, and lent to one payment at a time (invariant I8).
 *
 * A chip that was told what its host says may speak before the reader is lent again.
 */
import type {
  BadRead,
  CardRead,
  ChipVerdict,
  IssuerAnswer,
  LineEnd,
  LineKind,
  OpenLine,
  OpenReader,
  Purchase,
  Reader,
  ReaderEvent,
  ReaderIdentity,
  ReaderPrompt,
} from '../../drivers/index.ts';
import type { ChipData } from '../../contract/index.ts';
import type { ReaderSetting } from '../../config/index.ts';
import type { Clock } from '../world.ts';
import { next, reopenAfterMs, type ReaderHappening, type ReaderState } from './session.ts';

/** What whoever claimed a reader hears. After `lost` the claim is over. */
export type CardEvent =
  | { readonly is: 'card'; readonly read: CardRead }
  | { readonly is: 'bad read'; readonly why: BadRead }
  | { readonly is: 'prompt'; readonly prompt: ReaderPrompt }
  | { readonly is: 'completed'; readonly verdict: ChipVerdict; readonly chip?: ChipData }
  | { readonly is: 'lost' };

/** A reader lent to one payment. */
export interface Claim {
  /** Takes another card, where the one that was read will not do. */
  again(): void;
  /** Hands a waiting chip its issuer's answer; `completed` follows, within `chipSpeaksWithinMs`. */
  answer(answer: IssuerAnswer): void;
  /** Gives the reader back; a chip that was answered still has its say. */
  release(): void;
}

/** Milliseconds in which a chip says what it makes of its issuer's answer; then it is taken for silent. */
export const chipSpeaksWithinMs = 10_000;

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
  /** Arms the reader for one transaction; `undefined` when it is not ready. */
  claim(
    transactionId: string,
    purchase: Purchase,
    hear: (event: CardEvent) => void,
  ): Claim | undefined;
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
  /** Calls off the wait for a chip that was answered; there while it has not spoken. */
  #chipSpeaks: (() => void) | undefined;
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
    this.#chipSpeaks?.();
    this.#chipSpeaks = undefined;
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
  ): Claim | undefined {
    if (!this.#step({ is: 'claimed', transactionId })) return undefined;
    this.#holder = hear;
    const arm = () => this.#reader?.arm(purchase);
    const isMine = () => this.#holder === hear;
    arm();
    return {
      again: () => {
        if (isMine()) arm();
      },
      answer: (answer) => {
        if (isMine()) this.#answerChip(answer);
      },
      release: () => {
        if (!isMine()) return;
        this.#holder = undefined;
        if (this.#chipSpeaks === undefined) this.#free();
      },
    };
  }

  #answerChip(answer: IssuerAnswer): void {
    this.#chipSpeaks?.();
    this.#chipSpeaks = this.#parts.clock.after(chipSpeaksWithinMs, () =>
      this.#completed({ is: 'completed', verdict: 'no_answer' }),
    );
    this.#reader?.answer(answer);
  }

  #completed(event: Extract<CardEvent, { is: 'completed' }>): void {
    this.#chipSpeaks?.();
    this.#chipSpeaks = undefined;
    if (this.#holder === undefined) this.#free();
    else this.#holder(event);
  }

  #free(): void {
    this.#reader?.disarm();
    this.#step({ is: 'released' });
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
      case 'prompt':
        this.#holder?.(event);
        return;
      case 'completed':
        this.#completed(event);
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
    this.#chipSpeaks?.();
    this.#chipSpeaks = undefined;
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
