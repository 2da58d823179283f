/**
 * A post: one reader fixed by configuration, kept open, and lent to one payment at a time (invariant I8).
 *
 * A chip that was told what its host says may speak before the reader is lent again.
 */
import {
  findBaud,
  hidPickOf,
  ratesFrom,
  type BadRead,
  type BaudFound,
  type CardRead,
  type ChipVerdict,
  type IssuerAnswer,
  type LineEnd,
  type LineKind,
  type OpenLine,
  type OpenReader,
  type Purchase,
  type Reader,
  type ReaderEvent,
  type ReaderIdentity,
  type ReaderPrompt,
} from '../../drivers/index.ts';
import type { ChipData, EntryMode } from '../../contract/index.ts';
import type { ReaderSetting } from '../../config/index.ts';
import type { Clock } from '../world.ts';
import { reopening } from './reopening.ts';
import { next, reopenAfterMs, type ReaderHappening, type ReaderState } from './session.ts';
import { traceOf, type Trace, type TraceEntry } from './trace.ts';

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

/**
 * Milliseconds in which a chip says what it makes of its issuer's answer; then it is taken for silent. More
 * than any protocol allows (45 s at most): a script may take long, and what the protocol says is known
 * better.
 */
export const chipSpeaksWithinMs = 50_000;

export interface ReaderTest {
  readonly passed: boolean;
  readonly identity: ReaderIdentity;
  readonly detail: string;
}

/** What a post tells the rest of the agent about itself. */
export type PostNews =
  /** It stands elsewhere now; told of every step, before what the step is news of. */
  | { readonly is: 'moved'; readonly from: ReaderState['is']; readonly to: ReaderState['is'] }
  | { readonly is: 'ready'; readonly identity: ReaderIdentity }
  | { readonly is: 'lost'; readonly why: LineEnd; readonly detail: string }
  | { readonly is: 'card'; readonly entryMode: EntryMode }
  | { readonly is: 'bad read'; readonly why: BadRead }
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
  /** Looks for the baud rate it answers at; not while it is lent, and on a serial port only. */
  findBaud(done: (found: BaudFound) => void): boolean;
  /** What went over its line after an entry; see `trace.ts`. */
  trace(after: number): readonly TraceEntry[];
}

/** How a reader hangs here: its driver, its line, and what can be known of its place. */
export interface Hanging {
  readonly openReader: OpenReader;
  readonly line: LineKind;
  readonly openLine: OpenLine;
  /** Whether it is plugged in; left out where nobody can see that. */
  readonly isThere?: () => boolean;
  /** Its port at any rate, where it hangs on one. */
  readonly serial?: {
    readonly baudRate: number;
    readonly openAt: (baudRate: number) => OpenLine;
  };
}

export interface PostParts extends Hanging {
  readonly setting: ReaderSetting;
  readonly clock: Clock;
  readonly tell: (news: PostNews) => void;
}

/** Makes a post; nothing is opened before `start`. */
export const postOf = (parts: PostParts): Post => new ReaderPost(parts);

class ReaderPost implements Post {
  readonly setting: ReaderSetting;
  readonly #parts: PostParts;
  readonly #trace: Trace;
  #state: ReaderState = { is: 'absent' };
  #reader: Reader | undefined;
  #holder: ((event: CardEvent) => void) | undefined;
  #testers: ((result: ReaderTest) => void)[] = [];
  #callOff: () => void = () => undefined;
  /** Calls off the wait for a chip that was answered; there while it has not spoken. */
  #chipSpeaks: (() => void) | undefined;
  #callOffNews: () => void = () => undefined;
  #callOffSearch: (() => void) | undefined;
  #running = false;
  /** Until then it is expected to be gone, on the monotonic clock, and what that is for is not told. */
  #backByMs = 0;

  constructor(parts: PostParts) {
    this.#parts = parts;
    this.setting = parts.setting;
    this.#trace = traceOf(() => parts.clock.wallMs());
  }

  state(): ReaderState {
    return this.#state;
  }

  trace(after: number): readonly TraceEntry[] {
    return this.#trace.after(after);
  }

  start(): void {
    this.#running = true;
    this.#open({ is: 'plugging in' });
  }

