/**
 * The till: a POS that asks for sales, asks again under the same key when it is not sure, and writes down
 * what it was told. It believes in one transaction for one key (invariant I1).
 */
import type { Amount, TransactionType } from '../../contract/index.ts';
import type { Begun, Cashier } from '../../agent/payments/cashier.ts';
import type { TransactionRequest } from '../../agent/payments/entering.ts';
import type { SeededDice } from '../../simulator/world/dice.ts';

/** What the till wrote down under a key. */
export interface Note {
  readonly key: string;
  readonly request: TransactionRequest;
  /** Every transaction this key was ever answered with; more than one only after a ledger was restored. */
  readonly transactionIds: string[];
  /** Refused before a transaction existed: the key is free. */
  refused?: string;
}

export const application = 'pos';

/** Amounts and the answers they stand for; `.05`, `.10`, `.51`, `.68` and `.91` have a meaning. */
const amounts = [12_00, 99_00, 5_05, 20_51, 7_91, 33_94, 8_00, 150_00, 1_00, 10_00, 24_10, 6_68];

/** What may follow a transaction of a type. */
const followUps: Readonly<Record<TransactionType, readonly TransactionType[]>> = {
  sale: ['void', 'refund', 'refund', 'adjustment', 'adjustment'],
  authorization: ['capture', 'capture', 'capture', 'void'],
  capture: ['refund', 'void', 'adjustment'],
  refund: ['void'],
  void: ['refund'],
  adjustment: ['void'],
};

/** What comes with some sales: a tip, a surcharge (now and then more than the settings allow), a ZIP code. */
const extrasOf = (dice: SeededDice, { value, currency }: Amount): Partial<TransactionRequest> => {
  const extra = dice.below(30);
  const share = (part: number) => ({ value: Math.floor(value / part), currency });
  return {
    ...(extra === 0 ? { tipAmount: share(2) } : extra === 1 ? { tipAmount: share(12) } : {}),
    ...(extra === 2 ? { surchargeAmount: share(2) } : {}),
    ...(extra < 25 ? { prompts: { zipCode: extra < 20 ? '80331' : null } } : {}),
  };
};

export class Till {
  readonly notes = new Map<string, Note>();
  /** Transactions that were final more than a year ago: they may be gone, and their keys expired. */
  readonly old = new Set<string>();
  #lastSale: TransactionRequest | undefined;

  /** A sale nobody asked for before. */
  next(dice: SeededDice, readers: number): Note {
    const odd = dice.below(40);
    const currency = odd === 0 ? 'XXZ' : odd < 6 ? 'EUR' : 'USD';
    const value = odd === 6 ? 0 : (amounts[dice.below(amounts.length)] ?? 1_00);
    const named = dice.fraction() < 0.7;
    const kind = dice.below(20);
    // The next customer often buys what the one before bought.
    const again = odd > 30 ? this.#lastSale : undefined;
    const request: TransactionRequest = {
      type: kind === 0 ? 'refund' : kind < 5 ? 'authorization' : 'sale',
      amount: { value, currency },
      ...(named ? { reader: `counter-${1 + dice.below(readers)}` } : {}),
      ...(dice.below(12) === 0 ? { offline: 'forbid' as const } : {}),
      ...(again === undefined ? {} : { type: again.type, amount: again.amount }),
      ...extrasOf(dice, { value, currency }),
    };
    this.#lastSale = request.type === 'sale' ? request : this.#lastSale;
    return this.#noted(request);
  }

  /** Something that follows what was asked for before: as much as there is, or a part of it. */
  follow(dice: SeededDice): Note | undefined {
    const before = this.some(dice);
    const originalTransactionId = before?.transactionIds.at(-1) ?? '';
    if (before === undefined || originalTransactionId === '') return undefined;
    const possible = followUps[before.request.type];
    const type = possible[dice.below(possible.length)] ?? 'void';
    const { value, currency } = before.request.amount ?? { value: 10_00, currency: 'USD' };
    const part = { amount: { value: Math.max(1, Math.floor(value / 2)), currency } };
    const tip = { tipAmount: { value: Math.floor(value / 10), currency } };
    const more = { amount: { value: Math.floor((value * 11) / 10), currency } };
    const isMore =
      type === 'capture' && dice.fork(`more than is held ${this.notes.size}`).below(4) === 0;
    const isPart = dice.fraction() < 0.4 && (type === 'refund' || type === 'capture');
    return this.#noted({
      ...{ type, originalTransactionId },
      ...(type === 'adjustment' ? tip : isMore ? more : isPart ? part : {}),
    });
  }

  #noted(request: TransactionRequest): Note {
    const note: Note = { key: `sale-${this.notes.size}`, request, transactionIds: [] };
    this.notes.set(note.key, note);
    return note;
  }

  /** Some sale that was asked for before. */
  some(dice: SeededDice): Note | undefined {
    return [...this.notes.values()][dice.below(Math.max(1, this.notes.size))];
  }

  /** Asks under the note's key; gives what the cashier said, and what is wrong about it. */
  ask(cashier: Cashier, note: Note): { begun: Begun; wrong: string[] } {
    const begun = cashier.begin(note.request, application, note.key);
    return { begun, wrong: this.#write(note, begun) };
  }

  /** Asks for something else under a key that is taken. */
  askOtherwise(cashier: Cashier, { key, request }: Note): Begun {
    const { value, currency } = request.amount ?? { value: 0, currency: 'USD' };
    return cashier.begin({ ...request, amount: { value: value + 1, currency } }, application, key);
  }

  /** The ledger was restored: these transactions do not exist any more. */
  forget(transactionIds: ReadonlySet<string>): void {
    for (const { transactionIds: known } of this.notes.values()) {
      const last = known.at(-1);
      if (last !== undefined && transactionIds.has(last)) known.push('');
    }
  }

  #write(note: Note, begun: Begun): string[] {
    if (begun.is === 'refused') {
      const known = note.transactionIds.at(-1);
      note.refused = begun.code;
      const mayBe = begun.code === 'idempotency_expired' && this.old.has(known ?? '');
      return known === undefined || known === '' || mayBe
        ? []
        : [`I1: ${note.key} stands for ${known}, but was refused: ${begun.code}`];
    }
    const { transactionId } = begun.transaction.order;
    const known = note.transactionIds.at(-1);
    if (known === transactionId) return [];
    note.transactionIds.push(transactionId);
    delete note.refused;
    return known === undefined || known === ''
      ? []
      : [`I1: ${note.key} stood for ${known}, and now for ${transactionId}`];
  }
}
