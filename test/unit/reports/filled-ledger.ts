/** A ledger filled by hand: rows as they stand once their payments went wherever the test wants them. */
import type { ClockTrust, Outcome, Settlement, TransactionType } from '../../../contract/index.ts';
import type { Closed } from '../../../agent/batches/batch.ts';
import type { Ledger } from '../../../agent/ledger/ledger.ts';
import type { Order } from '../../../agent/payments/order.ts';
import { idOf, orderOf } from '../../fixtures/payments.ts';
import { openedLedger, type OpenedLedger } from '../../rigs/open-ledger.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';

export const day = 86_400_000;
export const usd = (value: number) => ({ value, currency: 'USD' });

/** A transaction, approved unless it says otherwise; amounts in minor units. */
export interface Entered {
  readonly type?: TransactionType;
  readonly outcome?: Outcome | null;
  readonly amount?: number;
  readonly charged?: number;
  readonly currency?: string;
  readonly brand?: string | null;
  readonly entryMode?: string | null;
  readonly application?: string;
  readonly batch?: number;
  readonly counted?: 0 | 1;
  readonly clock?: ClockTrust;
  /** Wall time it was entered at. */
  readonly at?: number;
  readonly order?: object;
  readonly payment?: object;
}

export interface Filling {
  /** So many batches are opened, and all but the last are closed. */
  readonly batches?: number;
  /** What they are closed with, beside nothing at all. */
  readonly closed?: Partial<Closed>;
  /** How the portal settles them, if it does. */
  readonly settlement?: Omit<Settlement, 'batch'>;
}

/** Opens a ledger and enters these, one after the other; its batches are opened before. */
export const filledLedger = (entered: readonly Entered[], filling: Filling = {}): OpenedLedger => {
  const { batches = 1 } = filling;
  const opened = openedLedger(quietWorld());
  const insert = opened.db.prepare(
    `INSERT INTO transactions (transaction_id, ordered, state, outcome, final, amount, currency, type,
       application, batch_name, batch_number, charged, brand, entry_mode, counted,
       created_at, updated_at, clock)
     VALUES (@transactionId, @ordered, @state, @outcome, @final, @amount, @currency, @type,
       @application, 'System', @batch, @charged, @brand, @entryMode, @counted, @at, @at, @clock)`,
  );
  for (let number = 1; number <= batches; number += 1) openBatch(opened.ledger, number, filling);
  for (const [place, each] of entered.entries()) insert.run(rowOf(each, place + 1));
  return opened;
};

/** Opens the next batch, and closes it unless it is the last one. */
const openBatch = ({ commit, batches }: Ledger, number: number, filling: Filling): void => {
  const wallMs = number * day;
  commit(() => {
    const batch = batches.current('System', wallMs);
    if (number === (filling.batches ?? 1)) return;
    const trigger = 'hand';
    batches.move(batch, { is: 'closing', trigger }, wallMs);
    const told = { batch, openedAt: wallMs, trigger, totals: [], carried: [], pages: 0 } as const;
    const sums = { totals: [], carried: [], digest: '0'.repeat(64) };
    const closed: Closed = { ...told, ...sums, ...filling.closed };
    batches.move(batch, { is: 'closed', closed }, wallMs + 1_000);
    if (filling.settlement === undefined) return;
    const settlement = { ...filling.settlement, batch };
    batches.move(batch, { is: 'settled', closed, settlement }, wallMs + 1_000);
  });
};

const settled: readonly (Outcome | null)[] = [
  ...(['approved', 'declined', 'reversed', 'voided', 'cancelled', 'forward_declined'] as const),
];

const rowOf = (entered: Entered, number: number) => {
  const { type = 'sale', outcome = 'approved', currency = 'USD', charged = 0 } = entered;
  const amount = entered.amount ?? Math.abs(charged);
  const order: Order = orderOf(number, { type, amount: { value: amount, currency } });
  return {
    transactionId: idOf('txn', number),
    ordered: JSON.stringify({ ...order, ...entered.order }),
    state: JSON.stringify({ is: outcome ?? 'awaiting_card', ...entered.payment }),
    ...{ type, outcome, currency, charged, amount, at: entered.at ?? number },
    final: settled.includes(outcome) ? 1 : 0,
    brand: entered.brand === undefined ? 'visa' : entered.brand,
    entryMode: entered.entryMode === undefined ? 'chip' : entered.entryMode,
    application: entered.application ?? 'till',
    batch: entered.batch ?? 1,
    counted: entered.counted === 1 ? amount : 0,
    clock: entered.clock ?? 'trusted',
  };
};
