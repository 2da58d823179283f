/** The simulated MMS device: what it encrypts can be decrypted, what it authenticates can be checked. */
import { describe, expect, test } from 'vitest';
import {
  findObject,
  fromHex,
  joined,
  readObjects,
  slipFrame,
  toHex,
} from '../../../drivers/index.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { chipCard, issuerDataFor } from '../../../simulator/readers/chip-card.ts';
import { decrypt, encrypt, keyFor, testBaseKey } from '../../../simulator/readers/dukpt.ts';
import { simulateMagtekMms } from '../../../simulator/readers/magtek-mms.ts';
import { requestData, tagsOf } from '../../../simulator/readers/magtek-mms-data.ts';
import { hidWire, serialWire } from '../../../simulator/readers/magtek-mms-wire.ts';
import { vector } from '../../fixtures/vectors.ts';
import { purchase } from '../../fixtures/purchase.ts';
import { handTimers } from '../../rigs/hand-timers.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) ?? new Uint8Array();

const order =
  'AA008104010110018434100182013CA309810101820101830101840200028' +
  '61E9C01009F02060000000042509F03060000000000005F2A0208405F360102';

/** A device, and all it has said since the last time. */
const device = () => {
  const { take } = serialWire();
  const said: Uint8Array[] = [];
  const timers = handTimers();
  const reader = simulateMagtekMms({ timers }, (sent) => void said.push(...take(sent)));
  return {
    reader,
    timers,
    ask: (hex: string) => {
      const message = bytes(hex);
      const header = Uint8Array.of(0, 0, 0, message.length >> 8, message.length & 0xff);
      reader.receive(slipFrame(joined(header, message)));
    },
    said: () => said.splice(0).map(toHex),
  };
};

const keys = { baseKey: testBaseKey, ksn: 'FFFF9876543210E00001', serialNumber: 'B571AF2' };

describe('transaction data', () => {
  const tags =
    chipCard(testCards.visa).start({ ...purchase, unpredictable: new Uint8Array(4) }, 'contact') ??
    new Map<string, string>();
  const data = requestData(keys, {
    cardType: 5,
    isFallback: false,
    card: testCards.visa,
    secret: tagsOf(tags),
    isStripe: false,
  });
  const length = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
  const read = readObjects(data.subarray(2, 2 + length));
  const value = (tag: string) =>
    (read.ok ? findObject(read.objects, tag)?.value : undefined) ?? new Uint8Array();

  test('are decrypted with the data key of their serial number', () => {
    const clear = decrypt(keyFor('data', testBaseKey, keys.ksn), value('DFDF59'));
    const within = readObjects(clear.subarray(0, clear.length - (value('DFDF58')[0] ?? 0)));
    const number = within.ok ? findObject(within.objects, '5A')?.value : undefined;
    expect(toHex(number ?? new Uint8Array())).toBe(testCards.visa.pan);
  });

  test('are authenticated from their length to their padding', () => {
    expect(data.length % 8).toBe(4);
    const key = keyFor('macRequest', testBaseKey, keys.ksn);
    const mac = encrypt(key, data.subarray(0, -4)).subarray(-8, -4);
    expect(toHex(data.subarray(-4))).toBe(toHex(mac));
  });

  test('show four digits at each end of a number, and no other', () => {
    expect(Buffer.from(value('DFDF4D')).toString('latin1')).toBe(
      ';4111000000001111=491200000000000000?',
    );
    expect(toHex(data)).not.toContain(testCards.visa.pan);
  });
});

describe('the device', () => {
  test('does what is published with a cancel, and refuses one with nothing to cancel', () => {
    const { ask, said } = device();
    ask(vector('mms-cancel-transaction-request').input_hex ?? '');
    expect(said()).toEqual(['AA00810482131008820480020304']);
    ask(order);
    said();
    ask(vector('mms-cancel-transaction-request').input_hex ?? '');
    expect(said()).toEqual([
      vector('mms-cancel-transaction-response').input_hex,
      'AA00810483000105820400030100',
    ]);
  });

  test('takes one transaction at a time, and ends it when its time is up', () => {
    const { ask, said, timers } = device();
    ask(order);
    expect(said()).toEqual(['AA00810482011001820401000000']);
    ask(order);
    expect(said()).toEqual(['AA00810482011001820480020308']);
    timers.pass(60_000);
    expect(said()).toEqual(['AA00810483000105820400010000']);
  });

  test('hands its card the issuer’s proof', () => {
    const { ask, said, reader } = device();
    const card = chipCard(testCards.visa);
    ask(order);
    reader.insert(card);
    said();
    const other = chipCard(testCards.mastercard);
    const tags = other.start({ ...purchase, unpredictable: new Uint8Array(4) }, 'contact');
    const wrong = toHex(
      issuerDataFor(testCards.mastercard, tags ?? new Map<string, string>(), '00'),
    );
    ask(`AA0081040102100484261004810100820178841CFF7419DFDF250101FA1270108A023030${wrong}`);
    expect(said().at(-1)).toBe('AA00810483000105820410028000');
  });

  test('says nothing to what is no request', () => {
    const { ask, said } = device();
    ask('AA00810482131008820400000000');
    ask('4142');
    expect(said()).toEqual([]);
    ask('AA0081040113EEEE8402EEEE');
    expect(said()).toEqual(['AA0081048213EEEE820480010113']);
  });
});

test('its packets carry messages of any length', () => {
  for (const size of [1, 62, 63, 121, 122, 400]) {
    const message = Uint8Array.from({ length: size }, (_, at) => at & 0xff);
    const wire = hidWire();
    expect(
      wire
        .pieces(message)
        .flatMap((report) => wire.take(report))
        .map(toHex),
    ).toEqual([toHex(message)]);
  }
});