  stop(): void {
    this.#running = false;
    this.#callOffSearch?.();
    this.#callOffSearch = undefined;
    this.#leave('the agent is stopping');
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

  findBaud(done: (found: BaudFound) => void): boolean {
    const { serial, openReader, clock, setting } = this.#parts;
    const isFree = this.#running && this.#callOffSearch === undefined && this.#state.is !== 'busy';
    if (serial === undefined || !isFree) return false;
    this.#leave('its baud rate is being looked for');
    this.#callOffSearch = findBaud({
      rates: ratesFrom(serial.baudRate),
      ...{ openReader, settings: setting.options ?? {}, timers: clock },
      openAt: (baudRate) => this.#trace.over(serial.openAt(baudRate)),
      done: (found) => {
        this.#callOffSearch = undefined;
        done(found);
        // The line of the last question may not be let go yet.
        this.#callOff = clock.after(reopenAfterMs(0), () => this.#open({ is: 'plugging in' }));
      },
    });
    return true;
  }

  #open(how: Extract<ReaderHappening, { is: 'plugging in' }>): void {
    if (!this.#running || !this.#step(how)) return;
    const { openReader, line, openLine, clock, setting } = this.#parts;
    const reader = openReader({
      open: this.#trace.over(openLine),
      line,
      timers: clock,
      settings: setting.options ?? {},
      hear: (event) => {
        if (reader !== this.#reader) return;
        this.#trace.note(event);
        this.#hear(event);
      },
    });
    this.#reader = reader;
  }

  #hear(event: ReaderEvent): void {
    switch (event.is) {
      case 'ready':
        return this.#welcome(event);
      case 'card':
      case 'bad read':
        return this.#hearCard(event);
      case 'prompt':
        this.#holder?.(event);
        return;
      case 'completed':
        this.#completed(event);
        return;
      case 'tested':
        return this.#answerTesters(event);
      case 'noise':
        this.#parts.tell(event);
        return;
      case 'restarting':
        this.#backByMs = this.#parts.clock.monotonicMs() + event.withinMs;
        return;
      case 'lost':
        return this.#lose(event);
    }
  }

  #hearCard(event: Extract<ReaderEvent, { is: 'card' | 'bad read' }>): void {
    if (this.#holder === undefined) return;
    const { tell } = this.#parts;
    tell(event.is === 'card' ? { is: 'card', entryMode: event.read.entryMode } : event);
    this.#holder(event);
  }

  // A reader that says another serial number than the settings is another reader, on this one's cable; where
  // USB numbers chose it, the number is that of the USB device, and what the reader says may be another.
  #welcome(event: Extract<ReaderEvent, { is: 'ready' }>): void {
    const { serialNumber: wanted, path } = this.setting;
    const { serialNumber: found = wanted } = event.identity;
    if (found === wanted || wanted === undefined || isChosenByNumber(path)) {
      this.#backByMs = 0;
      this.#callOffNews();
      if (this.#step(event)) this.#parts.tell(event);
      return;
    }
    const says = `The reader at ${path} has the serial number ${found}, and the settings want ${wanted}`;
    const reader = this.#reader;
    this.#lose({
      ...{ is: 'lost', why: 'failed' },
      detail: `${says}; plug in the right one, or correct the settings.`,
    });
    reader?.close();
  }

  #lose(event: Extract<ReaderEvent, { is: 'lost' }>): void {
    const holder = this.#holder;
    this.#holder = undefined;
    this.#reader = undefined;
    this.#chipSpeaks?.();
    this.#chipSpeaks = undefined;
    const isNews = this.#state.is !== 'opening' || this.#state.losses === 0;
    if (!this.#step(event)) return;
    if (isNews) this.#tellLoss(event);
    this.#answerTesters({ passed: false, identity: {}, detail: event.detail });
    holder?.({ is: 'lost' });
    if (this.#state.is !== 'lost' || !this.#running) return;
    const { clock, isThere } = this.#parts;
    const { losses } = this.#state;
    const open = (anew: boolean) => this.#open({ is: 'plugging in', ...(anew ? { anew } : {}) });
    this.#callOff = reopening({ clock, isThere, losses, open });
  }

  // While it restarts it may be gone; only one that has not come back by then is told of.
  #tellLoss(event: Extract<PostNews, { is: 'lost' }>): void {
    const { clock, tell } = this.#parts;
    const leftMs = this.#backByMs - clock.monotonicMs();
    if (leftMs <= 0) return tell(event);
    this.#callOffNews();
    this.#callOffNews = clock.after(leftMs, () => tell(event));
  }

  #leave(detail: string): void {
    this.#callOff();
    this.#chipSpeaks?.();
    this.#chipSpeaks = undefined;
    this.#callOffNews();
    this.#reader?.close();
    this.#reader = undefined;
    this.#holder = undefined;
    this.#become({ is: 'absent' });
    this.#answerTesters({ passed: false, identity: {}, detail });
  }

  #answerTesters({ passed, identity, detail }: ReaderTest): void {
    const testers = this.#testers;
    this.#testers = [];
    for (const done of testers) done({ passed, identity, detail });
  }

  #step(heard: ReaderHappening): boolean {
    const then = next(this.#state, heard);
    if (then === undefined) return false;
    this.#become(then);
    return true;
  }

  #become(then: ReaderState): void {
    const from = this.#state.is;
    this.#state = then;
    if (then.is !== from) this.#parts.tell({ is: 'moved', from, to: then.is });
  }
}

const isChosenByNumber = (path: string): boolean => 'vendorId' in (hidPickOf(path) ?? {});
