/**
 * Retelling: what the facts of the log, read from the first to the last, say became of each transaction. The
 * ledger's rows must say the same (invariant I3).
 */
import {
  check,
  deliberateReasons,
  words,
  type Fact,
  type FactBody,
  type Outcome,
  type WordType,
  type Word,
} from '../../contract/index.ts';

/** A transaction as the facts tell it. */
interface Told {
  outcome: Outcome | undefined;
  /** What it would be again when what was begun on it comes to nothing. */
  before: Outcome | undefined;
  /** Ends the device has told: told again by a later epoch, they say nothing new. */
  ends?: readonly Outcome[];
  readonly voids?: string;
}

/** Reversals of an approval that is known, and not wanted any more. */
const deliberate: ReadonlySet<string> = new Set(deliberateReasons);

/** What a finished reversal ends; the approvals of a ledger that has forgotten the reversal, too. */
const undoable: readonly Outcome[] = ['unknown', 'approved', 'partially_approved'];

export class Retelling {
  readonly #told = new Map<string, Told>();

  /** The outcome of every transaction there is a fact of; none yet is `undefined`. */
  outcomes(): Map<string, Outcome | undefined> {
    return new Map([...this.#told].map(([id, { outcome }]) => [id, outcome]));
  }

  /** Takes one more fact; any order but the log's tells nonsense. */
  hear(fact: Fact): void {
    switch (fact.type) {
      case 'transaction.created':
        return this.#created(fact.body);
      case 'transaction.stored':
        return this.#open(fact.body.transactionId, 'approved_offline');
      case 'transaction.advised':
        return this.#advised(fact.body);
      case 'transaction.partially_approved':
        return this.#open(fact.body.transactionId, 'partially_approved');
      case 'transaction.held':
        return this.#change(fact.body.transactionId, ['approved_offline', 'unknown'], 'held');
      case 'transaction.released':
        return this.#back(fact.body.transactionId, 'held');
      case 'reversal':
        return this.#reversal(fact.body);
      case 'transaction.finished':
        return this.#finished(fact.body);
      case 'word.taken':
        return this.#word(fact.body);
      default:
        return undefined;
    }
  }

  #created({ transactionId, type, originalTransactionId }: FactBody<'transaction.created'>): void {
    if (this.#told.has(transactionId)) return;
    const voids = type === 'void' ? originalTransactionId : undefined;
    const blank = { outcome: undefined, before: undefined };
    this.#told.set(transactionId, voids === undefined ? blank : { ...blank, voids });
  }

  #advised({ transactionId, reason }: FactBody<'transaction.advised'>): void {
    const wasSent = reason !== 'no_host' && reason !== 'original_open';
    this.#open(transactionId, wasSent ? 'unknown' : 'approved_offline');
    const { outcome, voids = '' } = this.#told.get(transactionId) ?? {};
    const sale = this.#told.get(voids);
    // A void that has an end, and is told again, begins nothing.
    if (sale === undefined || (outcome !== 'unknown' && outcome !== 'approved_offline')) return;
    if (sale.outcome !== 'approved_offline' && sale.outcome !== 'held') return;
    // A void that comes to nothing leaves it stored, also where it was parked.
    sale.before = 'approved_offline';
    sale.outcome = 'void_pending';
  }

  #finished({ transactionId, outcome }: FactBody<'transaction.finished'>): void {
    const ends = this.#told.get(transactionId)?.ends ?? [];
    if (ends.includes(outcome)) return;
    this.#end(transactionId, outcome);
    const told = this.#told.get(transactionId);
    if (told !== undefined) told.ends = [...ends, outcome];
  }

  #reversal({ transactionId, reason }: FactBody<'reversal'>): void {
    if (deliberate.has(reason))
      this.#change(transactionId, ['approved', 'partially_approved'], 'unknown');
    this.#open(transactionId, 'unknown');
  }

  // A new epoch restates the facts of open transactions; what is final by then is not told back.
  #open(transactionId: string, outcome: Outcome): void {
    this.#change(
      transactionId,
      [undefined, 'unknown', 'approved_offline', 'partially_approved'],
      outcome,
    );
  }

  #change(transactionId: string, from: readonly (Outcome | undefined)[], outcome: Outcome): void {
    const told = this.#told.get(transactionId) ?? { outcome: undefined, before: undefined };
    this.#told.set(transactionId, told);
    if (!from.includes(told.outcome) || told.outcome === outcome) return;
    told.before = told.outcome;
    told.outcome = outcome;
  }

  #back(transactionId: string, from: Outcome): void {
    const told = this.#told.get(transactionId);
    if (told?.outcome === from) told.outcome = told.before;
  }

  #end(transactionId: string, outcome: Outcome): void {
    const told = this.#told.get(transactionId) ?? { outcome, before: undefined };
    this.#told.set(transactionId, told);
    told.outcome = outcome;
    if (told.voids === undefined) return;
    // A void that came to nothing lets its sale stand as it was.
    if (outcome === 'declined' || outcome === 'forward_declined')
      this.#back(told.voids, 'void_pending');
    else if (outcome === 'approved') this.#change(told.voids, ['void_pending'], 'voided');
  }

  #word({ applied, type, content }: FactBody<'word.taken'>): void {
    const word = isWordType(type) ? check(words[type].body, content) : undefined;
    if (!applied || word?.ok !== true) return;
    this.#wordTaken({ type, body: word.value } as Word);
  }

  #wordTaken(word: Word): void {
    switch (word.type) {
      case 'transaction.decided':
        return this.#decided(word.body.transactionId, word.body.result);
      case 'reversal.done':
        return this.#change(word.body.transactionId, undoable, 'reversed');
      case 'voided':
        return this.#end(word.body.transactionId, 'voided');
      case 'transaction.parked':
        return this.#change(word.body.transactionId, ['approved_offline', 'unknown'], 'held');
      case 'transaction.changed':
        if (word.body.kind === 'void') this.#end(word.body.transactionId, 'voided');
        return undefined;
      default:
        return undefined;
    }
  }

  #decided(transactionId: string, result: 'approved' | 'declined'): void {
    const told = this.#told.get(transactionId);
    // Approved while its void is on the way: the void undoes that, or leaves it.
    if (told?.outcome === 'void_pending' && result === 'approved') {
      told.before = 'approved';
      return;
    }
    const wasAsked =
      told?.outcome === 'unknown' || (told?.outcome === 'held' && told.before === 'unknown');
    const no = wasAsked ? 'declined' : 'forward_declined';
    this.#end(transactionId, result === 'approved' ? 'approved' : no);
  }
}

const isWordType = (type: string): type is WordType => Object.hasOwn(words, type);
