/** MMS messages, requests and notifications: the published vectors, and every row of the tables. */
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../drivers/index.ts';
import {
  readFirmware,
  write,
  type Request,
} from '../../../drivers/protocols/magtek-mms/commands.ts';
import {
  messageKinds,
  readMessage,
  writeMessage,
} from '../../../drivers/protocols/magtek-mms/message.ts';
import { readNotice } from '../../../drivers/protocols/magtek-mms/notices.ts';
import { promptIn } from '../../../drivers/protocols/magtek-mms/prompts.ts';
import { defaultSettings } from '../../../drivers/protocols/magtek-mms/settings.ts';
import { readStatus } from '../../../drivers/protocols/magtek-mms/status.ts';
import { readerPrompts } from '../../../drivers/reader.ts';
import { vector, vectorsOf } from '../../fixtures/vectors.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

const messageIn = (hex: string) => {
  const read = readMessage(bytes(hex));
  if (!read.ok) throw new Error(read.why);
  return read.message;
};

const typeOf = (kind: string): string =>
  Object.entries(messageKinds).find(([, named]) => named === kind)?.[0] ?? '';

describe('a message', () => {
  test.each(vectorsOf('magtek-mms'))(
    '$name is read as published',
    ({ input_hex = '', expected }) => {
      const { version, kind, reference, id, detail, payload } = messageIn(input_hex);
      expect({
        version,
        messageType: toHex(Uint8Array.of(Number(typeOf(kind)))),
        reference: toHex(Uint8Array.of(reference)),
        id: toHex(Uint8Array.of(id >> 8, id & 0xff)),
        ...(detail === undefined
          ? {}
          : { [kind === 'response' ? 'status' : 'detailCode']: toHex(detail) }),
        ...(payload === undefined ? {} : { payload: toHex(payload) }),
      }).toEqual(expected);
    },
  );

  test.each(vectorsOf('magtek-mms'))('$name is written as published', ({ input_hex = '' }) => {
    // The manual writes one length in more bytes than it takes; every vector here has the shortest.
    expect(toHex(writeMessage(messageIn(input_hex)))).toBe(input_hex);
  });

  test.each([
    ['00810401131008', 'A message begins with AA and a version.'],
    ['AA', 'A message begins with AA and a version.'],
    ['AA0084021008', 'A message begins with tag 81, four bytes or more.'],
    ['AA00810301131084021008', 'A message begins with tag 81, four bytes or more.'],
    ['AA0081047713100884021008', 'No message has the type 77.'],
    ['AA008104821310088203000000', 'Tag 82 has 4 bytes; here are 3.'],
    ['AA0081048213100882040000', 'Tag 82 has a value of 4 bytes, and 2 are left of what holds it.'],
  ])('is not %s', (hex, why) => {
    expect(readMessage(bytes(hex))).toEqual({ ok: false, why });
  });
});

