/** Out of service: nothing is lost with the device, nothing is left behind, wherever the power fails. */
import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CornerResponse } from '../../../contract/index.ts';
import type { DataDirectory } from '../../../agent/data-directory.ts';
import { StartFault } from '../../../agent/fault.ts';
import { refuseHalfDecommissioned } from '../../../agent/identity/decommission-mark.ts';
import type { Ledger } from '../../../agent/ledger/ledger.ts';
import { openSqliteReadOnly } from '../../../agent/ledger/sqlite.ts';
import { verifyLedger } from '../../../agent/ledger/verify.ts';
import { orderOf } from '../../fixtures/payments.ts';
import {
  card,
  countOf,
  faultOf,
  isMarked,
  LeavingDevice,
  leavingDevice,
  loadedDevice,
  recordOf,
  registerOn,
  tidyDevice,
} from '../../rigs/leaving-device.ts';
import { approve, enter, loseTrackOf, store } from '../../rigs/open-ledger.ts';
import { registry, someKey } from '../../rigs/registry.ts';

const system = { name: 'System', number: 1 };

/** The secrets of its files, as they stand there. */
const secretsOf = ({ directory }: LeavingDevice): Uint8Array[] =>
  (['privateKey', 'recoveryKey', 'wrappingKey'] as const).map((place) =>
    Buffer.from(directory.read(place)?.trim() ?? ''),
  );

describe('a device of which the portal has everything', () => {
  test('is let go, and leaves its ledger and nothing else', async () => {
    const device = await tidyDevice();
    const secrets = secretsOf(device);
    expect(device.found(secrets)).toHaveLength(3);
    const { path } = device.directory;
    expect(await device.decommission()).toEqual({
      ...{ ...device.subject, portal: 'let_go', record: `${path}/${recordOf(device)}` },
    });
    expect(device.files()).toEqual([recordOf(device)]);
    expect([device.found(secrets), countOf(device, 'device.retired')]).toEqual([[], 1]);
  });

  test('that sold nothing yet has no ledger to leave', async () => {
    const device = await leavingDevice();
    expect(await device.decommission()).toEqual({ ...device.subject, portal: 'let_go' });
    expect(device.files()).toEqual([]);
  });

  test('can be registered anew in the same directory, and leave it once more', async () => {
    const device = await tidyDevice();
    await device.decommission();
    const next = await registerOn(device.directory, device.portal);
    expect(next).not.toEqual(device.subject);
    const again = new LeavingDevice(device.portal, device.directory, next);
    again.inLedger((ledger) => approve(ledger, orderOf(1), 1));
    again.handOver();
    expect(await again.decommission()).toMatchObject({ ...next, portal: 'let_go' });
    expect(device.files()).toEqual([recordOf(device), recordOf(again)].sort());
  });

  test('leaves its ledger beside one that has its name', async () => {
    const device = await leavingDevice();
    device.inLedger(() => undefined);
    const first = device.directory.pathOf('records');
    const { clientId, deviceId } = device.subject;
    device.directory.moveLedger(recordOf(device));
    device.inLedger(() => undefined);
    const { record } = await device.decommission();
    expect(record).toBe(`${first}/${clientId}-${deviceId}-2.sqlite`);
    expect(device.files()).toHaveLength(2);
  });

  test('that was revoked before goes all the same', async () => {
    const device = await tidyDevice();
    device.portal.renewals.revoke(device.subject, true);
    expect(await device.decommission()).toMatchObject({ portal: 'revoked_before' });
  });
});

