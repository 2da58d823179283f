/**
 * A back office: the clerk who closes batches, over a real ledger in a quiet world, with sales that stand as
 * a test wants them and a portal that says what it lets it say.
 */
import type { FactBody, Outcome, Settlement, WordType } from '../../contract/index.ts';
import { clerkOf, type Clerk } from '../../agent/batches/closing.ts';
import type { BatchNews } from '../../agent/batches/news.ts';
import { batchView } from '../../agent/batches/view.ts';
import type { Ledger } from '../../agent/ledger/ledger.ts';
import type { Order } from '../../agent/payments/order.ts';
import { takeWords } from '../../agent/payments/words.ts';
import { answerTo, idOf, orderOf, sealedCard } from '../fixtures/payments.ts';
import { settingsWith } from './linked-ledger.ts';
import { approve, enter, happen, loseTrackOf, openedLedger, send, store } from './open-ledger.ts';
import type { OpenedLedger } from './open-ledger.ts';
import { quietWorld, type QuietWorld } from './quiet-world.ts';
import { wordLog, type WordLog } from './word-log.ts';

export const cashier = { userId: 'local' };

export interface OfficePlan {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly world?: QuietWorld;
  readonly opened?: OpenedLedger;
  readonly words?: WordLog;
  readonly online?: boolean;
}

/** How a sale of 42.50 may be entered. */
const entering = {
  approved: approve,
  stored: (ledger: Ledger, order: Order, number: number) =>
    store(ledger, order, number, sealedCard(number)),
  unknown: loseTrackOf,
  sent: send,
  waiting: (ledger: Ledger, order: Order) => enter(ledger, order),
} as const;

export class BackOffice {
  readonly world: QuietWorld;
  readonly opened: OpenedLedger;
  readonly words: WordLog;
  readonly clerk: Clerk;
  readonly news: BatchNews[] = [];
  online: boolean;
  wakes = 0;

  constructor(plan: OfficePlan = {}) {
    this.world = plan.world ?? quietWorld();
    this.opened = plan.opened ?? openedLedger(this.world);
    this.words = plan.words ?? wordLog();
    this.online = plan.online ?? false;
    this.clerk = clerkOf({
      ...{ ledger: this.ledger, world: this.world },
      settings: settingsWith(plan.settings ?? {}),
      online: () => this.online,
      wake: () => void (this.wakes += 1),
      tell: (news) => this.news.push(news),
    });
  }

  get ledger(): Ledger {
    return this.opened.ledger;
  }

  /** Enters a sale in the batch that is open, and lets the clerk look. */
  sell(number: number, how: keyof typeof entering, differently: Partial<Order> = {}): string {
    const { name = 'System' } = differently.batch ?? {};
    const batch = this.ledger.commit(() =>
      this.ledger.batches.current(name, this.world.clock.wallMs()),
    );
    entering[how](this.ledger, orderOf(number, { ...differently, batch }), number);
    this.look();
    return idOf('txn', number);
  }

  /** Has a sale stand in a state the payment of today does not reach. */
  stand(number: number, state: string, outcome: Outcome): void {
    this.opened.db
      .prepare('UPDATE transactions SET state = ?, outcome = ? WHERE transaction_id = ?')
      .run(JSON.stringify({ is: state }), outcome, idOf('txn', number));
    this.look();
  }

  /** A sale that waits for its card is not waited for any longer. */
  giveUp(number: number): void {
    happen(this.ledger, idOf('txn', number), { is: 'given up', reason: 'card_timeout' });
    this.look();
  }

  look(): void {
    this.clerk.look();
    this.world.clock.advance(0);
  }

  /** Asks by hand; gives how the batch stands, or the code of the refusal. */
  close(number?: number, name?: string): string {
    const asked = {
      ...(number === undefined ? {} : { number }),
      ...(name === undefined ? {} : { name }),
    };
    const kept = this.clerk.close({ ...asked, by: cashier });
    return 'code' in kept ? kept.code : kept.state.is;
  }

  /** The portal says something; gives the notes of what had no effect. */
  say(type: WordType, body: unknown, id?: string): (string | undefined)[] {
    this.words.say(type, body, id);
    return this.hear();
  }

  /** Takes in all the portal has said. */
  hear(): (string | undefined)[] {
    const before = this.ledger.upLog.head().seq;
    const { told } = takeWords(this.ledger, this.words.frame(1));
    for (const each of told) this.clerk.heard(each);
    this.look();
    return this.facts('word.taken', before).map(({ note }) => note);
  }

  decide(number: number, result: 'approved' | 'declined' = 'approved'): void {
    this.say('transaction.decided', answerTo(idOf('txn', number), idOf('att', number), result));
  }

  undo(number: number): void {
    const attempt = { transactionId: idOf('txn', number), attemptId: idOf('att', number) };
    this.say('reversal.done', { ...attempt, hostResult: 'reversed' });
  }

  batch(number: number, name = 'System') {
    const kept = this.ledger.batches.find({ name, number });
    if (kept === undefined) throw new Error(`There is no batch ${name} ${number}.`);
    return batchView(kept, this.ledger);
  }

  /** The bodies of all facts of a type behind a number. */
  facts<T extends 'batch.closed' | 'batch.records' | 'command.finished' | 'word.taken'>(
    type: T,
    after = 0,
  ): FactBody<T>[] {
    const found: FactBody<T>[] = [];
    for (let run = this.ledger.upLog.run(after + 1); run !== undefined;) {
      for (const entry of run.entries) {
        if (entry.type === type) found.push(entry.body as FactBody<T>);
      }
      run = this.ledger.upLog.run(run.from + run.entries.length);
    }
    return found;
  }

  told(is: BatchNews['is']): number {
    return this.news.filter((each) => each.is === is).length;
  }
}

/** A settlement of a batch, agreed unless told otherwise. */
export const settlementOf = (
  number: number,
  differently: Partial<Settlement> = {},
): Settlement => ({
  batch: { name: 'System', number },
  outcome: 'agreed',
  settled: [{ currency: 'USD', value: 4_250 }],
  differences: [],
  differenceCount: 0,
  declinedAfterClose: [],
  ...differently,
});
