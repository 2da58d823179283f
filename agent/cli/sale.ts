/** `holdfast sale`: takes a payment from the terminal, as a POS would, and waits for what comes of it. */
import { formatAmount, parseAmount } from '../../contract/index.ts';
import type { TransactionAnswer } from '../local-api/shapes.ts';
import { done, wrongUse, type Call, type Command, type Failed, type Result } from './command.ts';
import { reachOptions } from './home.ts';
import { ask, type Asking } from './local-api.ts';
import type { Terminal } from './terminal.ts';
import { transactionText } from './view.ts';

/** Seconds one call waits for the outcome; in between it is told when the card was read. */
const lookEverySeconds = 2;
/** Milliseconds between two calls that came back at once. */
const atLeastMs = 250;
/** Outcomes with which the customer may leave with the goods. */
const paid: readonly (string | null)[] = ['approved', 'approved_offline', 'partially_approved'];

const takeSale = async (call: Call): Promise<Result> => {
  const { args, options, terminal } = call;
  const { currency = 'USD', wait, key = terminal.newKey() } = options;
  const parsed = parseAmount(args['AMOUNT'] ?? '', currency);
  if (!parsed.ok) return wrongUse(parsed.why);
  const seconds = wait === undefined ? Infinity : Number(wait);
  if (wait !== undefined && !/^\d{1,6}$/.test(wait)) {
    return wrongUse(`--wait takes whole seconds, not "${wait}".`);
  }
  const asking: Asking = {
    method: 'POST',
    path: '/v1/transactions',
    headers: { 'Idempotency-Key': key },
    body: { type: 'sale', amount: parsed.amount, ...given(options) },
  };
  // Heard from before the sale is begun: a Ctrl-C must not leave it behind.
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

const given = ({ offline, reader, reference }: Call['options']): object => ({
  ...(offline === undefined ? {} : { offline }),
  ...(reader === undefined ? {} : { reader }),
  ...(reference === undefined ? {} : { reference }),
});

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
  while (now.outcome === null && interrupts.count() < 2 && performance.now() < deadline) {
    const askedAt = performance.now();
    const left = Math.ceil((deadline - askedAt) / 1_000);
    const waitSeconds = Math.min(lookEverySeconds, left);
    const reply = await ask<TransactionAnswer>(call, { ...asking, waitSeconds });
    if (reply.is === 'failed') return reply;
    if (reply.body.state !== now.state) tell(call, reply.body);
    now = reply.body;
    const soon = performance.now() - askedAt < atLeastMs;
    if (soon && now.outcome === null) await pause(atLeastMs);
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

const tell = ({ json, terminal }: Call, { state, amount, transactionId }: TransactionAnswer) => {
  if (json) return;
  if (state === 'awaiting_card') {
    terminal.out(`Present the card for ${formatAmount(amount)} (${transactionId}).\n`);
  } else if (state === 'sent') {
    terminal.out('The card was read; asking the host.\n');
  }
};

const resultOf = (transaction: TransactionAnswer): Result => {
  const exit = paid.includes(transaction.outcome) ? 0 : 1;
  return done(transaction, transactionText(transaction), exit);
};

// When the agent was lost on the way, only the same key tells whether the sale was begun.
const withKey = (failure: Failed, key: string): Failed => {
  if (failure.error.code !== 'agent_lost') return failure;
  const message = `${failure.error.message} Repeat the sale with --key ${key}: it is charged once.`;
  return { ...failure, error: { ...failure.error, message } };
};

export const saleCommand: Command = {
  name: 'sale',
  says: 'take a payment; Ctrl-C cancels it while the card is awaited',
  args: [{ name: 'AMOUNT', says: 'as you write it: 42.50' }],
  options: [
    { flags: '--currency <CODE>', says: 'ISO 4217 (default USD)' },
    { flags: '--offline <HOW>', says: 'forbid an offline approval', choices: ['allow', 'forbid'] },
    { flags: '--reader <ID>', says: 'the reader to use (default: the first that is ready)' },
    { flags: '--reference <TEXT>', says: 'your own name for the sale, to find it again' },
    { flags: '--key <KEY>', says: 'the Idempotency-Key; the same key never charges twice' },
    {
      flags: '--wait <SECONDS>',
      says: 'how long to wait for the outcome (default: until it is there)',
    },
    ...reachOptions,
  ],
  run: takeSale,
};
