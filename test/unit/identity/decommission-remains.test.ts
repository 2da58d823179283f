/** What a device that goes has to bring along, and what may remain of it: the record, and nothing secret. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  countOf,
  faultOf,
  isMarked,
  loadedDevice,
  recordOf,
  tidyDevice,
} from '../../rigs/leaving-device.ts';

describe('a device that goes', () => {
  test('leaves neither who may sign in nor what lies in folders and behind links', async () => {
    const device = await tidyDevice();
    const body = { users: ['Somebody’s Name'], applications: [] };
    device.inLedger((ledger) =>
      ledger.commit(() =>
        ledger.desired.keep({
          kind: 'access',
          subject: device.subject,
          version: 1,
          issuedAt: 1,
          body,
        }),
      ),
    );
    const folder = device.directory.pathOf('identity');
    mkdirSync(`${folder}/old/older`, { recursive: true, mode: 0o700 });
    writeFileSync(`${folder}/old/older/device.key`, 'secret', { mode: 0o600 });
    // Behind the point of no return nobody can be asked to put it right.
    const step = (done: string) => {
      if (done === 'sealed data erased') symlinkSync('/dev/null', `${folder}/more.key`);
    };
    await device.decommission({ step });
    expect(device.files()).toEqual([recordOf(device)]);
    expect(readdirSync(folder)).toEqual([]);
    expect(device.found([Buffer.from('Somebody’s Name')])).toEqual([]);
  });
});

describe('nothing is changed', () => {
  test('when the ledger of a device that has run is gone, as long as there is no receipt', async () => {
    const device = await loadedDevice();
    device.directory.write('velocityKey', 'made at the first start');
    const receipt = device.receipt();
    device.directory.moveLedger('elsewhere.sqlite');
    const fault = await faultOf(device.decommission());
    expect([fault.code, isMarked(device)]).toEqual(['ledger_missing', false]);
    expect(await device.decommission({ receipt })).toMatchObject({ portal: 'let_go' });
  });

  test('when the portal has seen entries of a log that is said to be empty', async () => {
    const device = await tidyDevice();
    device.directory.moveLedger('elsewhere.sqlite');
    const fault = await faultOf(device.decommission());
    expect([fault.code, isMarked(device)]).toEqual(['log_incomplete', false]);
    const name = `${device.subject.clientId}/${device.subject.deviceId}`;
    // Nothing of it was taken in, but its birth said that there is something.
    device.portal.devices.change(name, { upThrough: 0, gateEpoch: 1, gateHead: 4 });
    expect((await faultOf(device.decommission())).code).toBe('log_incomplete');
    expect(countOf(device, 'device.retired')).toBe(0);
  });

  test.each([
    ['is missing', undefined],
    ['is empty', ''],
  ])('when its recovery key %s, and none is made in its place', async (_what, text) => {
    const device = await tidyDevice();
    if (text === undefined) device.directory.remove('recoveryKey');
    else device.directory.write('recoveryKey', text);
    const fault = await faultOf(device.decommission());
    expect([fault.code, isMarked(device)]).toEqual(['portal_not_told', false]);
    expect(fault.message).toMatch(/recovery.key is missing or empty/);
    expect(device.directory.read('recoveryKey')).toBe(text);
  });

  test('while a file of its identity is a link', async () => {
    const device = await tidyDevice();
    const folder = device.directory.pathOf('identity');
    symlinkSync('/dev/null', `${folder}/more.key`);
    const fault = await faultOf(device.decommission());
    expect([fault.code, isMarked(device)]).toEqual(['symbolic_link', false]);
  });
});
