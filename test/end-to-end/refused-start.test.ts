/** An agent that cannot start says why in one sentence, ends, and leaves the data as it was. */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSqlite } from '../../agent/ledger/sqlite.ts';
import { makeAuthority } from '../../simulator/authority.ts';
import { placeIdentity } from '../../simulator/shop/identity.ts';
import { until } from '../../simulator/shop/until.ts';
import { embeddedParty } from '../rigs/broker-party.ts';
import { smallDisk, type Disk } from '../rigs/disk.ts';
import { loneAgent, loneIdentity, type LoneAgent, type RefusedStart } from '../rigs/lone-agent.ts';

const now = Date.now();
const directory = mkdtempSync(join(tmpdir(), 'holdfast-start-'));
const authority = makeAuthority('Test Authority', now);
const identity = loneIdentity(authority, now);
const neighbour = loneIdentity(authority, now, { clientId: 'corner-shop', deviceId: 'till-2' });
const diskBytes = 4 * 1024 * 1024;

let template: LoneAgent;
let copies = 0;

beforeAll(async () => {
  template = await loneAgent(join(directory, 'template'), identity);
  const agent = template.process();
  await agent.start();
  await agent.stop();
});

afterAll(() => rmSync(directory, { recursive: true }));

const copy = (): Promise<LoneAgent> => template.copy(join(directory, `copy-${(copies += 1)}`));

const inLedger = ({ data }: LoneAgent): string => join(data, 'ledger.sqlite');
const inIdentity = ({ data }: LoneAgent, name: string): string => join(data, 'identity', name);

const digestOf = (path: string): string =>
  existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'none';

const expectRefusal = ({ code, stdout, stderr }: RefusedStart, says: RegExp): void => {
  expect(stderr).toMatch(says);
  // One sentence, or two; no stack, and nothing before it.
  expect(stderr).toMatch(/^[^\n]+[.)]\n$/);
  expect(stderr).not.toMatch(/ at .*\.js|node:internal/);
  expect(code).toBe(1);
  expect(stdout).not.toContain('agent.started');
};

/** Starts an agent that cannot; its ledger has to be the same afterwards, byte for byte. */
const expectRefused = async (
  agent: LoneAgent,
  says: RegExp,
  settings?: object | string,
): Promise<void> => {
  const before = digestOf(inLedger(agent));
  expectRefusal(await agent.refusedStart(settings), says);
  expect(digestOf(inLedger(agent))).toBe(before);
};

describe('because of its settings', () => {
  const rows: [string, (agent: LoneAgent) => object | string, RegExp][] = [
    ['that are no JSON', () => '{ "api": ', /cannot be read as JSON/],
    ['that are a list', () => '[]', /no JSON object/],
    ['that name what nobody knows', (a) => a.settings({ tea: true }), /"tea" is no setting/],
    [
      'of a wrong type',
      (a) => a.settings({ offline: { enabled: 'yes' } }),
      /offline\.enabled \(from the file\)/,
    ],
    [
      'that are out of range',
      (a) => a.settings({ offline: { countLimit: -1 } }),
      /offline\.countLimit/,
    ],
    [
      'with a broker elsewhere and no TLS',
      (a) => a.settings({ link: { brokerUrl: 'mqtt://portal.example:1883' } }),
      /mqtt:\/\/ is for loopback only/,
    ],
    [
      'with a reader of no known protocol',
      (a) => a.settings({ readers: [{ id: 'counter', protocol: 'semaphore', path: '/dev/null' }] }),
      /"semaphore" of reader counter is no protocol; known are .*magtek-serial-line/,
    ],
    [
      'with a reader at a place of another line',
      (a) => a.settings({ readers: [{ id: 'a', protocol: 'magtek-serial-line', path: 'host:1' }] }),
      /no place on a serial line; write a device .* or set its line to tcp\./,
    ],
    [
      'with two readers on one port',
      (a) =>
        a.settings({
          readers: ['one', 'two'].map((id) => ({
            ...{ id, protocol: 'magtek-serial-line', path: '/dev/ttyUSB0' },
          })),
        }),
      /two readers/,
    ],
  ];

  test.each(rows)('%s', async (_, settings, says) => {
    const agent = await copy();
    await expectRefused(agent, says, settings(agent));
  });
});