describe('nothing is changed', () => {
  const rows: readonly [string, (ledger: Ledger) => void, RegExp][] = [
    ['transaction_under_way', (ledger) => enter(ledger, orderOf(1)), /let them end/],
    ['reversals_under_way', (ledger) => loseTrackOf(ledger, orderOf(1), 1), /portal connect/],
    ['queue_not_empty', (ledger) => store(ledger, orderOf(1), 1, card), /portal connect/],
    [
      'authorizations_open',
      (ledger) => approve(ledger, orderOf(1, { type: 'authorization' }), 1),
      /capture or void/,
    ],
    [
      'batch_open',
      (ledger) => {
        ledger.commit(() => ledger.batches.ensure(system, 1));
        approve(ledger, orderOf(1), 1);
      },
      /System 1 is not closed[^]*batch close/,
    ],
    [
      'ledger_rolled_back',
      (ledger) => ledger.commit(() => ledger.meta.set('rolledBack', 'it has seen more')),
      /new epoch/,
    ],
  ];

  test.each(rows)('while there is %s', async (code, fill, says) => {
    const device = await leavingDevice();
    device.inLedger(fill);
    device.handOver();
    const before = device.files();
    const fault = await faultOf(device.decommission());
    expect([fault.code, fault.message]).toEqual([code, expect.stringMatching(says)]);
    expect(fault.message).toContain('--receipt');
    expect([device.files(), isMarked(device)]).toEqual([before, false]);
    expect(countOf(device, 'device.retired')).toBe(0);
  });

  test('while the portal has not acknowledged everything', async () => {
    const device = await leavingDevice();
    device.inLedger((ledger) => approve(ledger, orderOf(1), 1));
    device.handOver('as a file');
    const fault = await faultOf(device.decommission());
    expect([fault.code, isMarked(device)]).toEqual(['facts_unsent', false]);
  });

  test('when it was not meant', async () => {
    const device = await tidyDevice();
    const fault = await faultOf(device.decommission({ confirm: false }));
    expect([fault.code, isMarked(device)]).toEqual(['not_confirmed', false]);
  });

  test('where no device is', async () => {
    const device = await tidyDevice();
    await device.decommission();
    expect((await faultOf(device.decommission())).code).toBe('not_registered');
  });

  test('when the portal has not the whole log, whatever the device was told', async () => {
    const device = await tidyDevice();
    const name = `${device.subject.clientId}/${device.subject.deviceId}`;
    device.portal.devices.change(name, { upThrough: 1 });
    const fault = await faultOf(device.decommission());
    expect([fault.code, isMarked(device)]).toEqual(['log_incomplete', false]);
    expect(device.directory.read('privateKey')).toBe(someKey);
  });

  test('when the portal does not know the recovery key', async () => {
    const device = await tidyDevice();
    device.directory.write('recoveryKey', Buffer.alloc(32, 9).toString('base64url'));
    const fault = await faultOf(device.decommission());
    expect([fault.code, isMarked(device)]).toEqual(['device_unknown', false]);
  });

  test('when the portal cannot be reached', async () => {
    const device = await tidyDevice();
    const unreachable = () =>
      Promise.reject<CornerResponse>(new StartFault('broker_unreachable', 'Nobody is there.'));
    const fault = await faultOf(device.decommission({ line: unreachable }));
    expect([fault.code, isMarked(device)]).toEqual(['portal_not_told', false]);
    expect(fault.message).toMatch(/nothing was changed: Nobody is there/);
  });
});

describe('a question that was never answered', () => {
  const silent = (answer: () => CornerResponse) => {
    answer();
    return Promise.reject<CornerResponse>(new StartFault('portal_silent', 'It was silent.'));
  };

  test('leaves a device that does not sell until it is known what became of it', async () => {
    const device = await tidyDevice();
    const fault = await faultOf(device.decommission({ line: silent }));
    expect([fault.code, isMarked(device)]).toEqual(['portal_not_told', true]);
    expect(() => refuseHalfDecommissioned(device.directory)).toThrow(/holdfast decommission/);
    expect((await faultOf(registerOn(device.directory, registry()))).code).toBe(
      'decommission_unfinished',
    );
    // The mark outlasts a portal that cannot be reached at all.
    const unreachable = () =>
      Promise.reject<CornerResponse>(new StartFault('broker_unreachable', 'Nobody is there.'));
    await faultOf(device.decommission({ line: unreachable }));
    expect(isMarked(device)).toBe(true);
    expect(await device.decommission()).toMatchObject({ portal: 'let_go' });
    expect(countOf(device, 'device.retired')).toBe(1);
  });

  test('stays open at a refusal of whoever asks now, and ends with one about its log', async () => {
    const device = await tidyDevice();
    const refusing = (code: string) => () =>
      Promise.resolve({ ok: false as const, refusal: { code, retryable: true } });
    await faultOf(device.decommission({ line: silent }));
    const closed = await faultOf(device.decommission({ line: refusing('registration_closed') }));
    // This line refuses before anything is signed: what left before is as open as it was.
    expect([closed.code, isMarked(device)]).toEqual(['registration_closed', true]);
    const incomplete = await faultOf(device.decommission({ line: refusing('log_incomplete') }));
    expect([incomplete.code, isMarked(device)]).toEqual(['log_incomplete', false]);
  });
});

