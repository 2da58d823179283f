/** The agent dies at each durability point, and nothing that was answered is lost, doubled or forgotten. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  durabilityPoints,
  fatalPointVariable,
  type DurabilityPoint,
} from '../../agent/durability.ts';
import { auditOf } from '../rigs/audit.ts';
import { openShop, type Shop } from '../rigs/shop.ts';
import { Pos, type Sale } from './pos.ts';

let shop: Shop;
let pos: Pos;
const died = new Set<DurabilityPoint>();

beforeAll(async () => {
  shop = await openShop();
  pos = new Pos(shop);
});

afterAll(() => shop.close());

/** Starts an agent that is to die at a point, does something with it, and sees it die there and of that. */
const dieAt = async (
  [point, time]: readonly [DurabilityPoint, number],
  deed: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> => {
  const seen = shop.log.length;
  await shop.agent.start({ [fatalPointVariable]: `${point}:${time}` });
  await pos.inOneLife(async () => {
    await deed();
    await shop.holds(`it dies at ${point}`, () => !shop.agent.isRunning());
  });
  expect(await shop.agent.ended).toEqual({ code: null, signal: 'SIGKILL' });
  expect(shop.log.slice(seen).at(-1)).toMatchObject({ event: 'agent.fault', point, time });
  died.add(point);
};

test('a point that is none keeps the agent from starting, and it says which there are', async () => {
  await shop.agent.stop();
  const start = shop.agent.start({ [fatalPointVariable]: 'before-lunch' });
  await expect(start).rejects.toThrow(
    /HOLDFAST_FAULT is "before-lunch"; unset it, .* before-commit,/,
  );
  await shop.agent.start();
});

describe('a sale is asked for again in the next life, and is the same sale', () => {
  let last: Sale | undefined;
  const askAgain = async (): Promise<string | null> =>
    last === undefined ? null : (await pos.try(last)).outcome;

  // Each life first answers for the sale of the one before, so it passes some points more often than once.
  test.each<[point: DurabilityPoint, time: number, before: (string | null)[]]>([
    ['before-live-request', 1, [null]],
    ['after-live-request', 1, ['unknown', 'reversed']],
    ['before-live-answer-write', 1, ['unknown', 'reversed']],
    ['before-answer', 1, ['unknown', 'reversed']],
    ['after-answer', 4, ['approved']],
    ['before-commit', 3, ['approved']],
    // Its recovery, its session, the order, the attempt and the end of the last sale, and an order.
    ['after-commit', 6, ['approved']],
  ])('%s, time %i', async (point, time, before) => {
    const sale = { value: 11_00, key: randomUUID() };
    if (shop.agent.isRunning()) await shop.agent.stop();
    await dieAt([point, time], async () => {
      await shop.ready();
      expect(before).toContain(await askAgain());
      last = sale;
      await pos.try(sale);
    });
  });

  test('and no point', async () => {
    await shop.agent.start();
    await shop.ready();
    expect(['cancelled', 'approved']).toContain(await askAgain());
    await shop.settled();
  });
});

test('stored sales die at every point on their way to the portal and back, and arrive', async () => {
  const sales = [12_00, 12_05, 12_51].map((value) => ({ value, key: randomUUID() }));
  await shop.cutLine();
  for (const sale of sales) {
    expect(await pos.sell(sale)).toMatchObject({ outcome: 'approved_offline' });
  }
  await shop.agent.stop();
  shop.proxy.mend();
  shop.portal.faults.arm('hold_decisions', { count: 1 });
  await dieAt(['before-publish', 1]);
  await dieAt(['after-publish', 1]);
  await dieAt(['before-acknowledge-write', 1]);
  await dieAt(['after-acknowledge-write', 1]);
  shop.portal.faults.clear();
  await dieAt(['before-down-commit', 1]);
  await dieAt(['before-erasure', 1]);
  await dieAt(['after-erasure', 1]);
  await dieAt(['after-down-commit', 1]);
  await shop.agent.start();
  await shop.settled();
  const outcomes = [];
  for (const sale of sales) outcomes.push((await pos.sell(sale)).outcome);
  expect(outcomes).toEqual(['approved', 'forward_declined', 'forward_declined']);
}, 60_000);

test('a batch dies before and after its close is on disk, and ends with the same totals', async () => {
  type Batch = Readonly<Record<'state' | 'trigger' | 'count' | 'totals', unknown>>;
  const batch = async (number: number): Promise<Batch> =>
    (await shop.agent.client.get(`/v1/batches/System-${number}`)).body as Batch;
  const close = () => shop.agent.client.post('/v1/batches/current/close');
  const diesClosing = async (number: number, point: DurabilityPoint): Promise<void> => {
    await shop.ready();
    const { totals, count } = await batch(number);
    expect(count).toBeGreaterThan(0);
    await shop.agent.stop();
    await dieAt([point, 1], close);
    await shop.agent.start();
    const closed = { state: 'closed', trigger: 'hand', count, totals };
    expect(await batch(number)).toMatchObject(closed);
    expect((await close()).status).toBe(409);
  };
  await diesClosing(1, 'after-batch-close');
  await shop.ready();
  await pos.sell({ value: 13_00, key: randomUUID() });
  // Asked for and not on disk: it is taken up at the start.
  await diesClosing(2, 'before-batch-close');
  await shop.ready();
  await shop.settled();
});

test('an end in order may end before or after its checkpoint', async () => {
  await shop.agent.stop();
  await dieAt(['before-checkpoint', 1], () => shop.agent.stop());
  await dieAt(['after-checkpoint', 1], () => shop.agent.stop());
});

/** Points no agent comes to that has not run for a year, or that nobody pushes settings to. */
const elsewhere: readonly DurabilityPoint[] = [
  // test/crash/pruning.test.ts
  ...(['before-prune', 'after-prune'] as const),
  // test/end-to-end/configuration-killed.test.ts
  ...(['before-trial', 'after-trial', 'before-rollback', 'after-rollback'] as const),
  ...(['before-confirm', 'after-confirm', 'after-configured'] as const),
];

test('the agent has died at every point there is, and the books agree', async () => {
  const all = Object.keys(durabilityPoints) as DurabilityPoint[];
  const points = all.filter((point) => !elsewhere.includes(point));
  expect([...died].sort()).toEqual(points.sort());
  await shop.agent.start();
  await shop.ready();
  await shop.settled();
  expect(await auditOf(shop, pos.notes)).toEqual([]);
});
