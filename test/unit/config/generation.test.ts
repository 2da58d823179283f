/** Generations: which documents are to be in force together, and which are not tried again. */
import { describe, expect, test } from 'vitest';
import {
  documentsOf,
  layersOf,
  nameOf,
  noDocuments,
  versionsOf,
  wantedOf,
  type Kept,
} from '../../../config/index.ts';

const client = (version: number) => ({ version, settings: {} });
const group = (groupId: string, version: number) => ({ groupId, version, settings: {} });
const device = (version: number, groupId?: string) => ({
  ...{ version, settings: {} },
  ...(groupId === undefined ? {} : { groupId }),
});

const keptWith = (some: Partial<Kept> & { groups?: ReturnType<typeof group>[] }): Kept => ({
  client: some.client,
  device: some.device,
  groupOf: (asked) => some.groups?.find(({ groupId }) => groupId === asked),
});

const wanted = (kept: Kept, inForce = noDocuments, refused: readonly string[] = []): string => {
  const found = wantedOf(kept, inForce, (document) => refused.includes(document));
  return found.is === 'generation' ? nameOf(found.generation) : `awaits ${found.groupId}`;
};

test('a generation is named by its documents', () => {
  const whole = { client: client(2), group: group('tills', 7), device: device(3, 'tills') };
  expect(nameOf(whole)).toBe('client 2, group tills 7, device 3');
  expect(nameOf(noDocuments)).toBe('no documents');
  expect(documentsOf(whole)).toEqual(['client 2', 'group tills 7', 'device 3']);
  expect(versionsOf(whole)).toEqual({
    ...{ client: 2, device: 3, group: { groupId: 'tills', version: 7 } },
  });
});

describe('what is wanted', () => {
  test('is the newest of every kind, and the group the device names', () => {
    const groups = [group('tills', 7), group('kiosks', 9)];
    const kept = keptWith({ client: client(2), device: device(3, 'tills'), groups });
    expect(wanted(kept)).toBe('client 2, group tills 7, device 3');
    expect(wanted(keptWith({ ...kept, device: device(4, 'kiosks'), groups }))).toBe(
      'client 2, group kiosks 9, device 4',
    );
  });

  test('without a document of the device there is no group, whatever documents lie around', () => {
    expect(wanted(keptWith({ client: client(2), groups: [group('tills', 7)] }))).toBe('client 2');
  });

  test('a device without a group drops the one it had', () => {
    const inForce = { group: group('tills', 7), device: device(3, 'tills') };
    expect(wanted(keptWith({ device: device(4), groups: [group('tills', 7)] }), inForce)).toBe(
      'device 4',
    );
  });

  test('until the document of the group it names has come, all of it waits', () => {
    const inForce = { group: group('tills', 7), device: device(3, 'tills') };
    const kept = keptWith({ client: client(2), device: device(4, 'kiosks') });
    expect(wanted(kept, inForce)).toBe('awaits kiosks');
  });

  test('what was refused is not tried again; the one in force stays in its place', () => {
    const inForce = { group: group('tills', 7), device: device(3, 'tills') };
    const groups = [group('tills', 8)];
    const kept = keptWith({ client: client(2), device: device(3, 'tills'), groups });
    expect(wanted(kept, inForce, ['group tills 8'])).toBe('client 2, group tills 7, device 3');
    expect(wanted(kept, inForce, ['group tills 8', 'client 2'])).toBe('group tills 7, device 3');
  });

  test('a higher version than the refused one is tried', () => {
    const inForce = { group: group('tills', 7), device: device(3, 'tills') };
    const kept = keptWith({ device: device(3, 'tills'), groups: [group('tills', 9)] });
    expect(wanted(kept, inForce, ['group tills 8'])).toBe('group tills 9, device 3');
  });

  test('the refused version of another group is another document', () => {
    const inForce = { group: group('tills', 7), device: device(3, 'tills') };
    const kept = keptWith({ device: device(4, 'kiosks'), groups: [group('kiosks', 8)] });
    expect(wanted(kept, inForce, ['group tills 8'])).toBe('group kiosks 8, device 4');
    expect(wanted(kept, inForce, ['group kiosks 8'])).toBe('awaits kiosks');
  });

  test('a ledger that was put back does not bring back an older version', () => {
    const inForce = { client: client(5), group: group('tills', 7), device: device(3, 'tills') };
    const groups = [group('tills', 6)];
    const kept = keptWith({ client: client(2), device: device(1, 'tills'), groups });
    expect(wanted(kept, inForce)).toBe(nameOf(inForce));
  });
});

test('what no agent of this release knows is ignored, and named once', () => {
  const settings = { offline: { enabled: true, sparkle: 1 }, glitter: {} };
  const found = layersOf({ client: { version: 1, settings }, device: { version: 1, settings } });
  expect(found.ignored).toEqual(['offline.sparkle', 'glitter']);
  expect([...(found.laid.client ?? [])]).toEqual([['offline.enabled', true]]);
});