describe('with a receipt', () => {
  test('a device goes that could tell nothing, and its card data goes with it', async () => {
    const device = await loadedDevice();
    device.exported(Buffer.from(card.bytes).toString('latin1'));
    writeFileSync(`${device.directory.pathOf('exports')}/ledger-1-1.entries.jsonl`, '', {
      mode: 0o600,
    });
    expect(device.found([card.bytes])).toEqual([
      ...['exports/ledger-1-1.frames.jsonl', 'ledger.sqlite'],
    ]);
    expect(await device.decommission({ receipt: device.receipt() })).toMatchObject({
      portal: 'let_go',
    });
    expect(device.found([card.bytes])).toEqual([]);
    expect(device.files()).toEqual([recordOf(device), 'exports/ledger-1-1.entries.jsonl']);
    const db = openSqliteReadOnly(`${device.directory.path}/${recordOf(device)}`);
    const { findings, sealed } = verifyLedger(db);
    db.close();
    expect([findings, sealed]).toEqual([[], { kept: 0, erased: 1, overdue: 0 }]);
  });

  test('card data is not called erased while another program reads the ledger', async () => {
    const device = await loadedDevice();
    const receipt = device.receipt();
    const reader = openSqliteReadOnly(device.directory.pathOf('ledger'));
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM sealed').get();
    const fault = await faultOf(device.decommission({ receipt }));
    expect([fault.code, isMarked(device)]).toEqual(['ledger_in_use', true]);
    reader.close();
    expect(await device.decommission()).toMatchObject({ portal: 'let_go' });
    expect(device.found([card.bytes])).toEqual([]);
  });

  test('a portal that cannot be reached, or knows it no more, is not waited for', async () => {
    const unreachable = () =>
      Promise.reject<CornerResponse>(new StartFault('broker_unreachable', 'Nobody is there.'));
    const one = await loadedDevice();
    expect(await one.decommission({ receipt: one.receipt(), line: unreachable })).toMatchObject({
      ...{ portal: 'not_told', why: 'Nobody is there.' },
    });
    const other = await loadedDevice();
    other.directory.write('recoveryKey', Buffer.alloc(32, 9).toString('base64url'));
    expect(await other.decommission({ receipt: other.receipt() })).toMatchObject({
      portal: 'not_told',
    });
  });

  test.each<[string, (device: LeavingDevice) => string, string]>([
    ['forged', (device) => device.receipt({ seed: new Uint8Array(32) }), 'receipt_unsound'],
    ['of another device', (device) => device.receipt({ sub: 'acme/other' }), 'receipt_unsound'],
    [
      'another word of the portal',
      (device) => device.receipt({ typ: 'log/up/ack' }),
      'receipt_unsound',
    ],
    ['without a head', (device) => device.receipt({ head: { hash: 'none' } }), 'receipt_unsound'],
    ['none', () => 'rubbish', 'receipt_unsound'],
    [
      'of an older head',
      (device) => device.receipt({ head: { seq: 1 } }),
      'receipt_of_another_head',
    ],
    [
      'of another epoch',
      (device) => device.receipt({ head: { epoch: 2 } }),
      'receipt_of_another_head',
    ],
    [
      'of another story',
      (device) => device.receipt({ head: { hash: 'a'.repeat(64) } }),
      'receipt_of_another_head',
    ],
  ])('that is %s, nothing is changed', async (_what, receiptOf, code) => {
    const device = await loadedDevice();
    const before = device.files();
    const fault = await faultOf(device.decommission({ receipt: receiptOf(device) }));
    expect([fault.code, device.files()]).toEqual([code, before]);
  });
});

