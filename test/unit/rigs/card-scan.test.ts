/** The scanner finds what is planted, in every form, and nothing else: one that cannot fail is a defect. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { cardScanner } from '../../rigs/card-scan.ts';
import { Recorder } from '../../rigs/recorder.ts';

// Published test numbers.
const pan = '4111111111111111';
const amex = '378282246310005';
const track2 = ';5555555555554444=29121010000012300000?';
const track1 = '%B5555555555554444^CARD/TEST^29121010000000123000?';
const panOfTracks = '5555555555554444';
const emvTrack2 = '5555555555554444D29121010000012300000';

const scanner = cardScanner({ pans: [pan, amex], tracks: [track1, track2] });
const bcd = (digits: string) => Buffer.from(digits, 'hex');

const hexOf = (text: string) => Buffer.from(text).toString('hex');
const base64Of = (text: string) => Buffer.from(text).toString('base64');
const bare1 = track1.slice(1, -1);
const bare2 = track2.slice(1, -1);
/** Five bits a character, the least first, then odd parity; after the zeros a head hears first. */
const bitsOf = (text: string) => {
  const bits = [...text].flatMap((character) => {
    const value = character.charCodeAt(0) - 0x30;
    const digits = [value & 1, (value >> 1) & 1, (value >> 2) & 1, (value >> 3) & 1];
    return [...digits, digits.filter((digit) => digit === 1).length % 2 === 0 ? 1 : 0];
  });
  const bytes = `000${bits.join('')}0000000`.match(/[01]{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => parseInt(byte, 2)));
};
const packed = 'packed BCD';
const separated = 'clear text with separators or in UTF-16';

// How it leaks, what is planted, and what it is called when it is found.
const leaks: [string, string, Uint8Array | string, string][] = [
  ['in a sentence', pan, `card ${pan} was read`, 'clear text'],
  ['at the very start and end', pan, pan, 'clear text'],
  ['with blanks', pan, 'card 4111 1111 1111 1111.', separated],
  ['with dashes', pan, 'card 4111-1111-1111-1111.', separated],
  ['fifteen digits, grouped', amex, '3782 822463 10005', separated],
  ['in UTF-16, little end first', pan, Buffer.from(`card ${pan}`, 'utf16le'), separated],
  ['in UTF-16, big end first', pan, Buffer.from(`card ${pan}`, 'utf16le').swap16(), separated],
  ['in lower-case hex', bare2, hexOf(track2), 'lower-case hex'],
  ['in upper-case hex', bare2, hexOf(track2).toUpperCase(), 'upper-case hex'],
  ['in hex of UTF-16', pan, Buffer.from(`x${pan}`, 'utf16le').toString('hex'), 'hex of UTF-16'],
  ['as an inspected buffer', pan, inspect(Buffer.from(`x${pan}`)), 'lower-case hex'],
  ['as a buffer in JSON', pan, JSON.stringify(Buffer.from(`ab${pan}`)), 'a list of decimal bytes'],
  ['as a hex dump of EMV data', pan, '5A 08 41 11 11 11 11 11 11 11 5F 24', separated],
  ['in base64 at offset 0', pan, base64Of(`${pan}rest`), 'base64'],
  ['in base64 at offset 1', pan, base64Of(`x${pan}rest`), 'base64'],
  ['in base64 at offset 2', pan, base64Of(`xy${pan}rest`), 'base64'],
  ['in base64url', bare1, Buffer.from(`?>~${track1}~~~`).toString('base64url'), 'base64'],
  ['in base64 of UTF-16', pan, Buffer.from(`x${pan}`, 'utf16le').toString('base64'), 'base64'],
  ['in base64 with breaks', pan, base64Of(`xyz${pan}`).replace(/(.{7})/g, '$1\r\n'), 'base64'],
  ['in packed BCD', pan, Buffer.concat([bcd('5a08'), bcd(pan), bcd('5f24')]), 'packed BCD'],
  ['in packed BCD, half a byte off', pan, bcd(`0${pan}f`), 'packed BCD'],
  ['in packed BCD with an odd number of digits', amex, bcd(`5a08${amex}f`), 'packed BCD'],
  [
    'in packed BCD, in JSON',
    pan,
    JSON.stringify(bcd(`5a08${pan}`)),
    `${packed} as a list of decimal bytes`,
  ],
  ['in base64 of packed BCD', pan, bcd(`5a08${pan}`).toString('base64'), `base64 of ${packed}`],
  ['in base64 of half bytes', pan, bcd(`5a0${pan}f`).toString('base64'), `base64 of ${packed}`],
  [
    'as tag 57 in lower-case hex',
    emvTrack2,
    bcd(`5712${emvTrack2}f`).toString('hex'),
    `${packed} in hex`,
  ],
  ['as bits of a stripe', pan, bitsOf(`;${pan}=`), 'bits of a stripe'],
  ['as bits of a stripe, in hex', bare2, bitsOf(track2).toString('hex'), 'bits of a stripe in hex'],
  ['as track 2 of EMV', emvTrack2, bcd(`5712${emvTrack2}f`), 'packed BCD'],
  ['as track 2 of EMV, written out', emvTrack2, `57 ${emvTrack2}`, 'clear text'],
  ['as track 2', bare2, `swiped ${track2}`, 'clear text'],
  ['as track 2 without its sentinels', bare2, bare2, 'clear text'],
  ['as track 1', bare1, `swiped ${track1}`, 'clear text'],
  ['as a URL parameter', bare1, `?t=${encodeURIComponent(track1)}`, 'URL-encoded'],
  ['as the card number of a track alone', panOfTracks, `found ${panOfTracks}`, 'clear text'],
  ['in gzip', pan, gzipSync(`a bundle with ${pan}`), 'clear text'],
];
const masked = (secret: string) =>
  `${secret.slice(0, 4)}…${secret.slice(-2)} (${secret.length} characters)`;

