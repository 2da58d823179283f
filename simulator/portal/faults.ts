/**
 * Faults: what can be made to go wrong, and how often still. Armed here, applied in `post.ts` (messages) and
 * asked for by `desk.ts` (decisions) and `settlements.ts`.
 */

/** What each fault does. */
export const faultTable = {
  drop_request: 'A live request is lost on its way to the portal.',
  refuse: 'A live request is refused by the portal; the host does not see it.',
  refuse_oddly: 'A live request is refused with a code nobody knows; the host has done its part.',
  drop_response: 'A live answer is lost; the host has done its part.',
  delay_response: 'A live answer waits `ms`, and is not sent once the deadline has passed.',
  duplicate_response: 'A live answer is sent twice.',
  late_response: 'A live answer is sent `ms` after the deadline.',
  drop_up_ack: 'An acknowledgement of facts is lost.',
  duplicate_up_ack: 'An acknowledgement of facts is sent twice.',
  drop_down_frame: 'A frame of words is lost.',
  duplicate_down_frame: 'A frame of words is sent twice.',
  hold_decisions:
    'Nothing is decided and nothing reversed from the log while this is armed; it is not used up.',
  hold_settlements: 'No batch is settled while this is armed; it is not used up.',
  lose_record:
    'The portal loses a record of a batch it settles, so that this one is not agreed about.',
  bad_signature: 'A signed message gets a signature that does not fit.',
  wrong_subject: 'A signed message is signed for another device.',
  oversize: 'A signed message is larger than the link allows.',
  garbage: 'A signed message is replaced by bytes that mean nothing.',
} as const;

export type FaultName = keyof typeof faultTable;

/** Channels a spoiling fault can be kept to. */
export const faultChannels = [
  'log/up/ack',
  'log/down',
  'live/res',
  'desired/trust',
  'desired/client',
  'desired/group',
  'desired/device',
  'desired/access',
] as const;
export type FaultChannel = (typeof faultChannels)[number];

/** How a fault is armed. `count` is how many times it still happens; 0 disarms. */
export interface Arming {
  readonly count: number;
  /** For the faults that wait, in milliseconds. */
  readonly ms?: number;
  /** For the faults that spoil signed messages; any channel when absent. */
  readonly channel?: FaultChannel;
}

/** The most times and the longest wait a fault can be armed with. */
export const faultLimits = { count: 1_000_000, ms: 3_600_000 } as const;

export const faultNames = Object.keys(faultTable).filter((name): name is FaultName =>
  Object.hasOwn(faultTable, name),
);

export class Faults {
  readonly #armed = new Map<FaultName, Arming>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Arms a fault, in place of what was armed under its name. Throws outside the limits. */
  arm(name: FaultName, arming: Arming): void {
    const { count, ms = 0 } = arming;
    if (!isWhole(count, faultLimits.count) || !isWhole(ms, faultLimits.ms)) {
      const { count: times, ms: longest } = faultLimits;
      throw new RangeError(`Arm a fault 0 to ${times} times and for 0 to ${longest} ms.`);
    }
    if (count === 0) this.#armed.delete(name);
    else this.#armed.set(name, arming);
    this.#changed();
  }

  /** Disarms everything. */
  clear(): void {
    this.#armed.clear();
    this.#changed();
  }

  /** Whether a fault is armed, without using it up. */
  isArmed(name: FaultName): boolean {
    return this.#armed.has(name);
  }

  /** Uses up one time of a fault that is armed (for this channel), and says how it was armed. */
  take(name: FaultName, channel?: FaultChannel): Arming | undefined {
    const arming = this.#armed.get(name);
    if (arming === undefined) return undefined;
    if (arming.channel !== undefined && arming.channel !== channel) return undefined;
    if (arming.count === 1) this.#armed.delete(name);
    else this.#armed.set(name, { ...arming, count: arming.count - 1 });
    return arming;
  }

  /** Everything that is armed. */
  armed(): Readonly<Partial<Record<FaultName, Arming>>> {
    return Object.fromEntries(this.#armed);
  }
}

const isWhole = (value: number, most: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= most;
