/** Payments of every type on the command line, and what follows them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../../simulator/shop/until.ts';
import { openTill, type Till } from '../local-api/till.ts';
import { run, runAt, start, type Ran } from './captured.ts';

let till: Till;
beforeEach(async () => {
  till = await openTill({ offline: { enabled: true }, storage: { reserveMiB: 1 } });
});
afterEach(() => till.close());

const at = (...words: string[]): Promise<Ran> => runAt(till, ...words);

/** Runs a command that waits for a card, and taps one; gives the transaction. */
const tapped = async (...words: string[]): Promise<Ran> => {
  const { ran } = start([...words, '--json'], { HOLDFAST_DATA: till.directory });
  await until('the reader is armed', () => till.post.state().is === 'busy');
  till.post.tap();
  return ran;
};
const sold = async (...words: string[]): Promise<string> =>
  String((await tapped(...words)).document()['transactionId']);
const usd = (value: number) => ({ value, currency: 'USD' });

describe('what begins with a card', () => {
  test('is sold with tip, surcharge and ZIP code, authorized or refunded', async () => {
    const parts = ['--tip', '5', '--surcharge', '1.00', '--zip', '94107', '--batch', 'Bar'];
    expect((await tapped('sale', '42.50', ...parts)).document()).toMatchObject({
      ...{ type: 'sale', amount: usd(4_250), tipAmount: usd(500), surchargeAmount: usd(100) },
      batchName: 'Bar',
    });
    expect((await tapped('authorize', '42.50')).document()).toMatchObject({
      ...{ type: 'authorization', outcome: 'approved' },
    });
    expect((await tapped('refund', '--amount', '1')).document()).toMatchObject({
      ...{ type: 'refund', amount: usd(100), outcome: 'approved' },
    });
  });

  test('is refused when its parts are more than it', async () => {
    const { exit, document } = await at('sale', '1.00', '--tip', '1.01', '--json');
    expect([exit, document()]).toMatchObject([1, { error: { code: 'amount_invalid' } }]);
  });
});

describe('what follows a sale', () => {
  test('is refunded in parts, and then the rest', async () => {
    const id = await sold('sale', '42.50');
    const part = await at('refund', id, '--amount', '10', '--json');
    expect([part.exit, part.document()]).toMatchObject([0, { amount: usd(1_000) }]);
    expect((await at('refund', id, '--json')).document()).toMatchObject({ amount: usd(3_250) });
    const more = await at('refund', id, '--amount', '0.01');
    expect([more.exit, more.out]).toEqual([1, '']);
    expect(more.err).toContain('0.00 USD is left to refund');
  });

  test('takes no amount that is none, in words a person knows', async () => {
    const sale = await sold('sale', '42.50');
    const hold = await sold('authorize', '42.50');
    const edges = ['-5', '42.505', '4,25', '1e3', '100000000.00', '9999999999999', ''];
    const asked = edges.flatMap((amount) => [
      ['refund', sale, '--amount', amount],
      ['adjust', sale, '--amount', amount],
      ['adjust', sale, '--tip', amount],
      ['capture', hold, '--amount', amount],
      ['capture', hold, '--tip', amount],
    ]);
    const nothing = [
      ['refund', sale, '--amount', '0'],
      ['adjust', sale, '--amount', '0.00'],
      ['capture', hold, '--amount', '0'],
    ];
    for (const words of [...asked, ...nothing]) {
      const { exit, out, err } = await at(...words);
      expect([words, exit, out]).toEqual([words, 2, '']);
      expect(err).toMatch(/^[^\n]+\.\n$/);
    }
    expect((await at('adjust', sale, '--tip', '0')).exit).toBe(0);
  });

  test('is voided, and shows it', async () => {
    const id = await sold('sale', '42.50');
    const { exit, out } = await at('void', id);
    expect([exit, out]).toEqual([0, expect.stringMatching(/^Approved\./m)]);
    expect(out).toMatch(new RegExp(`^type +void of ${id}$`, 'm'));
    expect((await at('transactions', id)).out).toMatch(/^Voided\./);
  });

  test('gets its tip, or another total', async () => {
    const id = await sold('sale', '42.50');
    expect((await at('adjust', id, '--tip', '7.50')).out).toMatch(/^amount +50\.00 USD$/m);
    expect((await at('transactions', id)).out).toMatch(/^stands for +50\.00 USD$/m);
    const total = await at('adjust', id, '--amount', '40', '--tip', '0', '--json');
    expect(total.document()).toMatchObject({ amount: usd(4_000), tipAmount: usd(0) });
  });

  test('is captured, as a whole or less', async () => {
    const id = await sold('authorize', '42.50');
    const captured = await at('capture', id, '--amount', '40', '--tip', '5', '--json');
    expect(captured.document()).toMatchObject({ type: 'capture', amount: usd(4_000) });
    const again = await at('capture', id);
    expect([again.exit, again.err]).toEqual([1, expect.stringContaining('captured before')]);
  });

  test('waits for the host, and says so', async () => {
    const id = await sold('sale', '42.50');
    till.host.online = false;
    const { exit, document } = await at('void', id, '--json');
    expect([exit, document()]).toMatchObject([0, { outcome: 'approved_offline' }]);
    expect((await at('queue')).out).toContain('1 transaction to be decided');
  });

  test.each([
    [['adjust', 'txn_x'], '--tip'],
    [['refund'], '--amount'],
    [['capture'], 'ID'],
    [['void'], 'ID'],
    [['accept'], 'ID'],
    [['queue', 'hold'], 'ID'],
  ])('%j is wrong use', async (words, says) => {
    const { exit, out, err } = await run(words, { HOLDFAST_DATA: till.directory });
    expect([exit, out]).toEqual([2, '']);
    expect(err).toContain(says);
  });

  test('is not there, and says how to find what is', async () => {
    for (const words of [['void'], ['capture'], ['refund'], ['adjust', '--tip', '1'], ['accept']]) {
      const [command = '', ...options] = words;
      const { exit, err } = await at(command, 'txn_x', ...options);
      expect([exit, err]).toEqual([1, expect.stringContaining('There is no transaction "txn_x"')]);
    }
  });
});

