/** A disk that fills up while the shop sells: nothing that was answered is lost, and it sells again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sold } from '../../simulator/demo/till.ts';
import { auditOf } from '../rigs/audit.ts';
import { smallDisk, type Disk } from '../rigs/disk.ts';
import { openShop, type Shop } from '../rigs/shop.ts';

const mebibyte = 1_048_576;
const directory = mkdtempSync(join(tmpdir(), 'holdfast-full-'));
/** What stands when a shop has no disk of its own, because nobody may mount one here. */
let whyNot = '';
let disk: Disk | undefined;
let shop: Shop | undefined;
const answers: Sold[] = [];

beforeAll(async () => {
  const wanted = {
    directory: join(directory, 'disk'),
    bytes: 16 * mebibyte,
    kind: 'tmpfs',
  } as const;
  const answer = smallDisk(wanted);
  if (!answer.ok) {
    whyNot = answer.why;
    return;
  }
  disk = answer.disk;
  shop = await openShop({ dataDirectory: join(disk.directory, 'data') });
});

afterAll(async () => {
  await shop?.close();
  disk?.release();
  rmSync(directory, { recursive: true });
});

/** A test on the small disk; where there can be none, that it is said why. */
const onDisk = (says: string, play: (shop: Shop, disk: Disk) => Promise<void>): void =>
  test(says, async () => {
    if (shop === undefined || disk === undefined) {
      expect(whyNot).toMatch(/takes root and mount\(8\)/);
      return;
    }
    await play(shop, disk);
  });

const reasons = async ({ agent }: Shop): Promise<unknown> => {
  const { body } = await agent.client.get('/v1/health');
  return (body as { reasons: unknown }).reasons;
};

onDisk('below the reserve new sales are refused before a card is asked for', async (shop, disk) => {
  const before = await shop.till.sell({ value: 10_00 });
  answers.push(before);
  disk.fill(mebibyte / 2);
  const refused = await shop.agent.client.sale(11_00);
  expect(refused.status).toBe(503);
  expect(refused.body).toMatchObject({ code: 'storage_unavailable' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await reasons(shop)).toEqual(['storage_unavailable']);
  expect(await shop.till.look(before.transactionId)).toMatchObject({ outcome: 'approved' });
  disk.empty();
  expect(await reasons(shop)).toEqual([]);
  answers.push(await shop.till.sell({ value: 11_00 }));
  expect(answers.at(-1)).toMatchObject({ outcome: 'approved' });
});

onDisk(
  'full in the middle of a sale, it says so and ends it without a charge',
  async (shop, disk) => {
    const key = crypto.randomUUID();
    const begun = await shop.till.begin(12_00, key);
    const seen = shop.log.length;
    disk.fill(0);
    const asked = shop.agent.client.sale(12_00, { key, wait: 10 });
    await shop.till.swipe(begun.transactionId);
    await shop.says('storage.trouble', seen, { fault: 'full' });
    const told = await asked;
    expect(told.status).toBe(503);
    const { transactionId } = begun;
    expect(told.body).toMatchObject({ code: 'storage_unavailable', transactionId });
    expect((await shop.agent.client.sale(13_00)).status).toBe(503);
    disk.empty();
    await shop.says('storage.back', seen);
    const ended = await shop.till.answer(transactionId);
    expect(ended).toMatchObject({ outcome: 'cancelled', reason: 'interrupted' });
    answers.push(ended);
    answers.push(await shop.till.sell({ value: 13_00 }));
    expect(answers.at(-1)).toMatchObject({ outcome: 'approved' });
  },
);

onDisk('words of the portal wait until there is room for them', async (shop, disk) => {
  await shop.cutLine();
  const stored = await shop.till.sell({ value: 14_00 });
  expect(stored).toMatchObject({ outcome: 'approved_offline' });
  answers.push(stored);
  shop.portal.faults.arm('hold_decisions', { count: 1 });
  await shop.mendLine();
  await shop.holds('the portal has the sale', () =>
    shop.portal.devices().some(({ undecidedCount }) => undecidedCount === 1),
  );
  const seen = shop.log.length;
  disk.fill(0);
  shop.portal.faults.clear();
  const told = await shop.says('link.message.refused', seen, { channel: 'log/down' });
  expect(told['why']).toBe('storage is full');
  expect(await shop.till.look(stored.transactionId)).toMatchObject({ outcome: 'approved_offline' });
  disk.empty();
  await shop.settled();
  expect(await shop.till.look(stored.transactionId)).toMatchObject({ outcome: 'approved' });
});

onDisk('killed on the full disk, it starts again once there is room', async (shop, disk) => {
  answers.push(await shop.till.sell({ value: 15_00 }));
  disk.fill(0);
  await shop.agent.kill9();
  await expect(shop.agent.start()).rejects.toThrow(/"code":1.*\n[^\n]*is full; free some space/);
  disk.empty();
  await shop.agent.start();
  await shop.ready();
  answers.push(await shop.till.sell({ value: 16_00 }));
  expect(answers.at(-1)).toMatchObject({ outcome: 'approved' });
});

onDisk('in the end the POS, the ledger, the portal and the host agree', async (shop) => {
  await shop.settled();
  expect(await auditOf(shop, answers)).toEqual([]);
});
