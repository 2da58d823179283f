/** What is promised of a HID reader that Linux lists as `/dev/hidrawN`. */
import assert from 'node:assert/strict';
import { textOf } from '../../../drivers/index.ts';
import { listHid } from '../../../drivers/lines/hid.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import { refusing, stuck } from '../../../simulator/readers/habits.ts';
import { until } from '../../../simulator/shop/until.ts';
import type { Promises } from './bench.ts';
import { endedOnce, isSampleCard, onlyOne } from './claims.ts';
import { hidLine } from './ear.ts';
import { guestWithinMs, listed } from './found.ts';
import { refusedToStranger } from './stranger.ts';
import { magtek } from './usb-readers.ts';

const getSoftwareId = Uint8Array.of(0x00, 0x01, 0x00);
/** Input reports number 1 of four bytes, features number 2 of two, output reports number 3 of three. */
const numberedReports = Uint8Array.of(
  ...[0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08],
  ...[0x85, 0x01, 0x95, 0x04, 0x09, 0x02, 0x81, 0x02],
  ...[0x85, 0x02, 0x95, 0x02, 0x09, 0x03, 0xb1, 0x02],
  ...[0x85, 0x03, 0x95, 0x03, 0x09, 0x04, 0x91, 0x02, 0xc0],
);
const reset = Uint8Array.of(0x02, 0x00);

