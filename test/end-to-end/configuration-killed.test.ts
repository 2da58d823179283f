/**
 * SIGKILL of the real agent at each step a version of the settings takes on its way into force, or out again.
 * Started again, the device has one whole version: the new one where it is sound, else the one before; and
 * the portal and it say the same.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fatalPointVariable, type DurabilityPoint } from '../../agent/durability.ts';
import { Generations, type Found } from '../../agent/configuration/generations.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { until } from '../../simulator/shop/until.ts';
import { groupTill, offlineGroup, type GroupTill } from '../rigs/group-till.ts';
import { portalParty, type PortalParty } from '../rigs/portal-party.ts';

const patienceMs = 60_000;
const timeout = 3 * patienceMs;

const confirmPoints = ['before-confirm', 'after-confirm', 'after-configured'] as const;
const trialPoints = ['before-trial', 'after-trial'] as const;
const rollbackPoints = ['before-rollback', 'after-rollback'] as const;

let all: PortalParty;
const opened: GroupTill[] = [];

beforeAll(async () => {
  all = await portalParty();
}, patienceMs);

afterEach(async () => {
  for (const till of opened.splice(0)) await till.close();
});

afterAll(() => all.close());

/** A till with the first version of its group in force, which dies at a point when the next one comes. */
const doomedTill = async (
  groupId: string,
  point: DurabilityPoint,
  provenWithinSeconds = 60,
): Promise<GroupTill> => {
  const till = await groupTill(all, groupId, offlineGroup(provenWithinSeconds));
  opened.push(till);
  // The first version of its group passes the points of what counts at once.
  const time = confirmPoints.some((each) => each === point) ? 2 : 1;
  await till.start({ [fatalPointVariable]: `${point}:${time}` });
  await till.isToPortal('in force');
  return till;
};

const died = async (till: GroupTill): Promise<void> => {
  await until('it dies', () => !till.agent.isRunning(), patienceMs);
  expect(await till.agent.ended).toMatchObject({ signal: 'SIGKILL' });
};

/** The version of the group in a file of the device. */
const versionIn = (found: Found): number | string | undefined =>
  found.is === 'whole' ? found.generation.group?.version : found.is;

/** What stands on the device's disk, its files as they are. */
const onDisk = (till: GroupTill) => {
  const generations = new Generations({
    read: (place) => till.file(place),
    write: () => undefined,
    remove: () => undefined,
  });
  return {
    current: versionIn(generations.read('configurationInForce')),
    before: versionIn(generations.read('configurationBefore')),
    trial: versionIn(generations.read('configurationTrial')),
  };
};

/** Waits until the device and the portal are done with it, and says what they have. */
const settled = async (till: GroupTill, version: number, end: 'in force' | 'refused') => {
  await till.online();
  await till.isToPortal(end);
  const facts = await till.factsAtPortal();
  const { number, hash, layers, candidate } = await till.standing();
  const { settings } = (await till.agent.client.get('/v1/config')).body as {
    settings: Record<string, { value: unknown }>;
  };
  const reported = all.portal.devices().find(({ device }) => device === till.device);
  // One whole version: its number, its hash and its layers are the same for both.
  expect(reported?.configuration).toMatchObject({ number, hash, layers });
  expect(candidate).toBeUndefined();
  expect(till.progress()).toMatchObject({ is: end, versions: layers });
  expect(layers.group?.version === version).toBe(end === 'in force');
  return { number, facts, onDisk: onDisk(till), values: settings };
};

/** Sells once, and says which configuration the sale names. */
const soldWith = async (till: GroupTill): Promise<unknown> => {
  await till.till.readerIs('ready');
  const { transactionId, outcome } = await till.till.sell({ value: 9_00 });
  expect(outcome).toBe('approved');
  return ((await till.till.look(transactionId)) as { configuration?: number }).configuration;
};

/** What says that it came into force: who was killed between file and fact finds it when it starts. */
const causeAfter = (point: DurabilityPoint) =>
  point === 'after-confirm' ? 'started' : 'confirmed';

describe('a version that counts at once', () => {
  test.each(confirmPoints)(
    'killed %s is in force after the restart, once',
    { timeout },
    async (point) => {
      const till = await doomedTill(`live-${point}`, point);
      const { number, layers } = await till.standing();
      const version = till.want(offlineGroup(60, { receipt: { header: ['Second'] } }));
      await died(till);
      await till.agent.start();
      const { facts, values, ...end } = await settled(till, version, 'in force');
      expect(end).toEqual({
        number: number + 1,
        onDisk: { current: version, before: layers.group?.version, trial: 'none' },
      });
      expect(values['receipt.header']?.value).toEqual(['Second']);
      expect(facts.slice(-1)).toEqual([`${number + 1} ${causeAfter(point)}`]);
      expect(facts.filter((fact) => fact.startsWith(`${number + 1} `))).toHaveLength(1);
      expect(await soldWith(till)).toBe(number + 1);
    },
  );
});

describe('another address of the broker', () => {
  const brokerAt = (brokerUrl: string) => offlineGroup(60, { link: { brokerUrl } });

  test.each([...trialPoints, ...confirmPoints])(
    'killed %s is in force after the restart, once',
    { timeout },
    async (point) => {
      const till = await doomedTill(`moved-${point}`, point);
      const { number, layers } = await till.standing();
      const otherAddress = all.party.url.replace('localhost', '127.0.0.1');
      const version = till.want(brokerAt(otherAddress));
      await died(till);
      await till.agent.start();
      const { facts, values, ...end } = await settled(till, version, 'in force');
      expect(end).toEqual({
        number: number + 1,
        onDisk: { current: version, before: layers.group?.version, trial: 'none' },
      });
      expect(values['link.brokerUrl']?.value).toBe(otherAddress);
      expect(facts.filter((fact) => fact.startsWith(`${number + 1} `))).toEqual([
        `${number + 1} ${causeAfter(point)}`,
      ]);
      expect(await soldWith(till)).toBe(number + 1);
    },
  );

  test.each(rollbackPoints)(
    'where nobody listens, killed %s, is refused once, and the one before is in force',
    { timeout },
    async (point) => {
      const till = await doomedTill(`lost-${point}`, point, 5);
      const { number, layers } = await till.standing();
      const before = onDisk(till);
      const version = till.want(brokerAt(`mqtts://localhost:${await freePort()}`));
      await died(till);
      await till.agent.start();
      const { facts, values, ...end } = await settled(till, version, 'refused');
      expect(end).toEqual({ number, onDisk: { ...before, trial: 'none' } });
      expect(end.onDisk.current).toBe(layers.group?.version);
      expect(values['link.brokerUrl']?.value).toBe(all.party.url);
      expect(facts.filter((fact) => fact === 'not_proven')).toHaveLength(1);
      expect(till.progress()?.refused).toMatchObject({
        ...{ outcome: 'rolled_back', code: 'not_proven', layers: { group: { version } } },
      });
      expect(await soldWith(till)).toBe(number);
    },
  );
});
