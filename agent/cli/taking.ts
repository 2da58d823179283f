/**
 * Taking a payment from the terminal, as a POS would: asks under a key, waits for what comes of it, and may
 * be interrupted while a card is awaited.
 */
import { formatAmount, parseAmount, type Amount } from '../../contract/index.ts';
import type { TransactionAnswer } from '../local-api/shapes.ts';
import { done, wrongUse, type Call, type Failed, type OptionRow, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask, type Asking } from './local-api.ts';
import type { Terminal } from './terminal.ts';
import { transactionText } from './view.ts';

/** Seconds one call waits for the outcome; in between it is told when the card was read. */
const lookEverySeconds = 2;
/** Milliseconds between two calls that came back at once. */
const atLeastMs = 250;
/** Outcomes that are what was asked for, as far as they go. */
const carriedOut: readonly (string | null)[] = [
  'approved',
  'approved_offline',
  'partially_approved',
];

/** The options of everything that takes a payment. */
export const takingOptions: readonly OptionRow[] = [
  { flags: '--offline <HOW>', says: 'forbid an offline approval', choices: ['allow', 'forbid'] },
  { flags: '--reference <TEXT>', says: 'your own name for it, to find it again' },
  { flags: '--batch <NAME>', says: 'the batch it belongs to (default System)' },
  { flags: '--key <KEY>', says: 'the Idempotency-Key; the same key never charges twice' },
  {
    flags: '--wait <SECONDS>',
    says: 'how long to wait for the outcome (default: until it is there)',
  },
  ...reachOptions,
];

/** The members of a request that are named by options of the same kind everywhere. */
export const askedBy = ({ offline, reader, reference, batch }: Call['options']): object => ({
  ...(offline === undefined ? {} : { offline }),
  ...(reader === undefined ? {} : { reader }),
  ...(reference === undefined ? {} : { reference }),
  ...(batch === undefined ? {} : { batchName: batch }),
});

/** Amounts by the names they have in a request, read from how people write them; what is absent stays so. */
export const amountsIn = (
  written: Readonly<Record<string, string | undefined>>,
  currency: string,
): { readonly amounts: Readonly<Record<string, Amount>> } | Failed => {
  const amounts: Record<string, Amount> = {};
  for (const [name, text] of Object.entries(written)) {
    if (text === undefined) continue;
    const parsed = parseAmount(text, currency);
    if (!parsed.ok) return wrongUse(parsed.why);
    // A tip or a surcharge may be taken away; a payment of nothing is none.
    if (name === 'amount' && parsed.amount.value === 0) {
      return wrongUse(`"${text}" is nothing to charge or give back; write an amount above 0.`);
    }
    amounts[name] = parsed.amount;
  }
  return { amounts };
};

/** Takes the payment a request asks for, and waits for its outcome. */
export const take = async (call: Call, body: object): Promise<Result> => {
  const { options, terminal } = call;
  const { wait, key = terminal.newKey() } = options;
  const seconds = wait === undefined ? Infinity : Number(wait);
  if (wait !== undefined && !/^\d{1,6}$/.test(wait)) {
    return wrongUse(`--wait takes whole seconds, not "${wait}".`);
  }
  const asking: Asking = {
    method: 'POST',
    path: '/v1/transactions',
    headers: { 'Idempotency-Key': key },
    body,
  };
  // Heard from before it is begun: a Ctrl-C must not leave it behind.
  const interrupts = interruptsOf(terminal);
  try {
    const begun = await ask<TransactionAnswer>(call, asking);
    if (begun.is === 'failed') return withKey(begun, key);
    interrupts.atFirst(() => cancel(call, begun.body.transactionId));
    const ended = await watch(call, asking, begun.body, {
      interrupts,
      deadline: performance.now() + 1_000 * seconds,
    });
    return 'is' in ended ? withKey(ended, key) : resultOf(ended);
  } finally {
    interrupts.stop();
  }
};

/** Somebody else has to act before there is an outcome: the customer, or the host. */
const isAwaited = ({ outcome, state }: TransactionAnswer): boolean =>
  outcome === null && state !== 'challenged';

interface Patience {
  readonly interrupts: Interrupts;
  readonly deadline: number;
}

/** Repeats the request under its key, which begins nothing again, until there is an outcome. */
const watch = async (
  call: Call,
  asking: Asking,
  begun: TransactionAnswer,
  { interrupts, deadline }: Patience,
): Promise<TransactionAnswer | Failed> => {
  let now = begun;
  tell(call, now);
  while (isAwaited(now) && interrupts.count() < 2 && performance.now() < deadline) {
    const askedAt = performance.now();
    const left = Math.ceil((deadline - askedAt) / 1_000);
    const waitSeconds = Math.min(lookEverySeconds, left);
    const reply = await ask<TransactionAnswer>(call, { ...asking, waitSeconds });
    if (reply.is === 'failed') return reply;
    if (reply.body.state !== now.state) tell(call, reply.body);
    now = reply.body;
    const soon = performance.now() - askedAt < atLeastMs;
    if (soon && isAwaited(now)) await pause(atLeastMs);
  }
  return now;
};

interface Interrupts {
  /** How often Ctrl-C was pressed: once cancels the sale, twice waits no longer. */
  count(): number;
  /** Runs at the first one, or now when that was before. */
  atFirst(then: () => void): void;
  stop(): void;
}

const interruptsOf = (terminal: Terminal): Interrupts => {
  let count = 0;
  let first = (): void => undefined;
  const stop = terminal.onSignal('SIGINT', () => {
    count += 1;
    if (count === 1) first();
  });
  return {
    count: () => count,
    atFirst: (then) => {
      first = then;
      if (count > 0) then();
    },
    stop,
  };
};

const cancel = (call: Call, transactionId: string): void => {
  const path = `/v1/transactions/${transactionId}/cancel`;
  void ask(call, { method: 'POST', path }).then((reply) => {
    if (reply.is === 'failed') call.terminal.err(`Not cancelled: ${reply.error.message}\n`);
  });
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

const tell = ({ json, terminal }: Call, transaction: TransactionAnswer) => {
  if (json) return;
  const { state, amount, transactionId, originalTransactionId } = transaction;
  if (state === 'awaiting_card') {
    terminal.out(`Present the card for ${formatAmount(amount)} (${transactionId}).\n`);
  } else if (state === 'sent') {
    const isFollowUp = originalTransactionId !== undefined;
    terminal.out(isFollowUp ? 'Asking the host.\n' : 'The card was read; asking the host.\n');
  }
};

const resultOf = (transaction: TransactionAnswer): Result => {
  const exit = carriedOut.includes(transaction.outcome) ? 0 : 1;
  return done(transaction, transactionText(transaction), exit);
};

// When the agent was lost on the way, only the same key tells whether the sale was begun.
const withKey = (failure: Failed, key: string): Failed => {
  if (failure.error.code !== 'agent_lost') return failure;
  const message = `${failure.error.message} Repeat it with --key ${key}: it is charged once.`;
  return { ...failure, error: { ...failure.error, message } };
};
