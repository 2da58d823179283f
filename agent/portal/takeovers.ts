/**
 * Takeovers: a session that ended because another one was begun in this device's name. Once may be a network
 * that lost a connection without telling; again within minutes is another device with a copy of this
 * identity, and the two would chase each other for ever.
 */

/** So many takeovers within so long are no accident, ms. */
const windowMs = 600_000;
const most = 1;
/** How long it is remembered after the last one, ms. */
const rememberedMs = 1_800_000;
/** The shortest wait before the next connection while a clone is suspected, ms. */
export const cloneWaitMs = 300_000;

export class Takeovers {
  #times: number[] = [];
  #suspectedAt: number | undefined;

  /** Notes one, at a monotonic time; says whether a clone is suspected from now on, and was not before. */
  note(nowMs: number): boolean {
    const was = this.isSuspicious(nowMs);
    this.#times = [...this.#times.filter((at) => nowMs - at <= windowMs), nowMs];
    if (this.#times.length > most) this.#suspectedAt = nowMs;
    return !was && this.isSuspicious(nowMs);
  }

  isSuspicious(nowMs: number): boolean {
    return this.#suspectedAt !== undefined && nowMs - this.#suspectedAt <= rememberedMs;
  }
}