describe('because of its identity', () => {
  const rows: [string, (agent: LoneAgent) => void, RegExp][] = [
    ['that is missing', (a) => rmSync(inIdentity(a, 'device.json')), /device\.json is missing/],
    [
      'that lacks the portal’s keys',
      (a) => rmSync(inIdentity(a, 'portal-keys.json')),
      /portal-keys\.json is missing/,
    ],
    [
      'that is no JSON',
      (a) => writeFileSync(inIdentity(a, 'device.json'), '{'),
      /device\.json: .*put a whole one there/,
    ],
    [
      'with names no topic can carry',
      (a) => writeFileSync(inIdentity(a, 'device.json'), '{"clientId":"a/b","deviceId":"till-1"}'),
      /names ids that no topic can carry/,
    ],
    [
      'with half a key',
      (a) => writeFileSync(inIdentity(a, 'portal-keys.json'), '{"signing":[],"sealing":{}}'),
      /portal-keys\.json: /,
    ],
    [
      'with a local key that is none',
      (a) => writeFileSync(inIdentity(a, 'local.key'), 'sesame\n'),
      /local\.key holds no key/,
    ],
    [
      'that others may read',
      (a) => chmodSync(inIdentity(a, 'device.key'), 0o644),
      /device\.key may be read by others; run `chmod 600/,
    ],
    [
      'in a directory others may enter',
      (a) => chmodSync(join(a.data, 'identity'), 0o755),
      /identity may be entered by others; run `chmod 700/,
    ],
    [
      'whose key is a link to elsewhere',
      (a) => {
        renameSync(inIdentity(a, 'device.key'), join(a.data, 'elsewhere.key'));
        symlinkSync(join(a.data, 'elsewhere.key'), inIdentity(a, 'device.key'));
      },
      /device\.key is a symbolic link.*put what it names in its place/,
    ],
    [
      'whose wrapping key is missing',
      (a) => rmSync(inIdentity(a, 'wrapping.key')),
      /wrapping\.key is missing.*velocity\.key opens with no other; restore it from the backup/,
    ],
    [
      'whose wrapped key does not open',
      (a) =>
        writeFileSync(inIdentity(a, 'wrapping.key'), Buffer.alloc(32, 9).toString('base64url')),
      /velocity\.key does not open with .*wrapping\.key; restore both from one backup/,
    ],
    [
      'with a certificate of another device',
      (a) => {
        const { device } = neighbour;
        writeFileSync(inIdentity(a, 'device.crt'), device.certificate);
        writeFileSync(inIdentity(a, 'device.key'), device.privateKey);
      },
      /made out to corner-shop\/till-2, this device is corner-shop\/till-1/,
    ],
    [
      'with a certificate that is none',
      (a) => writeFileSync(inIdentity(a, 'device.crt'), 'PEM, honestly'),
      /device\.crt: This is not a certificate/,
    ],
  ];

  test.each(rows)('%s', async (_, spoil, says) => {
    const agent = await copy();
    spoil(agent);
    await expectRefused(agent, says);
  });
});

