/** Merging: documents over each other as RFC 7396 has it, provenance, who may set what, and their laws. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  effective,
  layerFault,
  layers,
  portalLayers,
  settings,
  together,
  valuesOf,
  type Laid,
  type Layer,
  type SettingName,
  type Values,
} from '../../../config/index.ts';
import { seed } from '../../fixtures/seed.ts';

const said = (document: object): Values => {
  const read = valuesOf(document);
  if ('why' in read) throw new Error(read.why);
  return read.values;
};

const laidOf = (documents: Partial<Record<Exclude<Layer, 'default'>, object>>): Laid =>
  Object.fromEntries(Object.entries(documents).map(([layer, document]) => [layer, said(document)]));

const inForce = (documents: Parameters<typeof laidOf>[0]) => {
  const outcome = effective(laidOf(documents));
  if (!outcome.ok) throw new Error(outcome.why);
  return outcome;
};

describe('layers over each other', () => {
  test('the order is the documented one', () => {
    expect(layers).toEqual([
      ...['default', 'registration', 'client', 'group', 'device', 'file', 'environment'],
    ]);
    const documents = {
      client: { offline: { countLimit: 1, windowHours: 1, cardVelocity: 1 } },
      group: { offline: { countLimit: 2, windowHours: 2 } },
      device: { offline: { countLimit: 3 } },
      file: { offline: { staleAfterDays: 4 } },
    };
    const { settings: found, from } = inForce(documents);
    expect(found).toMatchObject({
      ...{ 'offline.countLimit': 3, 'offline.windowHours': 2, 'offline.cardVelocity': 1 },
      'offline.staleAfterDays': 4,
    });
    expect(from).toMatchObject({
      ...{ 'offline.countLimit': 'device', 'offline.windowHours': 'group' },
      ...{ 'offline.cardVelocity': 'client', 'offline.staleAfterDays': 'file' },
      'offline.enabled': 'default',
    });
  });

  test('an object is laid over member by member, a list whole', () => {
    const { settings: found, members } = inForce({
      client: { offline: { totalLimit: { EUR: '500.00' }, entryModes: ['stripe', 'chip'] } },
      group: { offline: { totalLimit: { USD: '50.00' }, entryModes: ['chip'] } },
      device: { offline: { brandAmountLimit: { visa: { default: '20.00' } } } },
      environment: { offline: { brandAmountLimit: { visa: { USD: '30.00' } } } },
    });
    expect(found['offline.totalLimit']).toEqual({
      ...{ default: '1000.00', EUR: '500.00', USD: '50.00' },
    });
    expect(found['offline.entryModes']).toEqual(['chip']);
    expect(found['offline.brandAmountLimit']).toEqual({
      visa: { default: '20.00', USD: '30.00' },
    });
    expect(Object.fromEntries(members)).toMatchObject({
      'offline.totalLimit.default': 'default',
      'offline.totalLimit.EUR': 'client',
      'offline.totalLimit.USD': 'group',
      'offline.brandAmountLimit.visa.default': 'device',
      'offline.brandAmountLimit.visa.USD': 'environment',
    });
  });

  test('null takes back what weaker layers say: a value becomes the default, a member goes', () => {
    const { settings: found, from } = inForce({
      client: { offline: { countLimit: 5, totalLimit: { default: '9.00', USD: '8.00' } } },
      group: { offline: { countLimit: null, totalLimit: { default: null } } },
    });
    expect(found['offline.countLimit']).toBe(settings['offline.countLimit'].default);
    expect(from['offline.countLimit']).toBe('default');
    expect(found['offline.totalLimit']).toEqual({ USD: '8.00' });
  });

  test('a brand of which every limit was taken back is not named any more', () => {
    const { settings: found } = inForce({
      client: { offline: { brandAmountLimit: { visa: { default: '9.00' } } } },
      group: { offline: { brandAmountLimit: { visa: { default: null } } } },
    });
    expect(found['offline.brandAmountLimit']).toEqual({});
  });

  test.each([
    ['a whole object', { offline: { totalLimit: null } }],
    ['an object within one', { offline: { brandAmountLimit: { visa: null } } }],
  ])('null does not stand for %s', (_what, document) => {
    expect(layerFault('group', said(document))).toMatchObject({
      why: expect.stringMatching(/null takes back members, not objects/) as string,
    });
  });
});

describe('who may set a setting', () => {
  const names = Object.keys(settings) as SettingName[];

  test.each(names)('%s: the layers that may not are refused by its name', (name) => {
    const values = new Map([[name, settings[name].default]]);
    for (const layer of ['file', 'environment'] as const) {
      const fault = layerFault(layer, values);
      expect(fault?.path).toBe(settings[name].setBy === 'portal' ? name : undefined);
    }
    for (const layer of portalLayers) {
      const fault = layerFault(layer, values);
      expect(fault?.path).toBe(settings[name].setBy === 'device' ? name : undefined);
    }
  });

  test('what is read at the start only is set on the device only, so nothing pushed needs a restart', () => {
    for (const name of names) {
      expect([name, settings[name].applies === 'restart']).toEqual([
        name,
        settings[name].setBy === 'device',
      ]);
    }
  });

  test('what the portal keeps to itself a local layer says in vain, by name or by section', () => {
    const documents = {
      group: {
        policy: { portalOnly: ['offline', 'timeZone'] },
        offline: { countLimit: 7 },
      },
      file: { offline: { countLimit: 1_000, enabled: true }, receipt: { footer: ['Bye'] } },
      environment: { timeZone: 'Europe/Berlin' },
    };
    const { settings: found, from, overruled } = inForce(documents);
    expect(found).toMatchObject({
      ...{ 'offline.countLimit': 7, 'offline.enabled': false, timeZone: 'UTC' },
      'receipt.footer': ['Bye'],
    });
    expect(from['offline.countLimit']).toBe('group');
    expect(overruled).toEqual([
      ...[{ name: 'offline.enabled', layer: 'file' }],
      ...[{ name: 'offline.countLimit', layer: 'file' }],
      ...[{ name: 'timeZone', layer: 'environment' }],
    ]);
  });
});

// Layers as anybody might write them, within what each row allows.
const limits = fc.dictionary(
  fc.constantFrom('default', 'USD', 'EUR'),
  fc.option(fc.constantFrom('1.00', '25.00', '300.00'), { nil: null }),
);
const brands = fc.dictionary(fc.constantFrom('visa', 'mastercard'), limits);
const orNull = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const layerOf = fc
  .record(
    {
      'offline.enabled': orNull(fc.boolean()),
      'offline.countLimit': orNull(fc.nat(1_000)),
      'offline.totalLimit': limits,
      'offline.brandAmountLimit': brands,
      'offline.entryModes': orNull(fc.constantFrom(['chip'], ['stripe', 'chip'], [])),
      'receipt.header': orNull(fc.constantFrom(['a'], ['b', 'c'])),
    },
    { requiredKeys: [] },
  )
  .map((held): Values => new Map(Object.entries(held)));

const runs = { seed, numRuns: 300 };

describe(`laws, seed ${seed}`, () => {
  test('any layer the schema accepts is laid over the defaults without a fault', () => {
    fc.assert(
      fc.property(layerOf, (layer) => {
        expect(layerFault('group', layer)).toBeUndefined();
        expect(effective({ group: layer })).toMatchObject({ ok: true });
      }),
      runs,
    );
  });

  test('putting layers together is associative, and lays as they do one after the other', () => {
    const layered = (...layer: Values[]) => {
      const [client, group, device] = layer;
      const outcome = effective({
        ...(client && { client }),
        ...(group && { group }),
        ...(device && { device }),
      });
      return outcome.ok ? outcome.settings : outcome.why;
    };
    fc.assert(
      fc.property(layerOf, layerOf, layerOf, (a, b, c) => {
        expect(together(together(a, b), c)).toEqual(together(a, together(b, c)));
        const whole = layered(a, b, c);
        expect(layered(together(a, b), c)).toEqual(whole);
        expect(layered(a, together(b, c))).toEqual(whole);
        expect(layered(together(together(a, b), c))).toEqual(whole);
      }),
      runs,
    );
  });

  test('provenance names the layer whose value is in force', () => {
    fc.assert(
      fc.property(layerOf, layerOf, layerOf, (client, group, file) => {
        const laid = { client, group, file };
        const outcome = effective(laid);
        if (!outcome.ok) throw new Error(outcome.why);
        const { settings: found, from, members } = outcome;
        const saidBy = (layer: Layer, name: SettingName): unknown =>
          layer === 'default' ? settings[name].default : laid[layer as 'file']?.get(name);
        for (const name of ['offline.enabled', 'offline.countLimit', 'receipt.header'] as const) {
          expect(found[name]).toEqual(saidBy(from[name], name));
        }
        for (const [currency, value] of Object.entries(found['offline.totalLimit'])) {
          const layer = members.get(`offline.totalLimit.${currency}`);
          if (layer === undefined) throw new Error(`Nobody says ${currency}.`);
          const limit = saidBy(layer, 'offline.totalLimit') as Record<string, string>;
          expect(value).toBe(limit[currency]);
        }
      }),
      runs,
    );
  });
});
