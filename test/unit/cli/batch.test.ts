/** `holdfast batch`: what people read about a close, and with which code it ends. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeWords } from '../../../agent/payments/words.ts';
import { until } from '../../../simulator/shop/until.ts';
import { settlementOf } from '../../rigs/back-office.ts';
import { wordLog } from '../../rigs/word-log.ts';
import { openTill, type Till } from '../local-api/till.ts';
import { runAt } from './captured.ts';

let till: Till;
beforeEach(async () => {
  till = await openTill({ offline: { enabled: true } });
});
afterEach(() => till.close());

let keys = 0;
const sell = async (): Promise<string> => {
  const selling = till.sell(`batch-${(keys += 1)}`, {}, { Prefer: 'wait=30' });
  await until('the reader is armed', () => till.post.state().is === 'busy');
  till.post.tap();
  return String((await selling).body['transactionId']);
};

const settle = (...[number, differently]: Parameters<typeof settlementOf>): void => {
  const words = wordLog(1, { clientId: 'client-1', deviceId: 'device-1' });
  words.say('settlement', settlementOf(number, differently));
  for (const news of takeWords(till.ledger, words.frame(1)).told) till.shop.clerk.heard(news);
};

describe('close', () => {
  test('says what was closed, and that the portal has not confirmed it', async () => {
    await sell();
    const { exit, out, err } = await runAt(till, 'batch', 'close', '--wait', '0');
    expect([exit, err]).toEqual([0, '']);
    expect(out).toMatch(/^Could not confirm yet\. System 1 is closed for good; .*System-1`\.$/m);
    expect(out).toMatch(/^net +42\.50 USD$/m);
    expect(out).toMatch(/^sale +1: 42\.50 USD$/m);
  });

  test('with --json prints one document', async () => {
    await sell();
    const { exit, document } = await runAt(till, 'batch', 'close', '--wait', '0', '--json');
    expect([exit, document()]).toMatchObject([0, { batchId: 'System-1', state: 'closed' }]);
  });

  test('with nothing open ends with 1 and a sentence', async () => {
    const { exit, out, err } = await runAt(till, 'batch', 'close');
    expect([exit, out]).toEqual([1, '']);
    expect(err).toBe('No batch of this name is open; there is nothing to close.\n');
  });

  test('of a number that was closed shows how it ended', async () => {
    await sell();
    await runAt(till, 'batch', 'close', '--wait', '0');
    settle(1);
    const { exit, out } = await runAt(till, 'batch', 'close', '--number', '1');
    expect(exit).toBe(0);
    expect(out).toMatch(/^Agreed\. .*nothing to do\.$/m);
  });

  test('says what it waits for', async () => {
    const selling = till.sell('waits', {}, { Prefer: 'wait=30' });
    await until('the reader is armed', () => till.post.state().is === 'busy');
    const { exit, out } = await runAt(till, 'batch', 'close', '--wait', '0');
    expect(exit).toBe(0);
    expect(out).toMatch(/^Closing\. .*it waits for 1 transaction under way\.$/m);
    till.post.tap();
    await selling;
  });

  test.each([
    ['--number', 'x'],
    ['--wait', 'long'],
  ])('%s %s is wrong use', async (option, value) => {
    const { exit, err } = await runAt(till, 'batch', 'close', option, value);
    expect([exit, err]).toEqual([2, expect.stringContaining(`"${value}"`)]);
  });
});

test('a batch the portal does not agree with ends with 1, and lists in what', async () => {
  const transactionId = await sell();
  await runAt(till, 'batch', 'close', '--wait', '0');
  settle(1, {
    ...{ outcome: 'not_agreed', settled: [], differenceCount: 3 },
    differences: [
      { transactionId, is: 'missing_at_portal', device: { value: 4_250, currency: 'USD' } },
    ],
    declinedAfterClose: [{ transactionId, amount: { value: 100, currency: 'USD' } }],
  });
  const { exit, out } = await runAt(till, 'batch', 'show', 'System-1');
  expect(exit).toBe(1);
  expect(out).toMatch(/^Not agreed\. .*Its totals stay as they are; ask whoever keeps the portal/m);
  expect(out).toMatch(new RegExp(`^${transactionId} +missing at portal +42\\.50 USD$`, 'm'));
  expect(out).toContain('… and 2 more.');
  expect(out).toMatch(new RegExp(`^${transactionId} +1\\.00 USD$`, 'm'));
});

test('list shows how each stands, newest first', async () => {
  expect((await runAt(till, 'batch')).out).toBe('No batches.\n');
  await sell();
  await runAt(till, 'batch', 'close', '--wait', '0');
  await sell();
  const { out } = await runAt(till, 'batch', 'list', '--limit', '1');
  expect(out).toMatch(/^System-2 +open +1 +42\.50 USD/m);
  expect(out).toMatch(/^Older ones: --cursor 2$/m);
  const { out: older } = await runAt(till, 'batch', 'list', '--cursor', '2');
  expect(older).toMatch(/^System-1 +unconfirmed +1 +42\.50 USD/m);
});

test('a batch that is not there says how to see those that are', async () => {
  const { exit, err } = await runAt(till, 'batch', 'show', 'Nope-1');
  expect(exit).toBe(1);
  expect(err).toMatch(/^There is no batch "Nope-1"; `holdfast batch list`/);
});

test('status names the open batch and the last that was closed', async () => {
  await sell();
  await runAt(till, 'batch', 'close', '--wait', '0');
  await sell();
  const { out } = await runAt(till, 'status');
  expect(out).toMatch(/^open batch +System 2: 1 transaction, 42\.50 USD$/m);
  expect(out).toMatch(/^last closed +System 1: unconfirmed$/m);
});
