/** 200 devices in three groups, one Mosquitto: what is set for a group reaches all of it, and it alone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  emptyFleet,
  fleetClient,
  standingOf,
  type Fleet,
  type FleetDevice,
} from '../rigs/fleet.ts';

const patienceMs = 60_000;
const timeout = 2 * patienceMs;

const [north, south, east] = ['north', 'south', 'east'] as const;
const sizes = { [north]: 90, [south]: 60, [east]: 50 };

let fleet: Fleet;
const members: Record<string, FleetDevice[]> = {};
/** The one with little room on its disk. */
let narrow: FleetDevice;

beforeAll(async () => {
  fleet = await emptyFleet();
  for (const [groupId, size] of Object.entries(sizes)) {
    fleet.want(groupId, { receipt: { header: [groupId] }, tip: { limitPercent: size } });
    const isNorth = groupId === north;
    members[groupId] = await fleet.start(groupId, isNorth ? size - 1 : size);
    if (!isNorth) continue;
    [narrow] = (await fleet.start(north, 1, 1_024)) as [FleetDevice];
    members[north]?.push(narrow);
  }
}, 3 * patienceMs);

afterAll(() => fleet.close(), patienceMs);

const of = (...groups: string[]): FleetDevice[] => groups.flatMap((each) => members[each] ?? []);

const header = ({ agent }: FleetDevice) => agent.shop.settings['receipt.header'];

/** What a device has and what it ever wrote down of it: nobody touched it while this is the same. */
const traceOf = (device: FleetDevice) => {
  const { number, hash, layers } = standingOf(device);
  const history = device.agent.shop.configuration.history(50).length;
  return { number, hash, layers, history };
};

test('every device comes into force with the settings of its group', { timeout }, async () => {
  for (const [groupId, size] of Object.entries(sizes)) {
    await fleet.converges(groupId, { 'in force': size });
    const { version, deviceCount } = fleet.groups.find(fleetClient, groupId) ?? {};
    expect(deviceCount).toBe(size);
    for (const device of of(groupId)) {
      expect(standingOf(device)).toMatchObject({
        number: 2,
        layers: { group: { groupId, version } },
      });
      expect(header(device)).toEqual([groupId]);
    }
  }
  expect(fleet.devices).toHaveLength(200);
});

test(
  'what is pushed to a group reaches each of its devices, and no other',
  { timeout },
  async () => {
    const [before, others] = [of(north).map(traceOf), of(south, east).map(traceOf)];
    const version = fleet.want(north, { receipt: { header: ['Second'] } });
    await fleet.converges(north, { 'in force': sizes[north] });
    const names = fleet
      .progress(north)
      .map(({ device, versions }) => [device, versions?.group?.version]);
    expect(names).toEqual(
      of(north)
        .map(({ name }) => [name, version])
        .sort(),
    );
    for (const device of of(north)) expect(header(device)).toEqual(['Second']);
    expect(of(north).map(traceOf)).toMatchObject(
      before.map(({ number, history }) => ({ number: number + 1, history: history + 1 })),
    );
    expect(of(south, east).map(traceOf)).toEqual(others);
    expect(new Set(of(north).map((device) => standingOf(device).hash)).size).toBe(1);
  },
);

test('a part that cannot work with it refuses it on one device alone', { timeout }, async () => {
  const [kept, others] = [traceOf(narrow), of(south, east).map(traceOf)];
  const version = fleet.want(north, { storage: { reserveMiB: 2_048 } });
  await fleet.converges(north, { 'in force': sizes[north] - 1, refused: 1 });
  const [refused] = fleet.progress(north).filter(({ is }) => is === 'refused');
  expect(refused).toMatchObject({
    ...{ device: narrow.name, versions: kept.layers },
    refused: {
      ...{ outcome: 'rejected', code: 'reserve_not_there', path: 'storage.reserveMiB' },
      ...{ layers: { group: { groupId: north, version } } },
    },
  });
  expect(traceOf(narrow)).toEqual({ ...kept, history: kept.history + 1 });
  expect(header(narrow)).toEqual(['Second']);
  expect(of(south, east).map(traceOf)).toEqual(others);

  fleet.want(north, { storage: { reserveMiB: 512 } });
  await fleet.converges(north, { 'in force': sizes[north] });
  expect(narrow.agent.shop.settings['storage.reserveMiB']).toBe(512);
});

test(
  'a device that is moved has what the other group wants, and nothing of the first',
  { timeout },
  async () => {
    const [moved] = of(south) as [FleetDevice];
    const others = fleet.devices.filter((each) => each !== moved);
    const before = others.map(traceOf);
    expect([header(moved), moved.agent.shop.settings['tip.limitPercent']]).toEqual([
      [south],
      sizes[south],
    ]);

    fleet.groups.move(moved.subject, east);
    await fleet.converges(east, { 'in force': sizes[east] + 1 });
    await fleet.converges(south, { 'in force': sizes[south] - 1 });
    expect([header(moved), moved.agent.shop.settings['tip.limitPercent']]).toEqual([
      [east],
      sizes[east],
    ]);
    expect(standingOf(moved).layers.group).toMatchObject({ groupId: east });
    expect(others.map(traceOf)).toEqual(before);

    // The first group is nothing to it any more, the other one is.
    const number = standingOf(moved).number;
    fleet.want(south, { receipt: { header: ['South again'] } });
    fleet.want(east, { receipt: { header: ['East again'] } });
    await fleet.converges(south, { 'in force': sizes[south] - 1 });
    await fleet.converges(east, { 'in force': sizes[east] + 1 });
    expect([header(moved), standingOf(moved).number]).toEqual([['East again'], number + 1]);
    fleet.groups.move(moved.subject, south);
    await fleet.converges(south, { 'in force': sizes[south] });
    expect(header(moved)).toEqual(['South again']);
  },
);

test(
  'a device moved into a group that it cannot be in follows once the group is mended',
  { timeout },
  async () => {
    fleet.want('attic', { storage: { reserveMiB: 2_048 } });
    const kept = traceOf(narrow);
    fleet.groups.move(narrow.subject, 'attic');
    await fleet.converges('attic', { refused: 1 });
    expect(traceOf(narrow)).toEqual({ ...kept, history: kept.history + 1 });

    const version = fleet.want('attic', { storage: { reserveMiB: 256 } });
    await fleet.converges('attic', { 'in force': 1 });
    expect(standingOf(narrow).layers.group).toEqual({ groupId: 'attic', version });
    // Each was refused once, and this one is in force.
    expect(traceOf(narrow)).toMatchObject({ number: kept.number + 1, history: kept.history + 2 });
  },
);