describe('a request', () => {
  const hexOf = (request: Request, reference = 0, settings = {}) =>
    toHex(write(request, reference, { ...defaultSettings, ...settings }));

  test('to cancel is as published', () => {
    expect(hexOf({ ask: 'cancel' }, 0x13)).toBe(vector('mms-cancel-transaction-request').input_hex);
  });

  test('to resume with the host’s answer is as published', () => {
    const answer = { result: 'approved', responseCode: '00' } as const;
    expect(hexOf({ ask: 'resume', answer, serial: bytes('992690E116120710') })).toBe(
      vector('mms-resume-transaction-request-arpc').input_hex,
    );
  });

  test('to resume carries what the issuer has for its chip, and nothing else', () => {
    const issuerData = bytes('5A044111111191088877665544332211710386010172038601025F2000');
    const answer = { result: 'declined', responseCode: '05', issuerData } as const;
    const hex = hexOf({ ask: 'resume', answer, serial: bytes('01') });
    expect(hex).toContain('70188A023035' + '91088877665544332211' + '7103860101' + '7203860102');
    expect(hex).not.toContain('5A04');
  });

  test('to resume says Z3 when no issuer could be asked, and survives malformed data', () => {
    const answer = { result: 'unable', responseCode: '91', issuerData: bytes('9108AA') } as const;
    expect(hexOf({ ask: 'resume', answer, serial: bytes('01') })).toContain('70048A025A33');
  });

  // The manual's example (table 71), but for tags that only some kernels want.
  test('to start has the parameters of the published example', () => {
    const purchase = { kind: 'purchase', amount: { value: 100, currency: 'USD' }, at: 0 } as const;
    expect(hexOf({ ask: 'start', purchase }, 0, { quickChip: true })).toBe(
      'AA00810401001001' +
        '8434100182013CA309810101820101830101840200038' +
        '61E9C01009F02060000000001009F03060000000000005F2A0208405F360102',
    );
  });

  test('to start says what is to be read, for how long, and whether it is a refund', () => {
    const purchase = { kind: 'refund', amount: { value: 4_250, currency: 'JPY' }, at: 0 } as const;
    const settings = { stripe: false, transactionSeconds: 30 };
    const hex = hexOf({ ask: 'start', purchase }, 7, settings);
    expect(hex).toContain('82011EA309810100820101830101');
    expect(hex).toContain('84020002');
    expect(hex).toContain('9C01209F0206000000004250');
    expect(hex).toContain('5F2A0203925F360100');
  });

  test.each([
    [{ ask: 'reset' }, 0x12, 'AA00810401121F0184021F01'],
    [{ ask: 'display', text: 0x16, seconds: 2 }, 0x55, 'AA008104015518038408' + '1803810102820116'],
    [{ ask: 'select', item: 0 }, 0, 'AA008104010018028408' + '1802810100820100'],
    [
      { ask: 'property', property: 'serialNumber' },
      0,
      'AA0081040100D101841AD10181072B06010401F609850102890AE208E106E104E102C100',
    ],
    [
      { ask: 'property', property: 'firmware' },
      2,
      'AA0081040102D101841AD10181072B06010401F609850102890AE208E206E204E202C200',
    ],
  ] as const)('%o is as published', (request, reference, hex) => {
    expect(hexOf(request, reference)).toBe(hex);
  });

  const sha256 = bytes('DFC71E09A3CE8E86B0F5B675BEB77A0E8233BFF18ACD8F3834B0DB20D9404B28');
  const firmware = { image: 'application', sha256 } as const;

  test('for firmware is as published, the file with a length of three bytes', () => {
    const file = new Uint8Array(0x0c7628);
    const loading = write({ ask: 'loadFirmware', firmware, file }, 1, defaultSettings);
    expect(toHex(loading.subarray(0, 61))).toBe(
      'AA0081040101D80184830C7658D801810103850200018620' + `${toHex(sha256)}87830C7628`,
    );
    expect(toHex(write({ ask: 'commitFirmware', firmware }, 2, defaultSettings))).toBe(
      'AA0081040102D901842ED901810103820100850200018620' + toHex(sha256),
    );
  });

  test('for firmware is read again', () => {
    const file = new Uint8Array(300);
    const loading = messageIn(
      toHex(write({ ask: 'loadFirmware', firmware, file }, 1, defaultSettings)),
    );
    expect(readFirmware(loading.payload ?? new Uint8Array())).toEqual({ firmware, fileBytes: 300 });
    expect(readFirmware(bytes('D801810103'))).toBeUndefined();
  });
});

describe('a status', () => {
  test.each([
    ['00000000', true, 'done: all is well'],
    ['01000000', true, 'started: all is well'],
    ['80020308', false, 'not started: a transaction is in progress'],
    ['80020316', false, 'not started: the battery is down to five percent; charge it'],
    ['81123456', false, 'failed: 123456'],
    ['7F000000', false, '7F: all is well'],
  ])('of %s is good: %s', (hex, isGood, says) => {
    expect(readStatus(bytes(hex))).toMatchObject({ isGood, says });
  });

  test('that is missing is not good', () => {
    expect(readStatus(undefined)).toMatchObject({ isGood: false });
  });
});

