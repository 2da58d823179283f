/** Power cuts, damaged files and full disks: whatever happens, exactly one whole version is in force. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generationPlaces } from '../../../agent/configuration/generations.ts';
import type { DurabilityPoint } from '../../../agent/durability.ts';
import { StartFault } from '../../../agent/fault.ts';
import type { Place } from '../../../agent/places.ts';
import { seed } from '../../fixtures/seed.ts';
import { ConfiguredDevice, documents, homeBroker } from './device.ts';

const { client, group, device } = documents;

/** Two settings that only ever change together: one whole version has both, or neither. */
const both = (countLimit: number, port = 8883) => ({
  offline: { countLimit },
  receipt: { footer: [`Version ${countLimit}`] },
  ...(port === 8883 ? {} : { link: { brokerUrl: `mqtts://home.example:${port}` } }),
});

const wholeVersion = (till: ConfiguredDevice): number => {
  const { 'offline.countLimit': count, 'receipt.footer': footer } = till.settings;
  expect(footer).toEqual(count === 100 ? [] : [`Version ${count}`]);
  const { layers } = till.configuration.report();
  expect(layers.client ?? 100).toBe(count);
  return count;
};

class PowerCut extends Error {}

/** Cuts the power the first time a point is passed. */
const cutAt = (
  till: ConfiguredDevice,
  point: DurabilityPoint,
): { readonly done: () => boolean } => {
  let isDone = false;
  Object.assign(till.world, {
    mark: (passed: DurabilityPoint) => {
      if (passed !== point || isDone) return;
      isDone = true;
      throw new PowerCut(point);
    },
  });
  return { done: () => isDone };
};

/** Does something in which the power may fail; what came before it is on disk, what comes after is not. */
const unlessCut = async (act: () => Promise<void> | void): Promise<void> => {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
};

/** Takes the version on, as far as it goes; whoever is dead does nothing more. */
const takenOn = async (
  till: ConfiguredDevice,
  version: number,
  how: 'proven' | 'unproven',
  isCut: () => boolean,
) => {
  const port = version % 2 === 0 ? 8883 : 9_000 + version;
  const steps = [
    () => till.hear(client(version, both(version, port))),
    ...(how === 'proven' ? [() => till.configuration.joined()] : []),
    () => till.pass(200_000),
  ];
  for (const step of steps) if (!isCut()) await unlessCut(step);
};

const unhandled = (run: () => Promise<void>) => async () => {
  // A cut within a timer or a promise ends the process there; here it must not end the test.
  const swallow = (error: unknown) => {
    if (!(error instanceof PowerCut)) throw error;
  };
  process.on('unhandledRejection', swallow);
  try {
    await run();
  } finally {
    process.off('unhandledRejection', swallow);
  }
};

describe('a power cut', () => {
  test.each<[DurabilityPoint, number, 'proven' | 'unproven']>([
    ['before-confirm', 2, 'proven'],
    ['after-confirm', 2, 'proven'],
    ['after-configured', 2, 'proven'],
    ['before-trial', 3, 'proven'],
    ['after-trial', 3, 'proven'],
    ['before-confirm', 3, 'proven'],
    ['after-confirm', 3, 'proven'],
    ['after-configured', 3, 'proven'],
    ['before-rollback', 3, 'unproven'],
    ['after-rollback', 3, 'unproven'],
  ])(
    '%s of version %i, %s, leaves one whole version, and it ends where it would have',
    unhandledEach(async (point, version, how) => {
      const till = new ConfiguredDevice();
      const cut = cutAt(till, point);
      await takenOn(till, version, how, cut.done);
      expect(cut.done()).toBe(true);
      await till.restart();
      expect([100, version]).toContain(wholeVersion(till));
      if (how === 'proven') till.configuration.joined();
      await till.pass(200_000);
      if (how === 'proven') till.configuration.joined();
      await till.settle();
      expect(wholeVersion(till)).toBe(how === 'proven' ? version : 100);
      await till.restart();
      expect(wholeVersion(till)).toBe(how === 'proven' ? version : 100);
      expect(till.shelf.files.has('configurationTrial')).toBe(false);
    }),
  );

  test('between any two files of a version in force leaves the one before or this one', async () => {
    for (const cutAfter of [0, 1, 2, 3, 4, 5]) {
      const till = new ConfiguredDevice();
      await till.hear(client(2, both(2)));
      const { shelf } = till;
      const { write, remove } = shelf;
      let left = cutAfter;
      const counted =
        <A extends unknown[]>(act: (...given: A) => void) =>
        (...given: A): void => {
          if (left === 0) throw new StartFault('disk_full', 'The power is gone.');
          left -= 1;
          act(...given);
        };
      Object.assign(shelf, { write: counted(write), remove: counted(remove) });
      await till.hear(client(4, both(4)));
      Object.assign(shelf, { write, remove });
      await till.restart();
      expect([2, 4]).toContain(wholeVersion(till));
      await till.settle();
      expect(wholeVersion(till)).toBe(4);
    }
  });
});