describe('a planted secret is found', () => {
  test.each(leaks)('%s', (_, secret, content, form) => {
    const found = scanner.bytes(content, 'here').map((seen) => `${seen.form}: ${seen.secret}`);
    expect(found).toContain(`${form}: ${masked(secret)}`);
  });

  test('in the middle of many bytes', () => {
    const noise = Buffer.alloc(1_000_000, 0xa5);
    noise.write(pan, 654_321);
    const found = scanner.bytes(noise, 'here').map(({ form }) => form);
    expect(found).toEqual(['clear text', 'clear text with separators or in UTF-16']);
  });

  test('and reported without being shown', () => {
    const [first] = scanner.bytes(`card ${pan}`, 'the log');
    expect(first).toEqual({
      where: 'the log',
      form: 'clear text',
      secret: '4111…11 (16 characters)',
    });
  });
});

describe('nothing is found', () => {
  test.each([
    ['in nothing', ''],
    ['in a masked number', '411111******1111 and ************4444'],
    ['in another card number', '4012888888881881'],
    ['in all but the last digit', '411111111111111'],
    ['in all but the last digit, packed', bcd('411111111111111f')],
    ['in a hash', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['in bytes that look like gzip and are none', Buffer.from('1f8b0000', 'hex')],
    ['in compressed bytes of another thing', deflateSync('nothing here')],
  ])('%s', (_, content) => {
    expect(scanner.bytes(content, 'here')).toEqual([]);
  });
});

test.each([
  ['nothing planted', { pans: [], tracks: [] }],
  ['a secret so short that chance would find it', { pans: ['4111'], tracks: [] }],
])('%s is refused', (_, planted) => {
  expect(() => cardScanner(planted)).toThrow(/plant/i);
});

describe('a tree', () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-scan-'));
  afterAll(() => rmSync(directory, { recursive: true }));

  test('is scanned to its last file, write-ahead logs and hidden files included', () => {
    mkdirSync(join(directory, 'deep', 'er'), { recursive: true });
    const paths = ['ledger.db-wal', '.hidden', join('deep', 'er', 'log.ndjson')];
    for (const path of paths) writeFileSync(join(directory, path), `x${pan}`);
    writeFileSync(join(directory, 'clean.db'), 'nothing');
    const where = new Set(scanner.tree(directory).map((sighting) => sighting.where));
    expect(where).toEqual(new Set(paths.map((path) => join(directory, path))));
  });
});

describe('a recorder', () => {
  test('keeps streams apart and finds what was cut in two', () => {
    const recorder = new Recorder();
    recorder.note('stdout', `first ${pan.slice(0, 7)}`);
    recorder.note('stderr', 'in between');
    recorder.note('stdout', Buffer.from(`${pan.slice(7)} last`));
    expect(recorder.scan(scanner).map(({ where }) => where)).toContain('stdout');
    expect(recorder.scan(scanner).map(({ where }) => where)).not.toContain('stderr');
    expect(recorder.seen('stderr')).toBe(10);
    expect(recorder.seen()).toBe(6 + 16 + 5 + 10);
  });
});
