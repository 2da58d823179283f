/** Settings: layers over each other, names in files and environments, and everything that is refused. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  effective,
  environmentNameOf,
  settings,
  valuesOf,
  valuesOfEnvironment,
  type Effective,
  type SettingName,
} from '../../../config/index.ts';
import { readLayers, settingsFileBytesMax } from '../../../config/disk.ts';
import { read } from '../../house/tree.ts';
import { freshPath } from '../../rigs/open-ledger.ts';

const names = Object.keys(settings) as SettingName[];

const fileWith = (content: unknown): string => {
  const path = freshPath('holdfast.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

const loadSettings = (path: string | undefined, environment: Record<string, string>): Effective => {
  const read = readLayers(path, environment);
  return 'why' in read ? { ok: false, why: read.why } : effective(read);
};

const loaded = (content: unknown, environment: Record<string, string> = {}) =>
  loadSettings(fileWith(content), environment);

const whyNot = (content: unknown, environment: Record<string, string> = {}): string => {
  const outcome = loaded(content, environment);
  if (outcome.ok) throw new Error('It was taken.');
  return outcome.why;
};

describe('layers', () => {
  test('without a file and an environment everything is as the table has it', () => {
    const outcome = loadSettings(undefined, {});
    if (!outcome.ok) throw new Error(outcome.why);
    expect(outcome.settings).toEqual(
      Object.fromEntries(names.map((name) => [name, settings[name].default])),
    );
    expect(new Set(Object.values(outcome.from))).toEqual(new Set(['default']));
  });

  test('the file is laid over the defaults, the environment over the file, each by name', () => {
    const file = { offline: { enabled: true, countLimit: 5, amountLimit: { USD: '10.00' } } };
    const environment = { HOLDFAST_OFFLINE_COUNT_LIMIT: '7', PATH: '/bin' };
    const outcome = loaded(file, environment);
    if (!outcome.ok) throw new Error(outcome.why);
    expect(outcome.settings).toMatchObject({
      ...{ 'offline.enabled': true, 'offline.countLimit': 7, 'offline.cardVelocity': 2 },
    });
    // Objects are merged member by member: what the file does not name stays.
    expect(outcome.settings['offline.amountLimit']).toEqual({ default: '100.00', USD: '10.00' });
    expect(Object.fromEntries(outcome.members)).toMatchObject({
      'offline.amountLimit.default': 'default',
      'offline.amountLimit.USD': 'file',
    });
    expect(outcome.from).toMatchObject({
      'offline.enabled': 'file',
      'offline.countLimit': 'environment',
      'offline.cardVelocity': 'default',
    });
  });

  test('a name may be written flat as well', () => {
    expect(loaded({ 'offline.enabled': true })).toMatchObject({
      settings: { 'offline.enabled': true },
    });
  });

  test('what a layer says counts, even where it says what is usual', () => {
    const outcome = loaded({ offline: { enabled: false } }, { HOLDFAST_LOG_LEVEL: 'info' });
    expect(outcome).toMatchObject({
      from: { 'offline.enabled': 'file', 'log.level': 'environment' },
    });
  });
});

describe('the environment', () => {
  test('has a name of its own for every setting', () => {
    const all = names.map(environmentNameOf);
    expect(new Set(all).size).toBe(names.length);
    for (const name of all) expect(name).toMatch(/^HOLDFAST(_[A-Z0-9]+)+$/);
  });

  test.each([
    ['link.brokerUrl', 'HOLDFAST_LINK_BROKER_URL'],
    ['offline.countLimit', 'HOLDFAST_OFFLINE_COUNT_LIMIT'],
    ['readers', 'HOLDFAST_READERS'],
    ['api.port', 'HOLDFAST_API_PORT'],
  ])('%s is %s', (name, expected) => {
    expect(environmentNameOf(name)).toBe(expected);
  });

  test('holds JSON, or plain text where there is no JSON', () => {
    const values = valuesOfEnvironment({
      HOLDFAST_API_PORT: '0',
      HOLDFAST_OFFLINE_ENABLED: 'true',
      HOLDFAST_LOG_LEVEL: 'warn',
      HOLDFAST_OFFLINE_ENTRY_MODES: '["chip"]',
      HOLDFAST_LINK_BROKER_URL: '',
      HOLDFAST_SEED: '5',
    });
    expect(Object.fromEntries(values)).toEqual({
      ...{ 'api.port': 0, 'offline.enabled': true, 'log.level': 'warn' },
      ...{ 'offline.entryModes': ['chip'], 'link.brokerUrl': '' },
    });
  });

  test('that is wrong is refused with its layer', () => {
    expect(whyNot({}, { HOLDFAST_API_PORT: 'many' })).toMatch(
      /^api\.port \(from the environment\)/,
    );
  });
});

describe('what is refused', () => {
  test.each<[string, unknown, RegExp]>([
    ['an unknown name', { offline: { enabeld: true } }, /"offline\.enabeld" is no setting/],
    ['an unknown section', { ofline: { enabled: true } }, /"ofline" is no setting/],
    ['a name every object has', { constructor: 1 }, /"constructor" is no setting/],
    [
      'a prototype',
      '{ "__proto__": { "offline": { "enabled": true } } }',
      /"__proto__" is no setting/,
    ],
    ['a section that is none', { offline: 5 }, /"offline" is no setting/],
    ['a section that is a list', { offline: [] }, /"offline" is no setting/],
    ['something below a setting', { 'offline.enabled.really': true }, /is no setting/],
    ['a list', [1], /no JSON object/],
    ['null', 'null', /no JSON object/],
    ['a text', '"offline"', /no JSON object/],
    ['a wrong type', { offline: { enabled: 'yes' } }, /^offline\.enabled \(from the file\)/],
    ['a number too large', { api: { port: 65_536 } }, /^api\.port/],
    ['a broken number', { offline: { countLimit: 1.5 } }, /^offline\.countLimit/],
    ['a limit with a sign', { offline: { amountLimit: { USD: '-1' } } }, /amountLimit/],
    ['a limit that is a number', { offline: { amountLimit: { USD: 100 } } }, /amountLimit/],
    ['an entry mode nobody has', { offline: { entryModes: ['keyed'] } }, /entryModes/],
    ['an entry mode twice', { offline: { entryModes: ['chip', 'chip'] } }, /entryModes/],
    ['a reader without a path', { readers: [{ id: 'a', protocol: 'p' }] }, /readers/],
    ['an unknown option of a reader', { readers: [{ ...reader('a', '/a'), speed: 1 }] }, /readers/],
    [
      'two readers of one name',
      { readers: [reader('a', '/a'), reader('a', '/b')] },
      /same id or path/,
    ],
    [
      'two readers in one place',
      { readers: [reader('a', '/a'), reader('b', '/a')] },
      /same id or path/,
    ],
    ['a time zone there is not', { timeZone: 'Europe/Atlantis' }, /no IANA time zone/],
    ['a head longer than a receipt', { receipt: { header: ['x'.repeat(43)] } }, /receipt\.header/],
    ['a head of two lines in one', { receipt: { header: ['a\nb'] } }, /receipt\.header/],
    ['a tip larger than the sale', { tip: { recommendedPercents: [101] } }, /recommendedPercents/],
    ['waits that shrink', { link: { reconnectFromMs: 60_000, reconnectUpToMs: 100 } }, /swap them/],
    ['an open address for the API', { api: { host: '0.0.0.0' } }, /^api\.host/],
    ['a broker in clear elsewhere', broker('mqtt://shop.example:1883'), /loopback only/],
    ['a broker in clear that only looks near', broker('mqtt://localhost.example'), /loopback only/],
    ['a broker in clear behind a name', broker('mqtt://127.0.0.1@shop.example'), /loopback only/],
    ['an offset for a time zone', { timeZone: '+02:00' }, /timeZone/],
    ['a time of day that is none', { batch: { closeAt: '24:00' } }, /batch\.closeAt/],
    ['a time of day without its zero', { batch: { closeAt: '9:00' } }, /batch\.closeAt/],
    ['a broker of another kind', broker('ws://localhost:9001'), /brokerUrl/],
    ['a broker with a path', broker('mqtts://shop.example/mqtt'), /brokerUrl/],
  ])('%s', (_what, content, why) => {
    expect(whyNot(content)).toMatch(why);
  });

  test.each([
    'mqtts://shop.example:8883',
    'mqtt://localhost:1883',
    'mqtt://127.0.0.1',
    'mqtt://[::1]:9',
    '',
  ])('but not the broker "%s"', (url) => {
    expect(loaded(broker(url))).toMatchObject({ ok: true });
  });

  test('nothing is taken from a document that is refused in one place', () => {
    expect(loaded({ offline: { enabled: true, countLimit: -1 } })).not.toHaveProperty('settings');
  });

  function reader(id: string, path: string) {
    return { id, path, protocol: 'magtek-serial-line' };
  }

  function broker(brokerUrl: string) {
    return { link: { brokerUrl } };
  }
});

describe('a file that cannot be read', () => {
  test.each([
    ['that is no JSON', '{ "offline": '],
    ['that is empty', ''],
    ['with a comment', '// mine\n{}'],
  ])('%s is told by its path, with what to do', (_what, content) => {
    expect(whyNot(content)).toMatch(/holdfast\.json cannot be read as JSON .*--config/);
  });

  test('that is not there is told so too', () => {
    const outcome = loadSettings(freshPath('nowhere.json'), {});
    expect(outcome).toMatchObject({ ok: false, why: expect.stringMatching(/ENOENT/) as string });
  });

  test('that is too large is not read at all', () => {
    const content = `{}${' '.repeat(settingsFileBytesMax)}`;
    expect(whyNot(content)).toMatch(/larger than 262144 bytes/);
    expect(loaded(`{}${' '.repeat(settingsFileBytesMax - 2)}`)).toMatchObject({ ok: true });
  });
});

test('every default is one its own row allows', () => {
  const usual = (layer: 'group' | 'file') =>
    new Map(
      names
        .filter((name) => settings[name].setBy !== (layer === 'group' ? 'device' : 'portal'))
        .map((name) => [name, settings[name].default]),
    );
  expect(effective({ group: usual('group'), file: usual('file') })).toMatchObject({ ok: true });
  expect(valuesOf({})).toEqual({ values: new Map() });
});

test('the settings the README shows are taken', () => {
  const [, shown = ''] = /```json\n(.*?)```/s.exec(read('README.md')) ?? [];
  expect(loaded(shown)).toMatchObject({
    ok: true,
    settings: { 'offline.entryModes': expect.arrayContaining(['stripe']) as string[] },
  });
});
