/** MagTek records and settings: programmable framing, masks, and what a swipe means. */
import { describe, expect, test } from 'vitest';
import { bytesOf, textOf } from '../../../drivers/index.ts';
import { decodeMagtekSerialLine } from '../../../drivers/protocols/magtek-serial-line/decode.ts';
import { readRecord } from '../../../drivers/protocols/magtek-serial-line/record.ts';
import {
  defaultSettings,
  readSettings,
} from '../../../drivers/protocols/magtek-serial-line/settings.ts';
import { judge } from '../../../drivers/magnesafe/swipe.ts';
import { vector } from '../../fixtures/vectors.ts';
import { containing } from '../../rigs/containing.ts';

const judged = (line: string, given: Record<string, unknown> = {}) => {
  const read = readSettings(given);
  if (!read.ok) throw new Error(read.why);
  const record = readRecord(line, read.settings);
  if (!record.ok) throw new Error(record.why);
  return judge(record.value, read.settings);
};
const lineOf = (name: string) => (vector(name).input_ascii ?? '').replace(/\r$/, '');
const level3 = lineOf('magtek-line-level3-encrypted');
const unchecked = { clearCrc: false };
// A full record of which only these parts matter; without a CRC.
const record = (status: string, tracks: string, fields = ['', '', '']) =>
  `${tracks}|${status}|${fields.join('|')}|||B000795|${'0'.repeat(16)}|FFFF9876543210E00008|||0000`;

describe('a swipe', () => {
  test('hands its account data on in a secret, as JSON for whoever holds the key', () => {
    const swipe = judged(level3);
    if (swipe.is !== 'card') throw new Error(swipe.why);
    const { likeness, accountData, securityLevel } = swipe.read;
    expect(securityLevel).toBe('encrypted');
    expect(likeness.use((text) => text)).toBe('5452********7189=0804');
    const account = JSON.parse(accountData.use(textOf)) as Record<string, unknown>;
    expect(account).toMatchObject({
      scheme: 'magtek-dukpt-tdes',
      ksn: 'FFFF9876543210E00008',
      encryptedSessionId: '21685F158B5C6BE0',
      tracks: [containing('C25C1D'), containing('724C5D'), containing('E31234')],
      magnePrint: containing('8628E6'),
    });
    expect(JSON.stringify(swipe)).not.toContain('5452000000007189');
  });

  test.each(['magtek-line-level2-not-sureswipe', 'magtek-line-sureswipe'])(
    'in clear says so and hands the tracks on (%s)',
    (name) => {
      const swipe = judged(lineOf(name));
      if (swipe.is !== 'card') throw new Error(swipe.why);
      expect(swipe.read.securityLevel).toBe('clear');
      const account = JSON.parse(swipe.read.accountData.use(textOf)) as Record<string, unknown>;
      expect(account['scheme']).toBe('clear');
      expect(JSON.stringify(account['tracks'])).toContain('5452300551227189=0804321');
    },
  );

  test.each([
    ['keys_exhausted', '0700', ''],
    ['keys_exhausted', '8600', ''],
    ['keys_exhausted', '0601', ''],
    ['timed_out', '1600', ''],
    ['damaged', '2600', ''],
    ['damaged', '4600', ''],
    ['not_authenticated', '0E00', ''],
    ['no_data', '0600', ''],
    ['bad_track', '0600', '%E?;E?'],
    ['bad_track', '0E00', '%E?;E?+E?'],
  ])('is %s with status %s and tracks "%s"', (why, status, tracks) => {
    expect(judged(record(status, tracks), unchecked)).toEqual({ is: 'bad read', why });
  });

  test('reads the card from the track that is good', () => {
    const block = '00'.repeat(8);
    const track2 = record('0600', '%E?;4111000000001111=4912000?', ['', block, '']);
    expect(judged(track2, unchecked)).toMatchObject({
      is: 'card',
      read: { card: { maskedPan: '4111********1111', expiry: '4912', brand: 'visa' } },
    });
    const track1 = record('0E00', '%B4111000000001111^A/B^4912000?;E?', [block, '', '']);
    expect(judged(track1, unchecked)).toMatchObject({
      is: 'card',
      read: { securityLevel: 'authenticated' },
    });
  });

  test('of a card that is not for payment has no data', () => {
    expect(judged('%MEMBER 17?;42?')).toEqual({ is: 'bad read', why: 'no_data' });
  });

  test('whose tracks disagree is damaged', () => {
    const torn = lineOf('magtek-line-sureswipe').replace(';5452', ';5453');
    expect(judged(torn)).toEqual({ is: 'bad read', why: 'damaged' });
  });
});

