/** What is promised of a HID reader on a USB bus, and of one that USB shows as a serial port. */
import assert from 'node:assert/strict';
import { listHid } from '../../../drivers/lines/hid.ts';
import { testCards } from '../../../simulator/readers/cards.ts';
import type { Promises } from './bench.ts';
import { endedOnce, isSampleCard, onlyOne } from './claims.ts';
import { hidLine, serialLine } from './ear.ts';
import { listed } from './found.ts';
import { refusedToStranger } from './stranger.ts';
import { magtek, serialPath } from './usb-readers.ts';

export const usbPromises: Promises = {
  'is listed with its USB port, interface, maker, product and serial number': async (bench) => {
    await bench.plugUsb(0, 'B000795');
    const device = onlyOne(listHid());
    assert.match(device.port ?? '', /^[0-9]+-1$/);
    const { interface: number, vendorId, productId, serialNumber, manufacturer, product } = device;
    assert.deepEqual({ vendorId, productId }, magtek);
    assert.deepEqual([number, serialNumber], [0, 'B000795']);
    assert.deepEqual([manufacturer, product], ['Mag-Tek', 'USB Swipe Reader']);
  },

  'is opened by its serial number, and a swipe of 887 bytes becomes a card': async (bench) => {
    const { reader } = await bench.plugUsb(0, 'B000795');
    const ear = bench.drive(hidLine({ ...magtek, serialNumber: 'B000795' }));
    await ear.hears('ready');
    reader.swipe(testCards.magtek);
    isSampleCard((await ear.hears('card')).read);
  },

  'is told from its twin without a serial number by its USB port': async (bench) => {
    const [one, other] = [await bench.plugUsb(0), await bench.plugUsb(1)];
    const ports = (await listed(2)).map(({ port }) => port ?? '');
    const { why, detail } = await bench.listen(hidLine(magtek)).hears('ended');
    assert.equal(why, 'failed');
    for (const port of ports) assert(detail.includes(port), detail);
    const ears = ports.map((port) => bench.drive(hidLine({ port })));
    for (const ear of ears) await ear.hears('ready');
    one.reader.swipe(testCards.magtek);
    other.reader.swipe(testCards.visa);
    const pans = await Promise.all(
      ears.map(async (ear) => (await ear.hears('card')).read.card.maskedPan.slice(0, 4)),
    );
    assert.deepEqual(pans.sort(), ['4111', '5452']);
    for (const ear of ears) assert.equal(ear.events.filter(({ is }) => is === 'card').length, 1);
  },

  'is lost once when its plug is pulled, and found again at the same port': async (bench) => {
    const plugged = await bench.plugUsb(1);
    const { port = '', place } = onlyOne(listHid());
    const first = bench.drive(hidLine({ port }));
    await first.hears('ready');
    plugged.unplug();
    await endedOnce(first, 'lost', 'unplugged');
    await plugged.replug();
    assert.notEqual(onlyOne(listHid()).place, place);
    const second = bench.drive(hidLine({ port }));
    await second.hears('ready');
    plugged.reader.swipe(testCards.magtek);
    isSampleCard((await second.hears('card')).read);
  },
};

export const serialPromises: Promises = {
  'tells about itself, and a swipe becomes a card': async (bench) => {
    const { reader } = await bench.plugSerial(0);
    const ear = bench.drive(serialLine(serialPath), 'serial');
    assert.equal((await ear.hears('ready')).identity.firmware, '21042812D01');
    reader.swipe(testCards.magtek);
    isSampleCard((await ear.hears('card')).read);
  },

  'is lost once when its plug is pulled, and opened again when it is back': async (bench) => {
    const plugged = await bench.plugSerial(0);
    const first = bench.drive(serialLine(serialPath), 'serial');
    await first.hears('ready');
    plugged.unplug();
    await endedOnce(first, 'lost', 'unplugged');
    await plugged.replug();
    const second = bench.drive(serialLine(serialPath), 'serial');
    await second.hears('ready');
    plugged.reader.swipe(testCards.magtek);
    isSampleCard((await second.hears('card')).read);
  },

  'is denied to a user without rights, who is told of the group': async (bench) => {
    await bench.plugSerial(0);
    const { why, detail } = await refusedToStranger(serialPath);
    assert.equal(why, 'denied');
    assert.match(detail, /belongs to the group/);
  },
};
