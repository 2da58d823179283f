import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqlite } from '../../../agent/ledger/sqlite.ts';
import { isCaptureName } from '../../../drivers/index.ts';
import { vector, vectors } from '../../fixtures/vectors.ts';
import { openTill, type Till } from '../local-api/till.ts';
import { run, runAt } from './captured.ts';

let till: Till;
beforeAll(async () => {
  till = await openTill();
  await till.sell('a');
});
afterAll(() => till.close());

describe('ledger verify', () => {
  test('finds a ledger in use sound', async () => {
    const ran = await runAt(till, 'ledger', 'verify', '--json');
    expect(ran.exit).toBe(0);
    expect(ran.document()).toMatchObject({ sound: true, entries: 2, findings: [] });
    expect((await runAt(till, 'ledger')).out).toMatch(/^Sound: 2 facts, 1 transaction/);
  });

  test('finds an edited one not sound, and ends with 1', async () => {
    till.ledger.checkpoint();
    const directory = join(till.directory, 'edited');
    mkdirSync(directory);
    copyFileSync(join(till.directory, 'ledger.sqlite'), join(directory, 'ledger.sqlite'));
    const db = openSqlite(join(directory, 'ledger.sqlite'));
    db.exec("UPDATE up_log SET body = replace(body, '4250', '1250')");
    db.close();
    const ran = await run(['ledger', 'verify', '--data', directory, '--json']);
    expect(ran.exit).toBe(1);
    expect(ran.document()).toMatchObject({ sound: false, findings: [{ invariant: 'I5' }] });
  });

  test('finds a file that is none damaged, and ends with 1', async () => {
    const directory = join(till.directory, 'damaged');
    mkdirSync(directory);
    writeFileSync(join(directory, 'ledger.sqlite'), 'x'.repeat(8_192));
    const ran = await run(['ledger', 'verify', '--data', directory, '--json']);
    expect(ran.exit).toBe(1);
    const { sound, findings } = ran.document();
    expect([sound, findings]).toEqual([
      false,
      expect.arrayContaining([expect.objectContaining({ invariant: 'file' })]),
    ]);
    expect(readFileSync(join(directory, 'ledger.sqlite'), 'utf8')).toBe('x'.repeat(8_192));
  });

  test('says so where there is none', async () => {
    const ran = await run(['ledger', '--data', join(till.directory, 'nowhere')]);
    expect([ran.exit, ran.out]).toEqual([1, '']);
    expect(ran.err).toContain('--data');
  });
});