function unhandledEach<A extends unknown[]>(run: (...given: A) => Promise<void>) {
  return async (...given: A) => unhandled(() => run(...given))();
}

describe('a damaged file', () => {
  const damages: Record<string, (text: string) => string> = {
    'torn off': (text) => text.slice(0, text.length / 2),
    empty: () => '',
    'changed by hand': (text) => text.replace('"countLimit":4', '"countLimit":9999'),
    'no JSON': () => 'offline = 1',
    'another document': () => '{"content":{"generation":{}},"digest":"00"}',
  };

  test.each(Object.keys(damages))(
    '%s is found, and what was good before it is in force',
    async (how) => {
      const till = new ConfiguredDevice();
      await till.hear(client(2, both(2)));
      await till.hear(client(4, both(4)));
      const spoil = damages[how] as (text: string) => string;
      till.shelf.files.set(
        'configurationInForce',
        spoil(till.shelf.read('configurationInForce') ?? ''),
      );
      await till.restart();
      expect(till.configured.fellBack).toMatch(/a generation on disk is bad/);
      expect(till.news).toContainEqual(expect.objectContaining({ is: 'fallen back' }));
      // The portal's documents are on the device still: what is wanted comes into force again.
      expect(wholeVersion(till)).toBe(4);
      expect(till.facts().map(({ body }) => body['because'])).toEqual([
        ...['started', 'confirmed', 'confirmed', 'fallen_back', 'confirmed'],
      ]);
    },
  );

  test('everywhere leaves what the device began with', async () => {
    const till = new ConfiguredDevice();
    await till.hear(client(2, both(2)));
    for (const place of generationPlaces) till.shelf.files.set(place, 'spoilt');
    till.ledger.commit(() => till.ledger.desired.keep(client(3, { offline: { countLimit: -1 } })));
    await till.restart();
    expect(till.settings).toMatchObject({
      'offline.countLimit': 100,
      'link.brokerUrl': homeBroker,
    });
    expect(till.shelf.read('configurationFactory')).toMatch(/"generation":\{\}/);
  });
});

describe('a full disk', () => {
  const full = (till: ConfiguredDevice, place: Place): (() => void) => {
    const { write } = till.shelf;
    Object.assign(till.shelf, {
      write: (to: Place, text: string) => {
        if (to === place) throw new StartFault('disk_full', 'The disk is full; free some space.');
        write(to, text);
      },
    });
    return () => Object.assign(till.shelf, { write });
  };

  test.each<[Place, object]>([
    ['configurationInForce', both(4)],
    ['configurationTrial', both(4, 9_004)],
  ])('under %s makes the version wait, and changes nothing', async (place, settings) => {
    const till = new ConfiguredDevice();
    const empty = full(till, place);
    await till.hear(client(4, settings));
    expect(till.configuration.report().candidate).toMatchObject({
      why: expect.stringMatching(/The storage does not take it: The disk is full/) as string,
    });
    expect(wholeVersion(till)).toBe(100);
    empty();
    await till.pass(60_000);
    till.configuration.joined();
    await till.settle();
    expect(wholeVersion(till)).toBe(4);
  });
});

// Documents as a portal might send them, right and wrong.
const settingsOf = fc.record(
  {
    offline: fc.record(
      {
        enabled: fc.oneof(fc.boolean(), fc.constant(null), fc.constant('yes')),
        countLimit: fc.oneof(fc.nat(2_000), fc.integer({ min: -5, max: -1 }), fc.constant(null)),
        totalLimit: fc.dictionary(
          fc.constantFrom('default', 'USD'),
          fc.constantFrom('1.00', '20.00', 'lots', null),
        ),
      },
      { requiredKeys: [] },
    ),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'Europe/Atlantis'),
    api: fc.constantFrom({}, { port: 1 }),
    glitter: fc.anything(),
  },
  { requiredKeys: [] },
);

test(`any document applies whole or leaves no trace, seed ${seed}`, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), settingsOf), { maxLength: 5 }),
      async (came) => {
        const till = new ConfiguredDevice();
        await till.hear(device(1, 'tills'), group('tills', 1, {}));
        for (const [index, [isGroup, settings]] of came.entries()) {
          const before = { ...till.settings };
          const version = index + 2;
          await till.hear(isGroup ? group('tills', version, settings) : client(version, settings));
          const { layers, refused } = till.configuration.report();
          const isInForce = (isGroup ? layers.group?.version : layers.client) === version;
          if (!isInForce) {
            expect({ ...till.settings }).toEqual(before);
            expect(refused).toMatchObject({ outcome: 'rejected' });
          } else {
            const { countLimit } = settings.offline ?? {};
            if (isGroup && typeof countLimit === 'number') {
              expect(till.settings['offline.countLimit']).toBe(countLimit);
            }
            expect(till.settings.timeZone).not.toBe('Europe/Atlantis');
          }
        }
      },
    ),
    { seed, numRuns: 60 },
  );
});