test('a receipt that is given is looked at, also where there is no ledger it stands in for', async () => {
  const device = await leavingDevice();
  const head = { epoch: 1, seq: 3, hash: 'a'.repeat(64) };
  const other = device.receipt({ head, sub: 'acme/other' });
  rmSync(device.directory.pathOf('ledger'));
  const fault = await faultOf(device.decommission({ receipt: other }));
  expect([fault.code, isMarked(device)]).toEqual(['receipt_unsound', false]);
});

test('a device that was placed by hand goes, and it is said that nobody was told', async () => {
  const device = await tidyDevice();
  device.directory.remove('portal');
  const asked = { line: () => Promise.reject<CornerResponse>(new Error('It asked.')) };
  expect(await device.decommission(asked)).toMatchObject({
    ...{ portal: 'not_told', why: expect.stringContaining('no line') as string },
  });
  expect(device.files()).toEqual([recordOf(device)]);
});

describe('a power cut', () => {
  // The mark three times, an export, eight files, the address, the ledger, the mark's removal.
  const steps = 15;

  const dyingBefore = (step: number, directory: DataDirectory): DataDirectory => {
    let left = step;
    const dying = (act: () => void) => {
      if (left === 0) throw new Error('The power failed.');
      left -= 1;
      act();
    };
    return {
      ...directory,
      write: (place, text) => dying(() => directory.write(place, text)),
      remove: (place) => dying(() => directory.remove(place)),
      destroy: (file) => dying(() => directory.destroy(file)),
      moveLedger: (to) => dying(() => directory.moveLedger(to)),
    };
  };

  test.each(Array.from({ length: steps }, (_, step) => [step]))(
    'before step %d is made good by saying it again, and nobody sells in between',
    async (step) => {
      const device = await loadedDevice();
      device.exported('frames');
      const receipt = device.receipt();
      const secrets = [...secretsOf(device), card.bytes];
      const failing = dyingBefore(step, device.directory);
      await expect(device.decommission({ directory: failing, receipt })).rejects.toThrow(
        'The power failed.',
      );
      expect(isMarked(device)).toBe(step > 0);
      if (step > 0) expect(() => refuseHalfDecommissioned(device.directory)).toThrow(StartFault);
      expect(await device.decommission({ receipt })).toMatchObject({ portal: 'let_go' });
      expect(device.files()).toEqual([recordOf(device)]);
      expect([device.found(secrets), countOf(device, 'device.retired')]).toEqual([[], 1]);
    },
  );

  test('has no more steps to come before', async () => {
    const device = await loadedDevice();
    device.exported('frames');
    const directory = dyingBefore(steps, device.directory);
    await device.decommission({ directory, receipt: device.receipt() });
    expect(isMarked(device)).toBe(false);
  });

  test('while the ledger is open leaves it to whoever comes next', async () => {
    const device = await loadedDevice();
    const receipt = device.receipt();
    let opened = 0;
    const openLedger = () => {
      opened += 1;
      if (opened === 2) throw new Error('The power failed.');
      return device.inLedger((ledger) => ({ ...ledger, close: () => undefined }));
    };
    await expect(device.decommission({ receipt, openLedger })).rejects.toThrow();
    // Behind the point of no return neither the receipt nor a yes is asked for again.
    expect(await device.decommission({ confirm: false })).toMatchObject({ portal: 'let_go' });
    expect(device.found([card.bytes])).toEqual([]);
  });
});