describe('what is asked', () => {
  test('a part is accepted or rejected', async () => {
    till.host.reply = 'approve half';
    const { exit, document } = await tapped('sale', '42.50');
    expect([exit, document()]).toMatchObject([0, { outcome: 'partially_approved' }]);
    const id = String(document()['transactionId']);
    expect((await at('transactions', id)).out).toContain(`holdfast accept ${id}`);
    expect((await at('accept', id)).out).toMatch(/^Approved\./);
    const other = await sold('sale', '10.00');
    expect((await at('reject', other)).out).toMatch(/^Unknown\./);
    expect((await at('accept', other)).exit).toBe(1);
  });

  test('a repetition is meant or not, and the command does not wait for it', async () => {
    till.host.online = false;
    await sold('sale', '42.50');
    const { exit, document } = await tapped('sale', '42.50');
    expect([exit, document()]).toMatchObject([1, { state: 'challenged', outcome: null }]);
    const id = String(document()['transactionId']);
    expect((await at('transactions', id)).out).toContain(`holdfast reject ${id}`);
    expect((await at('accept', id)).out).toMatch(/^Approved offline\./);
  });

  test('a record of the queue is parked and released', async () => {
    till.host.online = false;
    const id = await sold('sale', '42.50');
    expect((await at('queue', 'hold', id, '--reason', 'looks odd')).out).toMatch(/^Held\./);
    expect((await at('queue')).out).toMatch(/held/);
    expect((await at('queue', 'release', id)).out).toMatch(/^Approved offline\./);
    expect((await at('queue', 'hold', id)).exit).toBe(0);
  });
});

describe('what the settings ask the customer for', () => {
  let asking: Till;
  beforeEach(async () => {
    asking = await openTill({ hasZipCodePrompt: true, hasCvvPrompt: true });
  });
  afterEach(() => asking.close());

  /** Begins something with these options, and gives what is kept of the customer's answers. */
  const begun = async (...words: string[]): Promise<unknown> => {
    const ran = await runAt(asking, ...words, '--wait', '0', '--json');
    const id = String(ran.document()['transactionId']);
    await runAt(asking, 'cancel', id);
    return asking.ledger.transactions.find(id)?.order.prompts;
  };

  test('is answered with an option, and kept as it was answered', async () => {
    for (const cvv of ['bypassed', 'illegible', 'not_present']) {
      const kept = await begun('sale', '42.50', '--zip', '94107', '--cvv', cvv);
      expect(kept).toEqual({ zipCode: '94107', cvv });
    }
  });

  test('may not have been given', async () => {
    const kept = await begun('authorize', '42.50', '--no-zip', '--cvv', 'not_present');
    expect(kept).toEqual({ zipCode: null, cvv: 'not_present' });
  });

  test('is refused when it is left out, and the sentence names the option', async () => {
    const noZip = await runAt(asking, 'sale', '42.50', '--cvv', 'bypassed');
    expect([noZip.exit, noZip.err]).toEqual([1, expect.stringMatching(/--zip CODE.*--no-zip/)]);
    const noCvv = await runAt(asking, 'sale', '42.50', '--no-zip');
    expect([noCvv.exit, noCvv.err]).toEqual([1, expect.stringContaining('`--cvv`')]);
  });

  test('is never a CVV', async () => {
    const { exit, err } = await runAt(asking, 'sale', '42.50', '--cvv', '123');
    expect([exit, err]).toEqual([2, expect.stringContaining('bypassed, illegible, not_present')]);
  });
});
