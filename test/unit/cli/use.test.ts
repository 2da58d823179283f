import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exits } from '../../../agent/cli/command.ts';
import { commands, groups } from '../../../agent/cli/commands.ts';
import { run } from './captured.ts';

let empty: string;
beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
});
afterAll(() => rmSync(empty, { recursive: true }));

/** The edges of every amount a person may write; 0 is a tip, but no payment. */
const edges = ['-5', '-0.01', '42.505', '4,25', '1e3', '100000000.00', '9999999999999', 'all', ''];
const amountsNobodyTakes: readonly string[][] = [
  ...[...edges, '0', '0.00'].flatMap((amount) => [
    ['sale', amount],
    ['authorize', amount],
    ['refund', '--amount', amount],
  ]),
  ...edges.flatMap((amount) => [
    ['sale', '1.00', '--tip', amount],
    ['sale', '1.00', '--surcharge', amount],
    ['authorize', '1.00', '--tip', amount],
  ]),
  ...[
    ['12.50', 'JPY'],
    ['0', 'JPY'],
    ['10000000000', 'JPY'],
    ['1.0001', 'KWD'],
    ['10000000.000', 'KWD'],
  ].map(([amount = '', currency = '']) => ['sale', amount, '--currency', currency]),
];

describe('wrong use', () => {
  test.each([
    [[]],
    [['nonsense']],
    [['queue', 'nonsense']],
    [['status', '--nonsense']],
    [['status', 'surplus']],
    [['sale']],
    [['cancel']],
    ...amountsNobodyTakes.flatMap((words) => [[words]]),
    [['sale', '1.00', '--offline', 'maybe']],
    [['sale', '1.00', '--wait', 'long']],
    [['sale', '1.00', '--currency']],
    [['transactions', '--limit', 'all']],
    [['transactions', '--receipt', 'customer']],
    [['transactions', 'txn_x', '--receipt', 'mine']],
    [['transactions', 'txn_x', '--receipt', 'customer', '--width', '40']],
    [['report', '--from', 'yesterday']],
    [['report', '--by', 'weather']],
    [['config', 'why']],
    [['status', '--url', 'http://portal.example:7420']],
    [['status', '--url', 'nowhere']],
    [['readers', 'decode', 'magtek-serial-line']],
    [['readers', 'decode', 'magtek-serial-line', 'ABC']],
    [['readers', 'decode', 'magtek-serial-line', 'GG']],
    [['readers', 'decode', 'nonsense', 'AB']],
    [['readers', 'decode', 'magtek-serial-line', 'AB', '--line', 'usb']],
  ])('%j ends with 2 and one sentence', async (words) => {
    const ran = await run([...words], { HOLDFAST_DATA: empty });
    expect([ran.exit, ran.out]).toEqual([2, '']);
    expect(ran.err).toMatch(/^[^\n]+[.?]\n$/);
  });

  test.each([
    [['sale', '-5'], '"-5" is no amount; write digits like 42.50, without a sign.'],
    [
      ['sale', '1.00', '--tip', '-5'],
      '"-5" is no amount; write digits like 42.50, without a sign.',
    ],
    [['sale', '0'], '"0" is nothing to charge or give back; write an amount above 0.'],
    [['sale', '42.505'], '"42.505" has 3 decimals; USD has 2.'],
    [['sale', '4.2', '--currency', 'JPY'], '"4.2" has 1 decimals; JPY has 0.'],
    [
      ['sale', '100000000.00'],
      '"100000000.00" is more than the most one sale may be, 99999999.99 USD.',
    ],
  ])('%j is told in words a person knows', async (words, says) => {
    expect(await run([...words], { HOLDFAST_DATA: empty })).toMatchObject({
      ...{ exit: 2, out: '', err: `${says}\n` },
    });
  });

  test.each([
    [['sale', '99999999.99']],
    [['sale', '1', '--currency', 'JPY']],
    [['sale', '9999999999', '--currency', 'JPY']],
    [['sale', '0.001', '--currency', 'KWD']],
    [['sale', '1.00', '--tip', '0', '--surcharge', '0']],
  ])('%j is an amount, and only the agent is missing', async (words) => {
    const { exit } = await run([...words], { HOLDFAST_DATA: empty });
    expect(exit).toBe(exits.notRunning);
  });

  test.each([
    [['tip', '5'], 'holdfast', 'tip', 'holdfast help'],
    [['doctor'], 'holdfast', 'doctor', 'holdfast help'],
    [['help', 'doctor'], 'holdfast', 'doctor', 'holdfast help'],
    [['queue', 'drop', 'txn_x'], 'holdfast queue', 'drop', 'holdfast help queue'],
  ])('%j names a command there is not', async (words, whose, word, help) => {
    const ran = await run(words);
    const says = `${whose} has no command "${word}"; \`${help}\` lists what there is.\n`;
    expect([ran.exit, ran.out, ran.err]).toEqual([2, '', says]);
  });

  test('with --json is a document too', async () => {
    for (const words of [
      ['nonsense', '--json'],
      ['sale', '--json'],
      ['status', '--x', '--json'],
    ]) {
      const ran = await run(words);
      expect(ran.exit).toBe(2);
      expect(ran.document()).toMatchObject({ error: { code: 'wrong_use' } });
    }
  });
});

