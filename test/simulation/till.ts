/**
 * The till: a POS that asks for sales, asks again under the same key when it is not sure, and writes down
 * what it was told. It believes in one transaction for one key (invariant I1).
 */
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

/** Amounts and the answers they stand for, in the order of keys; `.05`, `.51` and `.91` have a meaning. */
const amounts = [12_00, 99_00, 5_05, 20_51, 7_91, 33_94, 8_00, 150_00, 1_00, 10_00];

export class Till {
  readonly notes = new Map<string, Note>();

  /** A sale nobody asked for before. */
  next(dice: SeededDice, readers: number): Note {
    const number = this.notes.size;
    const odd = dice.below(40);
    const currency = odd === 0 ? 'XXZ' : odd < 6 ? 'EUR' : 'USD';
    const value = odd === 6 ? 0 : (amounts[dice.below(amounts.length)] ?? 1_00);
    const named = dice.fraction() < 0.7;
    const request: TransactionRequest = {
      type: 'sale',
      amount: { value, currency },
      ...(named ? { reader: `counter-${1 + dice.below(readers)}` } : {}),
      ...(dice.below(12) === 0 ? { offline: 'forbid' as const } : {}),
    };
    const note = { key: `sale-${number}`, request, transactionIds: [] };
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
      return known === undefined || known === ''
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
