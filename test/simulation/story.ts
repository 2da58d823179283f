/** The story of a day: what happened, a line each, and how often each kind of thing did. */
import type { Clock } from '../../agent/world.ts';

export class Story {
  readonly lines: string[] = [];
  /** How often each event, state, refusal, fault and way of recovery was reached. */
  readonly reached = new Map<string, number>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  tell(line: string): void {
    this.lines.push(`${String(this.#clock.monotonicMs()).padStart(10)}  ${line}`);
  }

  reach(what: string): void {
    this.reached.set(what, (this.reached.get(what) ?? 0) + 1);
  }

  fault(what: string): void {
    this.tell(`── ${what}`);
    this.reach(`fault: ${what}`);
  }

  refused(code: string): void {
    this.reach(`refusal: ${code}`);
  }

  /** A log event of the agent, or an event of the portal. */
  heard(event: string, fields: object): void {
    const { state, reason, heard, trigger } = fields as Record<string, string | undefined>;
    this.tell(`${event} ${JSON.stringify(fields)}`);
    this.reach(`event: ${event}`);
    if (event === 'payment.step' && state !== undefined) {
      this.reach(`state: ${state}`);
      if (reason !== undefined) this.refused(reason);
      if (heard === 'answered' && !['approved', 'declined'].includes(state)) {
        this.reach('recovery: a late answer is journalled');
      }
    }
    if (event === 'batch.closed') this.reach(`batch closed by: ${trigger ?? 'nobody'}`);
    if (event === 'link.state' && state !== undefined) this.reach(`link: ${state}`);
  }
}
