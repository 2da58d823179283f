/**
 * A HID line: input reports in, output and feature reports out, over whatever gives access to a device.
 *
 *   device ─ queue ─ `record`            a report, its number taken off where reports have numbers
 *   `query` ─ set feature ─ get feature ─ `answer`
 *
 * No system says that a HID device was unplugged. It is noticed by a read that fails, by a write that fails,
 * and by looking every moment whether the device is still listed; whichever is first says `ended`, once.
 *
 * There is no lock on a hidraw device: it is never `busy`, and whoever else opens it hears the cards too. Who
 * may open it at all is for the udev rule to say.
 */
import { readDescriptor, type HidUsage, type ReportMap } from '../hid/descriptor.ts';
import { chooseHid, nameOf, type HidDevice, type HidPick } from '../hid/device.ts';
import { filledUp, type ReportSizes } from '../hid/report.ts';
import { whyDenied, type OwningGroup } from '../serial/refusal.ts';
import type { Line, LineEnd, LineEvent, OpenLine, Timers } from './line.ts';
import { writesOf, type Writes } from './writes.ts';

/** A device and how to speak to it. */
export interface HidLineOptions {
  readonly pick: HidPick;
  /** What the wanted interface is for, where a device has several. */
  readonly use?: HidUsage;
  readonly sizes: ReportSizes;
  /** Milliseconds one write may take; a query, which also reads, may take twice as long. */
  readonly writeWithinMs: number;
}

/** An opened device. The first byte of what is sent to it, and of a feature report, is the report id or 0. */
export interface HidHandle {
  write(report: Uint8Array): Promise<unknown>;
  sendFeatureReport(report: Uint8Array): Promise<unknown>;
  getFeatureReport(reportId: number, byteCount: number): Promise<Uint8Array>;
  /** Input reports from now on, with an id only where they are numbered; `lost` when reading fails. */
  listen(hear: (report: Uint8Array) => void, lost: (why: string) => void): void;
  close(): Promise<void>;
}

export type HidAccess = 'allowed' | 'denied' | 'absent';

/** The system's HID devices. */
export interface HidHost {
  list(): readonly HidDevice[];
  /** Where a link leads, such as one that a udev rule made; another path as it is. */
  realPath(path: string): string;
  /** The report descriptor, where the system gives it. */
  descriptorOf(device: HidDevice): Uint8Array | undefined;
  /** Whether it is still the device that was listed. */
  isThere(device: HidDevice): boolean;
  /** What the system says about opening it, apart from doing so. */
  access(device: HidDevice): HidAccess;
  groupOf(device: HidDevice): OwningGroup | undefined;
  open(device: HidDevice): Promise<HidHandle>;
}

/** Limits of every HID line. */
export const hidLimits = {
  /** Input reports that may wait to be told; more are discarded, and counted. */
  reportsWaitingMax: 64,
  /** Milliseconds between two looks whether the device is still there. */
  lookEveryMs: 1_500,
  /** Milliseconds a device may take to close before it is given up. */
  closeWithinMs: 2_000,
} as const;

type State = 'opening' | 'open' | 'ending' | 'ended';

/** A way to open the device on this host. */
export const openHidOn =
  (host: HidHost) =>
  (options: HidLineOptions, timers: Timers): OpenLine =>
  (hear) =>
    new HidLine(host, options, timers, hear);

class HidLine implements Line {
  readonly #host: HidHost;
  readonly #options: HidLineOptions;
  readonly #timers: Timers;
  readonly #hear: (event: LineEvent) => void;
  readonly #writes: Writes;
  /** Those of the writes that ask for an answer. */
  readonly #questions = new WeakSet<Uint8Array>();
  readonly #waiting: (Uint8Array | number)[] = [];
  #state: State = 'opening';
  #isBeingOpened = false;
  #device: HidDevice | undefined;
  #handle: HidHandle | undefined;
  #map: ReportMap | undefined;
  #last: LineEvent = { is: 'ended', why: 'closed', detail: '' };
  #callOff: () => void = () => {};