describe('programmed readers', () => {
  // Manual 99875475-10, appendix D, example 2; its CRC is in the manual.
  const example2 =
    'CRDTSTTRKTST%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?TRKEND' +
    'TRKTST;5452300551227189=080432100000007250?TRKENDCRDEND|0000|' +
    '%B5452300551227189^HOGAN/PAUL      ^08043210000000725000000?|' +
    ';5452300551227189=080432100000007250?||A1050000|010002AC501724CC063E08E2C52B53793DD5' +
    '3167753CDC3CE8EBC5C3555E30B68B73E4DB8912E6372CA772E723EFEAADC02F02048C76|B000795|' +
    '0000000000000000||DB3E||1234TXEND\r';
  const strings = {
    preCard: 'CRDTST',
    postCard: 'CRDEND',
    preTrack: 'TRKTST',
    postTrack: 'TRKEND',
    terminator: 'TXEND\r',
  };

  test('are understood when the settings say how they were programmed', () => {
    expect(decodeMagtekSerialLine(bytesOf(example2), strings)).toMatchObject({
      ok: true,
      decoded: {
        crcAscii: 'DB3E',
        crcValue: '0x3edb',
        fields: { deviceSerial: 'B000795', formatCode: '1234' },
        card: { maskedPan: '5452********7189' },
      },
    });
  });

  test.each(Object.keys(strings))('are not when %s is left out', (name) => {
    const { [name as keyof typeof strings]: _, ...others } = strings;
    expect(decodeMagtekSerialLine(bytesOf(example2), others)).toMatchObject({ ok: false });
  });

  test('may send their encryption counter', () => {
    const counted = level3.replace('E00008|', 'E00008|0007F1|').replace('B78F', '');
    expect(judged(counted, unchecked)).toMatchObject({ is: 'card' });
  });

  test('may end their lines with CR LF', () => {
    const lines = `${level3}\r\n${level3}\r\n`;
    const given = { terminator: '\r\n' };
    const result = decodeMagtekSerialLine(bytesOf(lines), given);
    expect(result).toMatchObject({ ok: true, decoded: { records: [{}, {}] } });
  });
});

describe('settings', () => {
  test.each([
    [{ fieldSeperator: '|' }, 'is no setting'],
    [{ startTrack1: '' }, 'one printable'],
    [{ startTrack1: ';' }, 'start sentinel of its own'],
    [{ endTrack2: ';' }, 'end sentinel too'],
    [{ fieldSeparator: '?' }, 'field separator'],
    [{ preCard: 'a|b' }, 'field separator'],
    [{ preCard: 'eight888' }, 'at most 7'],
    [{ terminator: '\n' }, 'end in CR'],
    [{ terminator: '' }, 'end in CR'],
    [{ maskLeading: 4.5 }, 'whole number'],
    [{ maskTrailing: 100 }, '0 to 99'],
    [{ clearCrc: 'no' }, 'true or false'],
  ])('%o are refused with a sentence', (given, why) => {
    expect(readSettings(given)).toMatchObject({ ok: false, why: containing(why) });
  });

  test('are the manual’s when none are given', () => {
    expect(readSettings({})).toEqual({ ok: true, settings: defaultSettings });
    expect(readSettings({ maskLeading: 6 })).toMatchObject({ settings: { maskLeading: 6 } });
  });
});
