import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { places } from '../../../agent/places.ts';
import { refusals } from '../../../contract/index.ts';
import { freePort } from '../../../simulator/shop/port.ts';
import { until } from '../../../simulator/shop/until.ts';
import { openTill, type Till } from '../local-api/till.ts';
import { runAt, start } from './captured.ts';

let till: Till;
beforeEach(async () => {
  till = await openTill({ offline: { enabled: true } });
});
afterEach(() => till.close());

const startAt = (...words: string[]) => start(words, { HOLDFAST_DATA: till.directory });
const armed = () => until('the reader is armed', () => till.post.state().is === 'busy');

describe('sale', () => {
  test('prompts, waits, and ends with 0 when it is approved', async () => {
    const { ran, out } = startAt('sale', '42.50', '--reference', 'order 7');
    await until('it prompts', () => out().includes('Present the card for 42.50 USD'));
    till.post.tap();
    const { exit, out: printed, err } = await ran;
    expect([exit, err]).toEqual([0, '']);
    expect(printed).toContain('Approved.');
    expect(printed).toContain('order 7');
  });

  test('ends with 1 when it is declined', async () => {
    till.host.reply = 'decline';
    const { ran } = startAt('sale', '42.50');
    await armed();
    till.post.tap();
    const { exit, out } = await ran;
    expect(exit).toBe(1);
    expect(out).toContain('Declined. The host declined.\n');
  });

  test('with --json prints one document and nothing else', async () => {
    const { ran } = startAt('sale', '42.50', '--json');
    await armed();
    till.post.tap();
    const { exit, document, err } = await ran;
    expect([exit, err]).toEqual([0, '']);
    expect(document()).toMatchObject({
      outcome: 'approved',
      amount: { value: 4250, currency: 'USD' },
    });
  });

  test('is stored while the host cannot be asked, and not if that is forbidden', async () => {
    till.host.online = false;
    const stored = startAt('sale', '1.00', '--json');
    await armed();
    till.post.tap();
    expect((await stored.ran).document()).toMatchObject({ outcome: 'approved_offline' });
    const refused = startAt('sale', '2.00', '--json', '--offline', 'forbid');
    await armed();
    till.post.tap();
    const { exit, document } = await refused.ran;
    expect(exit).toBe(1);
    expect(document()).toMatchObject({ outcome: 'declined', reason: 'offline_forbidden' });
  });

  test('is cancelled by Ctrl-C while the card is awaited', async () => {
    const { ran, interrupt } = startAt('sale', '42.50', '--json');
    await armed();
    interrupt();
    const { exit, document } = await ran;
    expect(exit).toBe(1);
    expect(document()).toMatchObject({ outcome: 'cancelled', reason: 'cancelled_by_pos' });
  });

  test('is not cancelled by Ctrl-C once the card was used; the second one waits no longer', async () => {
    till.host.reply = undefined;
    const { ran, interrupt, err } = startAt('sale', '42.50', '--json');
    await armed();
    till.post.tap();
    interrupt();
    await until('it says so', () => err().includes('Not cancelled'));
    interrupt();
    const { exit, document } = await ran;
    expect(exit).toBe(1);
    expect(document()).toMatchObject({ outcome: null, state: 'sent' });
  });

  test('waits no longer than it is told to, and says how it can be ended', async () => {
    const { exit, out } = await runAt(till, 'sale', '42.50', '--wait', '0');
    expect(exit).toBe(1);
    expect(out).toMatch(/^No outcome yet\. .*`holdfast cancel txn_\w+`/m);
  });

  test('says why a gate refused it, in a sentence', async () => {
    till.host.online = false;
    const { ran } = startAt('sale', '2.00', '--offline', 'forbid');
    await armed();
    till.post.tap();
    const { out } = await ran;
    expect(out).toContain(`Declined. ${refusals.offline_forbidden.says}\n`);
    expect(out).toMatch(/^reason +offline_forbidden$/m);
  });

  test('whose answer never came says what the cashier should do', async () => {
    till.host.reply = { is: 'no answer', reason: 'no_answer' };
    const { ran } = startAt('sale', '42.50');
    await armed();
    till.post.tap();
    const { exit, out } = await ran;
    expect(exit).toBe(1);
    expect(out).toMatch(/^Unknown\. .*reversal is on its way.*Do not hand over the goods as paid/m);
    expect(out).toMatch(/do not charge again under another key before `holdfast transactions txn_/);
  });

  test('for a reader that is not there says how to see those that are', async () => {
    const ran = await runAt(till, 'sale', '42.50', '--reader', 'nope', '--json');
    expect(ran.exit).toBe(1);
    expect(ran.document()).toMatchObject({ error: { code: 'not_found', status: 404 } });
    expect(ran.err).toMatch(/^There is no reader "nope"; `holdfast readers`.*\.\n$/);
  });

  test('under the same key is charged once', async () => {
    const first = await runAt(till, 'sale', '5', '--key', 'mine', '--wait', '0', '--json');
    const again = await runAt(till, 'sale', '5', '--key', 'mine', '--wait', '0', '--json');
    const { transactionId } = first.document();
    expect(again.document()).toMatchObject({ transactionId });
    const other = await runAt(till, 'sale', '6', '--key', 'mine', '--json');
    expect(other.exit).toBe(1);
    expect(other.document()).toMatchObject({
      error: { code: 'idempotency_mismatch', status: 422 },
    });
  });

  test('that is refused ends with 1, the code and a sentence', async () => {
    till.post.stop();
    const { exit, out, err } = await runAt(till, 'sale', '42.50');
    expect([exit, out]).toEqual([1, '']);
    expect(err).toMatch(/^No card reader is ready.*\n$/);
  });

  test('ends when the disk refuses to write', async () => {
    const { ran } = startAt('sale', '42.50', '--json');
    await armed();
    till.breakDisk(true);
    till.post.tap();
    const { exit, document } = await ran;
    expect(exit).toBe(1);
    expect(document()).toMatchObject({ error: { code: 'storage_unavailable' } });
  });

  test.each([
    ['0', 'USD'],
    ['0.00', 'USD'],
    ['0', 'JPY'],
  ])('of %s %s is wrong use: the agent is not asked', async (amount, currency) => {
    const ran = await runAt(till, 'sale', amount, '--currency', currency, '--json');
    expect(ran.exit).toBe(2);
    expect(ran.document()).toMatchObject({ error: { code: 'wrong_use' } });
  });

  test.each([
    ['99999999.99', 'USD', 9_999_999_999],
    ['1500', 'JPY', 1_500],
    ['1.234', 'KWD', 1_234],
    ['1.2', 'KWD', 1_200],
    ['7', 'EUR', 700],
  ])('of %s %s is %d minor units', async (amount, currency, value) => {
    const words = ['sale', amount, '--currency', currency, '--wait', '0', '--json'];
    expect((await runAt(till, ...words)).document()).toMatchObject({ amount: { value, currency } });
  });
});

describe('what was sold', () => {
  test('is listed, shown with its history, and cancelled', async () => {
    const words = ['sale', '42.50', '--reference', 'r1', '--wait', '0', '--json'];
    const { transactionId } = (await runAt(till, ...words)).document();
    const id = String(transactionId);
    expect((await runAt(till, 'transactions', '--reference', 'r1')).out).toContain(id);
    expect((await runAt(till, 'transactions', '--reference', 'r2')).out).toBe('No transactions.\n');
    const shown = await runAt(till, 'transactions', id);
    expect(shown.out).toContain('transaction.created');
    expect((await runAt(till, 'cancel', id)).out).toContain('cancelled');
    const listed = await runAt(till, 'transactions', '--json', '--limit', '1');
    expect(listed.document()).toMatchObject({ transactions: [{ outcome: 'cancelled' }] });
  });

  test('and what was not is refused', async () => {
    for (const words of [
      ['transactions', '../status'],
      ['cancel', 'nothing'],
    ]) {
      const { exit, document } = await runAt(till, ...words, '--json');
      expect(exit).toBe(1);
      expect(document()).toMatchObject({ error: { code: 'not_found', status: 404 } });
    }
  });
});

test('status, portal and queue tell how things stand', async () => {
  till.host.online = false;
  const { ran } = startAt('sale', '42.50');
  await armed();
  till.post.tap();
  await ran;
  const { out } = await runAt(till, 'status');
  expect(out).toMatch(/reader front\s+ready/);
  expect(out).toMatch(/profile\s+till \(Terminal\)/);
  expect((await runAt(till, 'portal')).out).toMatch(/link\s+waiting, again in 5 s/);
  expect((await runAt(till, 'queue')).out).toContain(
    '1 transaction to be decided; at the shop’s risk: 42.50 USD.',
  );
  const forwarded = await runAt(till, 'queue', 'forward', '--json');
  expect([forwarded.exit, till.connects.count]).toEqual([0, 1]);
  await runAt(till, 'portal', 'connect');
  expect(till.connects.count).toBe(2);
});

test('every group takes --json without a second word', async () => {
  for (const group of ['portal', 'queue', 'readers', 'config', 'ledger', 'status']) {
    const ran = await runAt(till, group, '--json');
    expect(ran.exit, group).toBe(0);
    expect(ran.document()).toBeTypeOf('object');
  }
});

test('readers are listed and tested', async () => {
  expect((await runAt(till, 'readers')).out).toMatch(/front\s+ready\s+magtek-serial-line/);
  expect((await runAt(till, 'readers', 'test', 'front')).exit).toBe(0);
  till.post.tested = { passed: false, identity: {}, detail: 'It said no.' };
  const failed = await runAt(till, 'readers', 'test', 'front');
  expect([failed.exit, failed.out]).toEqual([1, expect.stringContaining('It said no.')]);
  expect((await runAt(till, 'readers', 'test', 'back')).exit).toBe(1);
});

test('what is plugged in and no reader is listed, with how to make it one', async () => {
  const { out } = await runAt(till, 'readers', 'list');
  expect(out).toMatch(/no reader of these settings:\n[^]*\/dev\/hidraw7\s+hid\s+0801:0011\s+B1/);
  expect(out).toContain('configure it with protocol magtek-hid');
  expect(out).toMatch(/\n\nMagTek Dynamag takes stripe\. It sends a report for every swipe\.\n$/);
  expect(out.match(/ttyPLAYED/g)).toHaveLength(1);
  const { pluggedIn } = (await runAt(till, 'readers', 'list', '--json')).document();
  expect(pluggedIn).toMatchObject([{ readerId: 'front' }, { usbPort: '1-3', takes: ['stripe'] }]);
});

test('a lost reader says why, and what to do, wherever it is shown', async () => {
  till.post.stop();
  for (const words of [['readers'], ['status'], ['readers', 'test', 'front']]) {
    const { out, err } = await runAt(till, ...words);
    expect(out + err, words.join(' ')).toContain('pulled');
  }
  till.post.start();
});

test('a baud rate is looked for, and what was found is told', async () => {
  const words = ['readers', 'test', 'front', '--find-baud'];
  const ran = await runAt(till, ...words, '--json');
  expect(ran.exit).toBe(0);
  expect(ran.document()).toMatchObject({ passed: true, baudRate: 19_200 });
  till.post.found = { ok: false, detail: 'It answered at no baud rate.' };
  const none = await runAt(till, ...words);
  expect([none.exit, none.out]).toEqual([1, expect.stringContaining('at no baud rate')]);
  till.post.found = undefined;
  const refused = await runAt(till, ...words);
  expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining('no serial port')]);
});

test('a reader is watched until Ctrl-C, frame by frame', async () => {
  till.post.traced.push(
    { seq: 1, atMs: 0, from: 'in', kind: 'record', byteCount: 60, reportId: 2 },
    { seq: 2, atMs: 5, from: 'reader', kind: 'card', says: '411111******1111\u001B, visa' },
  );
  const running = startAt('readers', 'watch');
  await until('two frames were shown', () => running.out().split('\n').length > 3);
  till.post.traced.push({ seq: 3, atMs: 9, from: 'out', kind: 'send', byteCount: 2 });
  await until('the third was shown', () => running.out().includes('> '));
  till.post.traced.push({ seq: 5, atMs: 10, from: 'in', kind: 'answer' });
  await until('one was missed', () => running.out().includes('answer'));
  till.post.traced.push({ seq: 205, atMs: 11, from: 'in', kind: 'opened' });
  await until('more were missed', () => running.out().includes('opened'));
  running.interrupt();
  expect((await running.ran).exit).toBe(0);
  expect(running.out()).toBe(
    'Watching front; Ctrl-C ends it.\n' +
      '00:00:00.000  <  record  60 bytes  report 2\n' +
      '00:00:00.005  =  card  411111******1111·, visa\n' +
      '00:00:00.009  >  send  2 bytes\n' +
      '… 1 entry was not seen\n00:00:00.010  <  answer\n' +
      '… 199 entries were not seen\n00:00:00.011  <  opened\n',
  );
});

test('a watch for a time is one document, and says what it cannot watch', async () => {
  const ran = await runAt(till, 'readers', 'watch', 'front', '--for', '1', '--json');
  expect(ran.exit).toBe(0);
  expect(ran.document()['frames']).toHaveLength(till.post.traced.length);
  const nobody = await runAt(till, 'readers', 'watch', 'back', '--for', '1');
  expect([nobody.exit, nobody.out]).toEqual([1, '']);
  for (const time of ['0', 'soon', '1.5', '86401']) {
    expect((await runAt(till, 'readers', 'watch', '--for', time)).exit, time).toBe(2);
  }
});

test('settings are told with where they came from', async () => {
  expect((await runAt(till, 'config', 'get', 'offline.enabled')).out).toBe('true\n');
  const why = await runAt(till, 'config', 'why', 'offline.enabled', '--json');
  expect(why.document()).toMatchObject({
    key: 'offline.enabled',
    value: true,
    from: 'file',
    environment: 'HOLDFAST_OFFLINE_ENABLED',
  });
  expect((await runAt(till, 'config', 'get', 'no.such')).exit).toBe(1);
});

test('a key that is not the agent’s is refused with 1', async () => {
  writeFileSync(join(till.directory, places.localKey), 'another');
  const { exit, document } = await runAt(till, 'status', '--json');
  expect(exit).toBe(1);
  expect(document()).toMatchObject({ error: { code: 'unauthorized', status: 401 } });
});

test('--url is asked instead of what the agent wrote down', async () => {
  const free = await freePort();
  const ran = await runAt(till, 'status', '--url', `http://127.0.0.1:${free}`);
  expect([ran.exit, ran.err.includes(String(free))]).toEqual([3, true]);
  const listening = await runAt(till, 'status', '--url', `http://localhost:${till.port}`);
  expect(listening.exit).toBe(0);
});

test('what answers there and is no agent ends with 3', async () => {
  const other = createServer((_request, response) => response.end('<p>Hello</p>'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const ran = await runAt(till, 'status', '--url', `http://127.0.0.1:${port}`);
  other.close();
  expect([ran.exit, ran.err]).toEqual([3, expect.stringContaining('is no agent')]);
});

test('an agent that is lost on the way leaves the key to repeat the sale with', async () => {
  const other = createServer((request) => request.socket.destroy());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const words = ['sale', '1', '--key', 'mine', '--url', `http://127.0.0.1:${port}`];
  const ran = await runAt(till, ...words);
  other.close();
  expect([ran.exit, ran.err]).toEqual([3, expect.stringContaining('--key mine')]);
});