  constructor(
    host: HidHost,
    options: HidLineOptions,
    timers: Timers,
    hear: (event: LineEvent) => void,
  ) {
    this.#host = host;
    this.#options = options;
    this.#timers = timers;
    this.#hear = hear;
    this.#writes = writesOf({
      timers,
      path: nameOf(options.pick),
      withinMs: 2 * options.writeWithinMs,
      write: (report, done) =>
        void this.#write(report).then(
          () => done(),
          (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
        ),
      late: (report) =>
        this.#questions.has(report) ? notAnswered(nameOf(options.pick), options) : undefined,
      fail: (why, detail) => this.#end(why, detail),
    });
    this.#callOff = timers.after(0, () => this.#open());
  }

  send(bytes: Uint8Array, reportId = 0): void {
    this.#writes.add(Uint8Array.of(reportId, ...bytes));
  }

  query(bytes: Uint8Array, reportId = 0): void {
    const report = Uint8Array.of(reportId, ...bytes);
    this.#questions.add(report);
    this.#writes.add(report);
  }

  // A report comes whole or not at all.
  skip(): void {}

  close(): void {
    this.#end('closed', `${nameOf(this.#options.pick)} was closed.`);
  }

  #open(): void {
    const { pick, use } = this.#options;
    const real = 'path' in pick ? { path: this.#host.realPath(pick.path) } : pick;
    const choice = chooseHid(this.#host.list(), real, use);
    if (!choice.ok) return this.#end(choice.why, choice.detail);
    const { device } = choice;
    this.#isBeingOpened = true;
    this.#host.open(device).then(
      (handle) => this.#opened(device, handle),
      (error: unknown) => {
        this.#isBeingOpened = false;
        const look = { access: this.#host.access(device), group: this.#host.groupOf(device) };
        this.#end(...whyNotOpened(device.path, messageOf(error), look));
        this.#released();
      },
    );
  }

  #opened(device: HidDevice, handle: HidHandle): void {
    this.#isBeingOpened = false;
    this.#device = device;
    this.#handle = handle;
    if (this.#state !== 'opening') return this.#release();
    const descriptor = this.#host.descriptorOf(device);
    const read = descriptor && readDescriptor(descriptor);
    this.#map = read?.ok === true ? read.map : undefined;
    this.#state = 'open';
    handle.listen(
      (report) => this.#take(report),
      (why) => this.#end('unplugged', `${device.path} went away: ${why}.`),
    );
    this.#look();
    this.#hear({ is: 'opened', ...(descriptor === undefined ? {} : { descriptor }) });
    this.#writes.start();
  }

  #look(): void {
    this.#callOff = this.#timers.after(hidLimits.lookEveryMs, () => {
      if (this.#isThere()) return this.#look();
      this.#end('unplugged', `${nameOf(this.#options.pick)} is not listed any more.`);
    });
  }

  #isThere(): boolean {
    return this.#device !== undefined && this.#host.isThere(this.#device);
  }

  // Told a moment later, so that a flood that came while nobody listened is bounded and not worked through.
  #take(report: Uint8Array): void {
    if (this.#state !== 'open') return;
    const waiting = this.#waiting;
    const last = waiting.at(-1);
    if (waiting.length === 0) this.#timers.after(0, () => this.#tell());
    if (waiting.length < hidLimits.reportsWaitingMax) return void waiting.push(report);
    if (typeof last === 'number') waiting[waiting.length - 1] = last + report.length;
    else waiting.push(report.length);
    report.fill(0);
  }

  #tell(): void {
    const numbered = this.#map?.numbered ?? this.#options.sizes.numbered;
    for (const waiting of this.#waiting.splice(0)) {
      if (typeof waiting === 'number') this.#say({ is: 'discarded', byteCount: waiting });
      else this.#say(recordOf(waiting, numbered, this.#options));
    }
  }

  // What nobody hears any more may have been a card.
  #say(event: LineEvent): void {
    if (this.#state === 'open') this.#hear(event);
    else if (event.is === 'record') event.bytes.fill(0);
  }

  async #write(report: Uint8Array): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) return;
    const [reportId = 0] = report;
    const isQuestion = this.#questions.has(report);
    const reportBytes = this.#reportBytes(isQuestion ? 'feature' : 'output', reportId);
    const whole = Uint8Array.of(reportId, ...filledUp(report.subarray(1), reportBytes));
    if (!isQuestion) return void (await handle.write(whole));
    const answer = await this.#answerTo(handle, whole).catch((error: unknown) => {
      // Who is there and refuses has answered; nobody need wait for more.
      if (!this.#isThere()) throw error;
      return new Uint8Array();
    });
    if (this.#state === 'open') this.#hear({ is: 'answer', bytes: answer.slice(1) });
  }

  async #answerTo(handle: HidHandle, question: Uint8Array): Promise<Uint8Array> {
    await handle.sendFeatureReport(question);
    return await handle.getFeatureReport(question[0] ?? 0, question.length);
  }

  #reportBytes(kind: 'feature' | 'output', reportId: number): number {
    const declared = this.#map?.bytesOf(kind, reportId) ?? 0;
    const { featureBytes, outputBytes } = this.#options.sizes;
    return declared > 0 ? declared : kind === 'feature' ? featureBytes : outputBytes;
  }

  #end(why: LineEnd, detail: string): void {
    if (this.#state === 'ending' || this.#state === 'ended') return;
    this.#state = 'ending';
    this.#last = { is: 'ended', why, detail };
    this.#writes.stop();
    this.#callOff();
    for (const report of this.#waiting.splice(0)) if (typeof report !== 'number') report.fill(0);
    // A device that is just being opened is let go when it has been.
    const isHeld = this.#isBeingOpened || this.#handle !== undefined;
    const withinMs = isHeld ? hidLimits.closeWithinMs : 0;
    this.#callOff = this.#timers.after(withinMs, () => this.#released());
    this.#release();
  }

  // The device is let go first, so that whoever hears of the end may open it again at once.
  #release(): void {
    const done = () => this.#released();
    this.#handle?.close().then(done, done);
  }

  #released(): void {
    if (this.#state !== 'ending') return;
    this.#callOff();
    this.#state = 'ended';
    this.#hear(this.#last);
  }
}