describe('because of its ledger', () => {
  const rows: [string, (agent: LoneAgent) => void, RegExp][] = [
    [
      'that begins with garbage',
      (a) => {
        const bytes = readFileSync(inLedger(a));
        bytes.fill(0xa5, 0, 100);
        writeFileSync(inLedger(a), bytes);
      },
      /ledger file is damaged.*\(ledger_corrupt\)/,
    ],
    [
      'that others may read',
      (a) => chmodSync(inLedger(a), 0o644),
      /ledger\.sqlite may be read by others; run `chmod 600/,
    ],
    [
      'that was cut off',
      (a) => truncateSync(inLedger(a), Math.floor(statSync(inLedger(a)).size / 2)),
      /ledger file is damaged.*\(ledger_corrupt\)/,
    ],
    [
      'that is another program’s database',
      (a) => {
        rmSync(inLedger(a));
        openSqlite(inLedger(a)).exec('create table cats (name text)').close();
        chmodSync(inLedger(a), 0o600);
      },
      /not a ledger.*\(ledger_foreign\)/,
    ],
    [
      'of a newer release',
      (a) => {
        const db = openSqlite(inLedger(a));
        db.pragma('user_version = 99');
        db.close();
      },
      /has schema 99, this release knows \d+; .*\(ledger_newer\)/,
    ],
    [
      'of another device',
      (a) => placeIdentity(a.data, neighbour),
      /belongs to corner-shop\/till-1, this device is corner-shop\/till-2.*\(ledger_foreign\)/,
    ],
  ];

  test.each(rows)('%s', async (_, spoil, says) => {
    const agent = await copy();
    spoil(agent);
    await expectRefused(agent, says);
  });
});

describe('because something is taken', () => {
  test('the data directory, by another agent, which goes on', async () => {
    const agent = await copy();
    const first = agent.process();
    await first.start();
    const second = await agent.refusedStart();
    expectRefusal(second, /Another agent, or another holdfast command, is running on .*; stop it/);
    expect((await first.client.get('/v1/status')).status).toBe(200);
    await first.stop();
  });

  test('the port of the local API', async () => {
    const agent = await copy();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(agent.port, '127.0.0.1', resolve));
    const says = new RegExp(`Port ${agent.port} of the local API is taken.*HOLDFAST_API_PORT`);
    expectRefusal(await agent.refusedStart(), says);
    server.close();
    const free = agent.process();
    await free.start();
    await free.stop();
  });
});

describe('because of its disk', () => {
  const onDisk = async (play: (agent: LoneAgent, disk: Disk) => Promise<void>): Promise<void> => {
    const mounted = join(directory, `disk-${(copies += 1)}`);
    const answer = smallDisk({ directory: mounted, bytes: diskBytes, kind: 'tmpfs' });
    if (!answer.ok) {
      expect(answer.why).toMatch(/takes root and mount\(8\)/);
      return;
    }
    const { disk } = answer;
    try {
      await play(await template.copy(mounted), disk);
    } finally {
      disk.remount('rw');
      disk.release();
    }
  };

  test('that is full', () =>
    onDisk(async (agent, disk) => {
      disk.fill(0);
      await expectRefused(agent, /disk.* is full; free some space and start again/);
    }));

  test('that is full before anything was ever written to it', () =>
    onDisk(async (agent, disk) => {
      for (const name of ['ledger.sqlite', 'agent.lock', 'api.json']) {
        rmSync(join(agent.data, name), { force: true });
      }
      disk.fill(0);
      await expectRefused(agent, /disk.* is full; free some space and start again/);
    }));

  test('that is mounted for reading only', () =>
    onDisk(async (agent, disk) => {
      disk.remount('ro');
      await expectRefused(agent, /cannot be written.*read-only/);
    }));
});

describe('a portal that cannot be reached is no reason not to start', () => {
  const lastFault = async (agent: LoneAgent, settings: object): Promise<string> => {
    const running = agent.process(settings);
    await running.start();
    const look = async (): Promise<string> => {
      const { body } = await running.client.get('/v1/status');
      return (body as { link: { lastFault?: string } }).link.lastFault ?? '';
    };
    await until('the link says why', async () => (await look()) !== '', 15_000);
    const found = await look();
    expect((await running.client.get('/v1/health')).status).toBe(200);
    await running.stop();
    return found;
  };

  test('a broker whose authority is another', async () => {
    const party = await embeddedParty();
    const link = { brokerUrl: party.url, firstConnectWithinMs: 0 };
    expect(await lastFault(await copy(), { link })).toMatch(/certificate/);
    await party.close();
  });

  test('a broker whose name leads nowhere', async () => {
    const link = { brokerUrl: 'mqtts://no-such-broker.invalid:8883', firstConnectWithinMs: 0 };
    expect(await lastFault(await copy(), { link })).toMatch(/no-such-broker\.invalid/);
  });

  test('a broker that is not there', async () => {
    expect(await lastFault(await copy(), {})).toMatch(/ECONNREFUSED/);
  });
});