export const hidPromises: Promises = {
  'is listed with its maker, model, serial number and use': async (bench) => {
    await bench.plugHid('B000795');
    const { path, vendorId, productId, serialNumber, product, uses } = onlyOne(listHid());
    assert.match(path, /^\/dev\/hidraw[0-9]+$/);
    assert.deepEqual({ vendorId, productId }, magtek);
    assert.equal(serialNumber, 'B000795');
    assert.match(product ?? '', /Mag-Tek/);
    assert.deepEqual(uses, [{ page: 0xff00, usage: 1 }]);
  },

  'is opened by its path, and tells about itself in feature reports': async (bench) => {
    const { reader } = await bench.plugHid();
    const { path } = onlyOne(listHid());
    const { identity } = await bench.drive(hidLine({ path })).hears('ready');
    assert.equal(identity.firmware, '21042812D01');
    assert.equal(identity.securityLevel, 'encrypted');
    assert(reader.heard.length > 3);
  },

  'is opened by its model, and tells its report descriptor': async (bench) => {
    const { reader } = await bench.plugHid();
    const { descriptor } = await bench.listen(hidLine(magtek)).hears('opened');
    assert.deepEqual(descriptor, reader.descriptor);
  },

  'answers a feature report with its own bytes, and each one that waits in its turn': async (
    bench,
  ) => {
    await bench.plugHid();
    const ear = bench.listen(hidLine(magtek));
    for (let count = 0; count < 3; count += 1) ear.line.query(getSoftwareId);
    const answers = () => ear.events.filter(({ is }) => is === 'answer').length;
    await until('three answers came', () => answers() === 3, guestWithinMs);
    const { bytes } = await ear.hears('answer');
    assert.equal(bytes.length, 60);
    assert.equal(textOf(bytes.subarray(0, 13)), '\x00\x0b21042812D01');
  },

  'gives a swipe as one record of 887 bytes': async (bench) => {
    const { reader } = await bench.plugHid();
    const ear = bench.listen(hidLine(magtek));
    await ear.hears('opened');
    reader.swipe(testCards.magtek);
    const { bytes, reportId } = await ear.hears('record');
    assert.equal(bytes.length, 887);
    assert.equal(reportId, undefined);
  },

  'gives a swipe as a card, masked': async (bench) => {
    const { reader } = await bench.plugHid();
    const ear = bench.drive(hidLine(magtek));
    await ear.hears('ready');
    reader.swipe(testCards.magtek);
    isSampleCard((await ear.hears('card')).read);
  },

  'has a number in each report, either way, where its descriptor says so': async (bench) => {
    const heard: unknown[] = [];
    const { reader } = await bench.plugOther(({ send, answer }) => ({
      descriptor: numberedReports,
      sends: () => send(Uint8Array.of(1, 2, 3, 4), 1),
      receive: (report, reportId) => void heard.push(['output', [...report], reportId]),
      feature(report, reportId) {
        heard.push(['feature', [...report], reportId]);
        answer(Uint8Array.of(9));
      },
    }));
    const ear = bench.listen(hidLine(magtek));
    await ear.hears('opened');
    ear.line.send(Uint8Array.of(7), 3);
    ear.line.query(Uint8Array.of(8), 2);
    assert.deepEqual([...(await ear.hears('answer')).bytes], [9, 0]);
    assert.deepEqual(heard, [
      ['output', [7, 0, 0], 3],
      ['feature', [8, 0], 2],
    ]);
    reader.sends();
    const { bytes, reportId } = await ear.hears('record');
    assert.deepEqual([[...bytes], reportId], [[1, 2, 3, 4], 1]);
  },

  'is heard by two who have it open': async (bench) => {
    const { reader } = await bench.plugHid();
    const ears = [bench.listen(hidLine(magtek)), bench.listen(hidLine(magtek))];
    for (const ear of ears) await ear.hears('opened');
    reader.swipe(testCards.visa);
    for (const ear of ears) assert.equal((await ear.hears('record')).bytes.length, 887);
  },

  'leaves the bus when it is reset, and is another device when it comes back': async (bench) => {
    await bench.plugHid();
    const before = onlyOne(listHid());
    const ear = bench.listen(hidLine(magtek));
    ear.line.query(reset);
    await endedOnce(ear, 'ended', 'unplugged');
    assert.notEqual(onlyOne(await listed(1)).place, before.place);
    const again = bench.drive(hidLine(magtek));
    assert.equal((await again.hears('ready')).identity.firmware, '21042812D01');
  },

  'is lost once, and soon, when it is unplugged while a card is awaited': async (bench) => {
    const plugged = await bench.plugHid();
    const ear = bench.drive(hidLine(magtek));
    await ear.hears('ready');
    plugged.unplug();
    await endedOnce(ear, 'lost', 'unplugged');
  },

  'is lost once when it is unplugged while it owes an answer': async (bench) => {
    const plugged = await bench.plugHid('1', { behaviours: [stuck] });
    const ear = bench.drive(hidLine(magtek));
    await until('it was asked', () => plugged.reader.heard.length > 0, guestWithinMs);
    plugged.unplug();
    await endedOnce(ear, 'lost', 'unplugged');
  },

  'reads cards again once it is plugged in again': async (bench) => {
    const plugged = await bench.plugHid();
    const first = bench.drive(hidLine(magtek));
    await first.hears('ready');
    plugged.unplug();
    await first.hears('lost');
    await bench.drive(hidLine(magtek)).hears('lost');
    plugged.replug();
    await listed(1);
    const second = bench.drive(hidLine(magtek));
    await second.hears('ready');
    plugged.reader.swipe(testCards.magtek);
    isSampleCard((await second.hears('card')).read);
    assert.deepEqual(
      first.events.map(({ is }) => is),
      ['ready', 'lost'],
    );
  },

  'is absent, in a sentence, where it is not plugged in': async (bench) => {
    const { why, detail } = await bench.drive(hidLine(magtek)).hears('lost');
    assert.equal(why, 'absent');
    assert.match(detail, /0801:0011 is not there; plug it in/);
  },

  'that answers nothing ends in a plain state': async (bench) => {
    await bench.plugHid('1', { behaviours: [stuck] });
    const ear = bench.drive(hidLine(magtek));
    const { why, detail } = await ear.hears('lost');
    assert.equal(why, 'silent');
    assert.match(detail, /answered no question/);
  },

  'that refuses every question is ready all the same, and tells nothing of itself': async (
    bench,
  ) => {
    await bench.plugHid('1', { behaviours: [refusing] });
    const { identity } = await bench.drive(hidLine(magtek)).hears('ready');
    assert.deepEqual(identity, {});
  },

  'is denied to a user without rights, who is told of the udev rule': async (bench) => {
    await bench.plugHid();
    const { path } = onlyOne(listHid());
    const { why, detail } = await refusedToStranger(path);
    assert.equal(why, 'denied');
    assert.match(detail, /udev rule/);
  },

  'is told from another of its model by its serial number': async (bench) => {
    const [one, other] = [await bench.plugHid('A1'), await bench.plugHid('B2')];
    const { why, detail } = await bench.listen(hidLine(magtek)).hears('ended');
    assert.equal(why, 'failed');
    assert.match(detail, /2 devices are the HID reader 0801:0011/);
    const ears = ['A1', 'B2'].map((serialNumber) =>
      bench.drive(hidLine({ ...magtek, serialNumber })),
    );
    for (const ear of ears) await ear.hears('ready');
    other.reader.swipe(testCards.visa);
    assert.match((await ears[1]!.hears('card')).read.card.maskedPan, /^4111/);
    one.reader.swipe(testCards.magtek);
    isSampleCard((await ears[0]!.hears('card')).read);
  },
};