const recordOf = (report: Uint8Array, numbered: boolean, { sizes }: HidLineOptions): LineEvent => {
  const bytes = numbered ? report.slice(1) : report;
  const [reportId = 0] = report;
  if (numbered) report.fill(0);
  if (bytes.length > sizes.inputBytesMax) {
    bytes.fill(0);
    return { is: 'discarded', byteCount: bytes.length };
  }
  return { is: 'record', bytes, ...(numbered ? { reportId } : {}) };
};

/** Of a device that took a question, or did not even do that, and let its time go by. */
const notAnswered = (
  name: string,
  { writeWithinMs }: HidLineOptions,
): readonly [LineEnd, string] => [
  'silent',
  `${name} answered no question within ${2 * writeWithinMs} ms; pull it out and plug it in again.`,
];

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/\.$/, '') : 'nothing is known';

/** What it means that a device could not be opened, and what to do about it. */
export const whyNotOpened = (
  path: string,
  message: string,
  { access, group }: { readonly access: HidAccess; readonly group?: OwningGroup | undefined },
): [LineEnd, string] => {
  // The library that node-hid is built on; a small system may come without.
  if (/shared object|libusb|libudev/.test(message)) {
    const found = `HID devices cannot be opened: ${message}`;
    return ['failed', `${found}; install libusb-1.0-0 and libudev1.`];
  }
  switch (access) {
    case 'absent':
      return ['absent', `${path} is not there any more; plug the reader in.`];
    case 'denied':
      return ['denied', whyDenied(path, group)];
    case 'allowed':
      return ['failed', `${path} cannot be opened as a HID device: ${message}.`];
  }
};