describe('amounts a person writes wrongly end with 2', () => {
  test.each([
    ['-5', 'USD'],
    ['42.505', 'USD'],
    ['42,50', 'USD'],
    ['1e3', 'USD'],
    ['.50', 'USD'],
    ['', 'USD'],
    ['100000000.00', 'USD'],
    ['1.5', 'JPY'],
    ['1.2345', 'KWD'],
    ['10', 'XTS'],
    ['10', 'usd'],
  ])('%s %s', async (amount, currency) => {
    const ran = await run(['sale', amount, '--currency', currency], { HOLDFAST_DATA: empty });
    expect([ran.exit, ran.out]).toEqual([2, '']);
    expect(ran.err).not.toBe('');
  });
});

describe('when no agent runs', () => {
  test.each([
    [['status']],
    [['sale', '42.50']],
    [['transactions']],
    [['transactions', 'txn_x', '--receipt', 'customer']],
    [['report']],
    [['cancel', 'txn_x']],
    [['queue']],
    [['queue', 'forward']],
    [['readers']],
    [['readers', 'test', 'front']],
    [['config', 'get', 'readers']],
    [['config', 'why', 'readers']],
    [['portal']],
    [['portal', 'connect']],
  ])('%j ends with 3', async (words) => {
    const ran = await run([...words, '--data', empty]);
    expect([ran.exit, ran.out]).toEqual([3, '']);
    expect(ran.err).toContain('holdfast run');
    const asJson = await run([...words, '--json', '--data', empty]);
    expect(asJson.exit).toBe(3);
    expect(asJson.document()).toMatchObject({ error: { code: 'agent_not_running' } });
  });
});

test('--help, help and --version end with 0', async () => {
  const help = await run(['--help']);
  expect(help.exit).toBe(0);
  expect(await run(['help'])).toMatchObject({ exit: 0, out: help.out });
  expect((await run(['help', 'queue'])).out).toContain('forward');
  for (const { name } of commands) expect(help.out).toContain(name.split(' ')[0]);
  expect((await run(['sale', '--help'])).out).toContain('--currency <CODE>');
  expect(await run(['--version'])).toMatchObject({ exit: 0, out: '0.1.0\n' });
});

test('the table of commands is sound: one usual command a group, one name a command', () => {
  const names = commands.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const group of Object.keys(groups)) {
    const usual = commands.filter(({ name, usual }) => name.startsWith(`${group} `) && usual);
    expect(usual, group).toHaveLength(1);
  }
});

test('the demo says what to do where the simulator is not built', async () => {
  const ran = await run(['demo', '--script', 'day', '--json']);
  expect(ran.exit).toBe(1);
  expect(ran.err).toContain('npm run demo');
  expect(ran.document()).toMatchObject({ error: { code: 'no_simulator' } });
});