describe('a notification', () => {
  const notice = (id: string, detail: string, payload?: string) =>
    readNotice(
      messageIn(
        `AA00810483 00${id}8204${detail}`.replace(' ', '') +
          (payload === undefined ? '' : `84${toHex(Uint8Array.of(payload.length / 2))}${payload}`),
      ),
    );

  test('of a swiped card is the published one', () => {
    const { input_hex = '' } = vector('mms-notification-card-swiped');
    expect(readNotice(messageIn(input_hex))).toEqual({ is: 'card event', event: 'swiped' });
  });

  test.each([
    ['10010200', 'inserted'],
    ['10010300', 'removed'],
    ['20010400', 'detected'],
    ['20010500', 'several'],
  ])('0101 %s is a card %s', (detail, event) => {
    expect(notice('0101', detail)).toEqual({ is: 'card event', event });
  });

  test.each([
    ['00010000', 'none', 'timed out'],
    ['00030100', 'none', 'cancelled by the host'],
    ['00030200', 'none', 'cancelled by the customer'],
    ['08030500', 'stripe', 'read error'],
    ['08020600', 'stripe', 'approved'],
    ['10020803', 'contact', 'fallback'],
    ['10020002', 'contact', 'fallback'],
    ['10020200', 'contact', 'approved by the card'],
    ['10020300', 'contact', 'declined by the card'],
    ['10020600', 'contact', 'approved'],
    ['10020701', 'contact', 'deferred'],
    ['10028000', 'contact', 'declined'],
    ['10040700', 'contact', 'declined'],
    ['20020100', 'contactless', 'another interface'],
    ['20020500', 'contactless', 'not accepted'],
    ['20020D00', 'contactless', 'again'],
    ['20021000', 'contactless', 'failed'],
    ['20000000', 'contactless', 'failed'],
  ])('0105 %s is the end by %s: %s', (detail, technology, outcome) => {
    expect(notice('0105', detail)).toEqual({ is: 'complete', technology, outcome });
  });

  test.each([
    ['00000000', 'reset'],
    ['00030000', 'reset'],
    ['00010000', 'reset soon'],
    ['00020000', 'battery low'],
    ['00020100', 'power down'],
    ['01020000', 'other'],
  ])('1001 %s is of the device: %s', (detail, event) => {
    expect(notice('1001', detail)).toEqual({ is: 'device', event });
  });

  test('1803 asks for a text to be shown, or for a choice', () => {
    expect(
      notice('1803', '02010100', `18038101008201018309${toHex(Buffer.from('TAP CARD\0'))}`),
    ).toEqual({ is: 'prompt', prompt: 'present_card' });
    expect(notice('1803', '02020000')).toEqual({ is: 'selection' });
    expect(notice('1803', '02010100', '1803830641424344450A')).toEqual({ is: 'other' });
  });

  test('that is of no use is none', () => {
    expect(notice('0905', '08010A03')).toEqual({ is: 'other' });
    expect(notice('0101', '30010100')).toEqual({ is: 'card event', event: 'swiped' });
    expect(readNotice(messageIn('AA00810483000101'))).toEqual({ is: 'other' });
  });
});

test.each([
  ['TAP, INSERT, or SWIPE CARD\0', 'present_card'],
  ['PRESENT ONE CARD ONLY', 'one_card_only'],
  ['REMOVE\nCARD\0', 'remove_card'],
  ['APPROVED', undefined],
  ['', undefined],
])('the text %j asks for %s', (text, prompt) => {
  expect(promptIn(text)).toBe(prompt);
  if (prompt !== undefined) expect(readerPrompts).toContain(prompt);
});
