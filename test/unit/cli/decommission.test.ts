/** `holdfast decommission` as a person or a program says it: whether it is meant, and what is said of it. */
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openDataDirectory } from '../../../agent/data-directory.ts';
import { portalKeys, portalKeysFile } from '../../../simulator/portal/keys.ts';
import { placeIdentity } from '../../../simulator/shop/identity.ts';
import { orderOf, subject } from '../../fixtures/payments.ts';
import { approve, openedLedger } from '../../rigs/open-ledger.ts';
import { smallDisk } from '../../rigs/disk.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';
import { run } from './captured.ts';

const name = `${subject.clientId}/${subject.deviceId}`;
const keys = portalKeys({ signing: new Uint8Array(32), sealing: new Uint8Array(32) });
let data = '';

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'holdfast-cli-'));
  onTestFinished(() => rmSync(data, { recursive: true }));
  // Placed by hand: there is no line to a portal.
  placeIdentity(data, { subject, portalKeys: portalKeysFile(keys) });
});

const isThere = (): boolean => existsSync(join(data, 'identity', 'device.json'));

const sell = (directory = data): void => {
  const { ledger } = openedLedger(quietWorld(), join(directory, 'ledger.sqlite'));
  approve(ledger, orderOf(1), 1);
  ledger.close();
  chmodSync(join(directory, 'ledger.sqlite'), 0o600);
};

test.each([0, 8_192, 16_384])('a disk with room for %i bytes is said to be full', async (room) => {
  const answer = smallDisk({ directory: join(data, 'disk'), bytes: 2_097_152, kind: 'tmpfs' });
  if (!answer.ok) throw new Error(answer.why);
  const { disk } = answer;
  onTestFinished(() => disk.release());
  placeIdentity(disk.directory, { subject, portalKeys: portalKeysFile(keys) });
  sell(disk.directory);
  disk.fill(room);
  const ran = await run(['decommission', '--yes', '--data', disk.directory]);
  expect([ran.exit, ran.err]).toEqual([1, expect.stringContaining('is full')]);
  expect(ran.err).not.toContain('please report');
});

describe('it is done', () => {
  test('once the name was typed, and says what is left and whom to ask', async () => {
    const ran = await run(['decommission', '--data', data], {}, `${name}\n`);
    expect([ran.exit, ran.err]).toEqual([0, expect.stringContaining(`keys of ${name}`)]);
    expect(ran.out).toContain(`ask who runs it to revoke ${name}`);
    expect(ran.out).toContain('`holdfast register`');
    expect(readdirSync(join(data, 'identity'))).toEqual([]);
  });

  test('without a question for programs, as one document', async () => {
    const ran = await run(['decommission', '--yes', '--json', '--data', data]);
    expect([ran.exit, ran.err]).toEqual([0, '']);
    expect(ran.document()).toMatchObject({ ...subject, portal: 'not_told' });
    expect(ran.document()).not.toHaveProperty('record');
  });

  test('and said again, there is no device', async () => {
    await run(['decommission', '--yes', '--data', data]);
    const ran = await run(['decommission', '--yes', '--json', '--data', data]);
    expect([ran.exit, ran.document()]).toMatchObject([1, { error: { code: 'not_registered' } }]);
  });
});

describe('it is not done', () => {
  test.each(['', 'yes', 'cli_1/dev-2'])('when "%s" was typed', async (typed) => {
    const ran = await run(['decommission', '--json', '--data', data], {}, typed);
    expect([ran.exit, ran.document()]).toMatchObject([1, { error: { code: 'not_confirmed' } }]);
    expect(isThere()).toBe(true);
  });

  test('without a terminal and without --yes', async () => {
    const ran = await run(['decommission', '--data', data]);
    expect([ran.exit, ran.err, isThere()]).toEqual([2, expect.stringContaining('--yes'), true]);
  });

  test('with a receipt that cannot be read, or an answer without one', async () => {
    const file = join(data, 'answer.json');
    writeFileSync(file, '{}');
    for (const path of [file, join(data, 'nowhere')]) {
      const ran = await run(['decommission', '--yes', '--receipt', path, '--data', data]);
      expect([ran.exit, ran.err, isThere()]).toEqual([2, expect.stringContaining(path), true]);
    }
  });

  test('while an agent runs on the directory', async () => {
    const directory = openDataDirectory(data);
    const ran = await run(['decommission', '--yes', '--json', '--data', data]);
    directory.release();
    expect(ran.document()).toMatchObject({ error: { code: 'data_directory_taken' } });
  });

  test('in a directory that is not there, and none is made', async () => {
    const nowhere = join(data, 'nowhere');
    const ran = await run(['decommission', '--yes', '--data', nowhere]);
    expect([ran.exit, existsSync(nowhere)]).toEqual([1, false]);
  });

  test('while facts are unsent, nor with a ledger that is none', async () => {
    sell();
    const unsent = await run(['decommission', '--yes', '--json', '--data', data]);
    expect(unsent.document()).toMatchObject({ error: { code: 'facts_unsent' } });
    writeFileSync(join(data, 'ledger.sqlite'), 'x'.repeat(8_192));
    const damaged = await run(['decommission', '--yes', '--json', '--data', data]);
    expect(damaged.document()).toMatchObject({ error: { code: 'ledger_corrupt' } });
    expect(isThere()).toBe(true);
  });
});

test('half done, neither the agent nor a registration begins on it', async () => {
  const mark = { ...subject, asked: true };
  writeFileSync(join(data, 'identity', 'decommission.json'), JSON.stringify(mark), { mode: 0o600 });
  const register = ['register', '7K3QM-9XW2D', '--portal', 'mqtts://portal.example:1'];
  for (const words of [register, ['run']]) {
    const ran = await run([...words, '--json', '--data', data]);
    expect([ran.exit, ran.document()]).toMatchObject([
      ...[1, { error: { code: 'decommission_unfinished' } }],
    ]);
    expect(ran.err).toContain('holdfast decommission');
  }
});
