/** Captured MagTek lines, decoded by the parsers that drive the reader. */
import { describe, expect, test } from 'vitest';
import { bytesOf, captureBytesMax, decodeCapture } from '../../../drivers/index.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';
import { containing } from '../../rigs/containing.ts';

const protocol = 'magtek-serial-line';
const decode = (text: string) => decodeCapture(protocol, bytesOf(text));
const level3 = vector('magtek-line-level3-encrypted').input_ascii ?? '';
const level2 = vector('magtek-line-level2-not-sureswipe').input_ascii ?? '';
const sureSwipe = vector('magtek-line-sureswipe').input_ascii ?? '';

const decoded = (text: string): Record<string, unknown> => {
  const result = decode(text);
  if (!result.ok) throw new Error(result.why);
  return result.decoded as Record<string, unknown>;
};
const refusal = (text: string): string => {
  const result = decode(text);
  return result.ok ? 'it was decoded' : result.why;
};

describe('a capture of a MagTek reader', () => {
  test('has no vector whose hex and text differ', () => {
    for (const { input_hex, input_ascii = '' } of vectorsOf(protocol)) {
      if (input_hex === undefined) continue;
      expect(Buffer.from(input_hex, 'hex').toString('latin1')).toBe(input_ascii);
    }
  });

  test('at level 3 shows every field, and the card masked', () => {
    const { expected } = vector('magtek-line-level3-encrypted');
    const { track1Clear: _, ...shown } = expected;
    expect(decoded(level3)).toMatchObject({
      ...shown,
      securityLevel: 'encrypted',
      status: ['keyInjected', 'encryptionEnabled'],
      track1: 'B5452********7189^^0804*******************',
      track2: '5452********7189=0804**************',
      track3: '*****************************',
      card: { maskedPan: '5452********7189', expiry: '0804', brand: 'mastercard' },
    });
  });

  test('at level 2 in full form shows no more of the card than the reader masked', () => {
    const { expected } = vector('magtek-line-level2-not-sureswipe');
    expect(decoded(level2)).toMatchObject({
      ...expected,
      securityLevel: 'clear',
      card: { maskedPan: '5452********7189', expiry: '0804', brand: 'mastercard' },
    });
  });

  test('in the short form shows first six and last four, and no name', () => {
    expect(decoded(sureSwipe)).toEqual({
      form: 'SureSwipe',
      track1: 'B545230******7189^^0804*******************',
      track2: '545230******7189=0804**************',
      track3: '*****************************',
      securityLevel: 'clear',
      card: { maskedPan: '545230******7189', expiry: '0804', brand: 'mastercard' },
    });
  });

  test.each([level3, level2, sureSwipe])(
    'never shows the number, the name or what follows',
    (text) => {
      const printed = JSON.stringify(decode(text));
      for (const secret of ['5452300551227189', '5163499080020445', 'HOGAN', '321000', '7250']) {
        expect(printed).not.toContain(secret);
      }
    },
  );

  test('of a request and its answer is what they say together', () => {
    const {
      input_ascii = '',
      response_ascii = '',
      expected,
    } = vector('magtek-serial-command-get-software-id');
    expect(decoded(input_ascii)).toMatchObject({ form: 'request', command: 'softwareId' });
    expect(decoded(response_ascii)).toMatchObject({ form: 'answer', ...expected });
    expect(decoded(input_ascii + response_ascii)).toMatchObject({ form: 'command', ...expected });
  });

  test.each(vectorsOf('magtek-hid-feature').filter(({ request_hex }) => request_hex !== undefined))(
    'knows the layout of $name',
    ({ request_hex = '', response_hex = '', expected }) => {
      const known = decoded(`${response_hex}\r`);
      // Setting a session id is left out of the driver; its answer is a bare success.
      if ('sessionId' in expected) expect(known).toMatchObject({ means: 'success' });
      else expect(decoded(`${request_hex}\r${response_hex}\r`)).toMatchObject(expected);
    },
  );

  test('says both readings of a line that asks one thing and answers another', () => {
    expect(decoded('000103\r')).toMatchObject({
      command: 'deviceSerial',
      orAnswer: { command: 'securityLevel', securityLevel: 3 },
    });
  });

  test('names what a refused command was refused for', () => {
    expect(decoded('0700\r')).toMatchObject({ means: 'invalid operation' });
  });

  test('lists each line of several', () => {
    const { records } = decoded(level3 + sureSwipe) as { records: unknown[] };
    expect(records).toHaveLength(2);
  });

  test('says that its last line was cut before the CR', () => {
    expect(decoded(level3.slice(0, -1))).toMatchObject({ note: containing('CR') });
    expect(decoded(level3)).not.toHaveProperty('note');
    expect(decoded(`${level3}\n`)).not.toHaveProperty('note');
  });

  test('keeps the good line and counts the bad one', () => {
    expect(decoded(`noise\r${level3}`)).toMatchObject({
      crcValue: '0x8fb7',
      rejected: [{ byteCount: 5 }],
    });
  });

  test.each([
    ['a wrong CRC', level3.replace('B78F', 'B78E'), 'CRC is wrong'],
    ['a changed digit', level3.replace('7189^', '7188^'), 'CRC is wrong'],
    ['a field too few', level3.replace('||0000', '|0000'), '12 fields'],
    ['fields too many', level3.replace('||0000', '||||0000'), '12 fields'],
    ['bad hex', level3.replace('C25C', 'C25G'), 'track 1'],
    ['a cipher block cut short', level3.replace('C25C1D11', ''), 'track 1'],
    ['a missing CRC', level3.replace('B78F', ''), 'CRC is missing'],
    ['a status that is none', level3.replace('|0600|', '|060|'), 'status'],
    ['a line that is too long', `${'A'.repeat(3_000)}\r`, '3000 bytes'],
    ['an empty capture', '', 'empty'],
    ['empty lines', '\r\r\r', 'empty'],
    ['a record cut in the middle', level3.slice(0, 300), 'fields'],
    ['a short form cut in a track', sureSwipe.slice(0, 70), 'cut short'],
    ['two swipes glued together', sureSwipe.slice(0, 20) + sureSwipe, 'not of one piece'],
    ['garbage in front of a short form', `xyz${sureSwipe}`, 'other than three tracks'],
    ['bytes that are no text', '%B\u00ff\u0000?\r', 'not of one piece'],
  ])('is refused for %s', (_, text, why) => {
    expect(refusal(text)).toContain(why);
  });

  test('is refused as a whole when it is too long', () => {
    const result = decodeCapture(protocol, new Uint8Array(captureBytesMax + 1));
    expect(result).toMatchObject({ ok: false, why: containing('65536') });
    expect(decodeCapture(protocol, bytesOf(level3.padEnd(captureBytesMax, '\r'))).ok).toBe(true);
  });

  test('of an unknown protocol or line is refused by naming the known ones', () => {
    const why = (result: ReturnType<typeof decodeCapture>) => (result.ok ? '' : result.why);
    expect(why(decodeCapture('magtek', new Uint8Array()))).toContain(protocol);
    expect(why(decodeCapture('toString', new Uint8Array()))).toContain('There is no protocol');
    expect(why(decodeCapture(protocol, bytesOf(level3), { line: 'hid' }))).toContain('serial');
    expect(decodeCapture(protocol, bytesOf(level3), { line: 'serial' }).ok).toBe(true);
  });
});
