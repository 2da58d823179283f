import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { home } from '../../house/tree.ts';
import { openTill, type Till } from '../local-api/till.ts';

const program = join(home, 'dist/agent/cli/main.js');
let till: Till;
let empty: string;
beforeAll(async () => {
  till = await openTill();
  empty = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
});
afterAll(async () => {
  await till.close();
  rmSync(empty, { recursive: true });
});

interface Process {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const holdfast = (words: readonly string[], directory: string): Promise<Process> =>
  new Promise((resolve) => {
    const env = { ...process.env, HOLDFAST_DATA: directory };
    const child = execFile(
      process.execPath,
      [program, ...words],
      { env },
      (_error, stdout, stderr) => resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

test('the program ends with 0 when it is done', async () => {
  const { code, stdout, stderr } = await holdfast(['status', '--json'], till.directory);
  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ device: { deviceId: 'device-1' } });
});

test('with 1 when it is refused', async () => {
  const { code, stdout, stderr } = await holdfast(['cancel', 'nothing'], till.directory);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^[^\n]+\.\n$/);
});

test('with 2 when it is used wrongly', async () => {
  const { code, stdout } = await holdfast(['sale', 'much'], till.directory);
  expect([code, stdout]).toEqual([2, '']);
});

test('with 3 when no agent runs', async () => {
  const { code, stdout } = await holdfast(['status', '--json'], empty);
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'agent_not_running' } });
});

test('run with settings that are wrong ends with 1 and says which', async () => {
  const words = ['run', '--config', join(empty, 'none.json'), '--data', empty];
  const { code, stdout, stderr } = await holdfast(words, empty);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('none.json');
});

const linked = (root: string): Promise<{ failed: boolean; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(join(root, 'bin/holdfast'), ['help'], (error, stdout, stderr) =>
      resolve({ failed: error !== null, stdout, stderr }),
    );
  });

test('what npm links is the program', async () => {
  expect((await linked(home)).stdout).toMatch(/^Usage: holdfast/);
});

test('what npm links says so while nothing is built', async () => {
  cpSync(join(home, 'bin'), join(empty, 'bin'), { recursive: true });
  const { failed, stderr } = await linked(empty);
  expect([failed, stderr]).toEqual([true, expect.stringContaining('npm run build')]);
});