describe('ledger export', () => {
  const linesIn = (file: string) =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test('writes the facts with their hashes into the data directory', async () => {
    const { exit, document } = await runAt(till, 'ledger', 'export', '--json');
    const { file, lines, head } = document() as { file: string; lines: number; head: number };
    expect([exit, lines]).toEqual([0, head]);
    expect(file).toBe(join(till.directory, 'exports', `ledger-1-${head}.entries.jsonl`));
    const [first, ...rest] = linesIn(file);
    expect(first).toMatchObject({ holdfast: 'ledger', kind: 'entries', epoch: 1, head });
    expect(rest.map(({ type }) => type)).toContain('transaction.created');
  });

  test('writes frames where it is told to, readable by nobody else', async () => {
    const file = join(till.directory, 'out.jsonl');
    const { exit, out } = await runAt(till, 'ledger', 'export', '--frames', '--to', file);
    expect([exit, out]).toEqual([0, expect.stringContaining('POST /admin/imports')]);
    expect(linesIn(file)[1]).toMatchObject({ from: 1, epoch: 1 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('of a record writes beside it, whatever the data directory is', async () => {
    const record = join(till.directory, 'records', 'acme-dev-1.sqlite');
    mkdirSync(join(till.directory, 'records'));
    till.ledger.checkpoint();
    copyFileSync(join(till.directory, 'ledger.sqlite'), record);
    const words = ['ledger', 'export', '--file', record, '--json', '--data', '/nowhere'];
    const { exit, document } = await run(words);
    const { file, head } = document() as { file: string; head: number };
    const beside = join(till.directory, 'records', `ledger-1-${head}.entries.jsonl`);
    expect([exit, file]).toEqual([0, beside]);
    expect(linesIn(file)).toHaveLength(head + 1);
  });

  test('says what to do when the file cannot be written, and where there is no ledger', async () => {
    const nowhere = await runAt(till, 'ledger', 'export', '--to', '/nowhere/out.jsonl');
    expect([nowhere.exit, nowhere.err]).toEqual([1, expect.stringContaining('--to')]);
    const none = await run(['ledger', 'export', '--data', join(till.directory, 'nowhere')]);
    expect([none.exit, none.err]).toEqual([1, expect.stringContaining('--data')]);
  });
});

describe('where nothing can be written', () => {
  /** A user who is not root: root writes whatever the mode of a folder says. */
  const nobody = 65_534;
  const isRoot = process.getuid?.() === 0;
  let directory = '';
  let scratch = '';

  beforeAll(() => {
    [directory, scratch] = [join(till.directory, 'read-only'), join(till.directory, 'scratch')];
    for (const each of [directory, scratch]) mkdirSync(each);
    chmodSync(till.directory, 0o755);
    // The last sales stand in the write-ahead log only; the file SQLite keeps beside it is not there.
    for (const file of ['ledger.sqlite', 'ledger.sqlite-wal']) {
      copyFileSync(join(till.directory, file), join(directory, file));
      if (isRoot) chownSync(join(directory, file), nobody, nobody);
      chmodSync(join(directory, file), 0o400);
    }
    if (isRoot) for (const each of [directory, scratch]) chownSync(each, nobody, nobody);
    chmodSync(directory, 0o555);
  });

  const runThere = async (words: readonly string[], temporary = scratch) => {
    if (isRoot) process.seteuid?.(nobody);
    try {
      return await run([...words, '--data', directory], { TMPDIR: temporary });
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  };

  test('a ledger is verified from a private copy, which is removed, and that is said', async () => {
    const ran = await runThere(['ledger', 'verify']);
    expect([ran.exit, ran.err]).toEqual([0, '']);
    expect(ran.out).toMatch(/^Sound: 2 facts, 1 transaction[^]*a private copy of it was read/);
    expect((await runThere(['ledger', 'verify', '--json'])).document()).toMatchObject({
      ...{ sound: true, entries: 2, readFromCopy: true },
    });
    expect([readdirSync(scratch), readdirSync(directory).length]).toEqual([[], 2]);
  });

  test('a ledger is exported from there to where something can be', async () => {
    const file = join(scratch, 'out.jsonl');
    const ran = await runThere(['ledger', 'export', '--frames', '--to', file]);
    expect([ran.exit, ran.out]).toEqual([0, expect.stringContaining('a private copy of it')]);
    expect(readFileSync(file, 'utf8')).toContain('transaction.created');
    expect(readdirSync(scratch)).toEqual(['out.jsonl']);
    const usual = await runThere(['ledger', 'export']);
    expect([usual.exit, usual.err]).toEqual([1, expect.stringContaining('--to')]);
  });

  test('no copy is made of a ledger in a folder that can be written', async () => {
    const { document } = await run(['ledger', 'verify', '--json', '--data', till.directory], {
      TMPDIR: join(till.directory, 'nowhere'),
    });
    expect(document()).not.toHaveProperty('readFromCopy');
    expect(document()).toMatchObject({ sound: true });
  });

  test('that there is no room for a copy either is said in a sentence', async () => {
    const nowhere = join(scratch, 'nowhere');
    const ran = await runThere(['ledger', 'export'], nowhere);
    expect([ran.exit, ran.err]).toEqual([1, expect.stringContaining(nowhere)]);
  });
});

describe('readers decode', () => {
  const hex = vector('magtek-line-level3-encrypted').input_hex ?? '';

  test('prints what captured bytes say, one name and value a line', async () => {
    const ran = await run(['readers', 'decode', 'magtek-serial-line', hex]);
    expect([ran.exit, ran.err]).toEqual([0, '']);
    for (const line of ran.out.trimEnd().split('\n')) expect(line).toMatch(/^[\w.]+: /);
    expect(ran.out).toContain('card.maskedPan: 5452********7189');
  });

  test('takes hex in pieces and in either case, and a line', async () => {
    const pieces = hex.toUpperCase().match(/../g) ?? [];
    const words = ['readers', 'decode', 'magtek-serial-line', '--line', 'serial', '--json'];
    const ran = await run([...words, ...pieces]);
    expect(ran.document()).toEqual((await run([...words, hex])).document());
  });

  test('never prints a card in clear', async () => {
    const clear = vector('magtek-line-level2-not-sureswipe').input_hex ?? '';
    for (const words of [[clear], [clear, '--json']]) {
      const ran = await run(['readers', 'decode', 'magtek-serial-line', ...words]);
      expect(ran.out + ran.err).not.toMatch(/5452300551227189/);
    }
  });

  // Those of the readers; the others are about cards, keys and chips.
  const aboutReaders = vectors.filter(({ protocol }) => isCaptureName(protocol));

  test.each([...new Set(aboutReaders.map(({ protocol }) => protocol))])(
    'says something of every good capture of %s',
    async (protocol) => {
      const captures = aboutReaders.filter((one) => one.protocol === protocol);
      for (const { name, kind, input_hex, request_hex, response_hex } of captures) {
        const captured = input_hex ?? `${request_hex ?? ''}${response_hex ?? ''}`;
        if (captured === '' || kind === 'negative') continue;
        const ran = await run(['readers', 'decode', protocol, captured, '--json']);
        expect([name, ran.exit]).toEqual([name, 0]);
        expect(ran.out).not.toMatch(/5452300551227189|4266841088889999/);
      }
    },
  );

  test('ends with 1 and the reason for what is rejected', async () => {
    for (const words of [['FFFF'], [hex, '--line', 'hid']]) {
      const ran = await run(['readers', 'decode', 'magtek-serial-line', ...words, '--json']);
      expect(ran.exit).toBe(1);
      expect(ran.document()).toMatchObject({ error: { code: 'capture_rejected' } });
    }
  });
});
