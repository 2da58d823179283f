/** How far the devices of a group are with its version, by what each of them said. */
import { describe, expect, test } from 'vitest';
import type {
  ConfigurationLayers,
  ConfigurationRefused,
  ConfigurationReport,
} from '../../../contract/index.ts';
import {
  configurationFactsMost,
  Configurations,
  type ConfigurationFact,
  type SaidConfiguration,
} from '../../../simulator/portal/configurations.ts';
import { progressOf } from '../../../simulator/portal/progress.ts';
import { openStore } from '../../../simulator/portal/schema.ts';

const wanted = { groupId: 'shops', version: 7 };
const before: ConfigurationLayers = { client: 3, group: { groupId: 'shops', version: 6 } };
const present: ConfigurationLayers = { client: 3, group: wanted };
const hash = '0'.repeat(64);

const report = (how: Partial<ConfigurationReport> = {}): ConfigurationReport => ({
  ...{ number: 4, hash, layers: before, sections: [], ignored: [] },
  ...how,
});

const rejected: ConfigurationRefused = {
  ...{ layers: present, outcome: 'rejected', code: 'settings_clash', why: 'Its file says other.' },
};

const inForce = (number: number, layers = before): ConfigurationFact => ({
  type: 'configuration.in_force',
  body: { number, hash, layers, because: 'confirmed', changed: [] },
});
const refused: ConfigurationFact = { type: 'configuration.refused', body: rejected };

const silent: SaidConfiguration = { report: undefined, documents: [], facts: [] };
const reported = (how: Partial<ConfigurationReport>, rest: Partial<SaidConfiguration> = {}) => ({
  ...silent,
  report: report(how),
  ...rest,
});

const candidate = { layers: present, state: 'waiting', waitsFor: 'window', earliestAt: 9 } as const;

describe('a device', () => {
  const cases: [string, SaidConfiguration, object][] = [
    ['that never said anything is unheard', silent, { is: 'unheard' }],
    [
      'that has the version in force says so',
      reported({ layers: present }),
      { is: 'in force', versions: present },
    ],
    [
      'that has another in force and is silent about this one waits',
      reported({}),
      { is: 'waiting', versions: before, why: 'It has said nothing of this version yet.' },
    ],
    [
      'whose group is another one yet waits',
      reported({ layers: { group: { groupId: 'kiosks', version: 7 } } }),
      { is: 'waiting' },
    ],
    [
      'that waits says for what, why, and until when',
      reported({ candidate: { ...candidate, why: 'It is not night.' } }),
      { is: 'waiting', waitsFor: 'window', earliestAt: 9, why: 'It is not night.' },
    ],
    [
      'that tries the version is proving it',
      reported({ candidate: { layers: present, state: 'proving' } }),
      { is: 'proving', versions: before },
    ],
    [
      'that refused the version says why',
      reported({ refused: rejected }),
      { is: 'refused', why: rejected.why, refused: rejected },
    ],
    [
      'that refused it in a fact, and reports something else since, refused it all the same',
      reported({ refused: { ...rejected, layers: before } }, { facts: [refused] }),
      { is: 'refused', refused: rejected },
    ],
    [
      'that refused it, and tries it anew with other documents, is not said to refuse it',
      reported({ refused: rejected, candidate }),
      { is: 'waiting', waitsFor: 'window' },
    ],
    [
      'that refused it once, and has it in force with other documents, has it in force',
      reported({ layers: present, refused: rejected }),
      { is: 'in force' },
    ],
    [
      'that could not take the document in says why',
      reported({}, { documents: [{ kind: 'group', version: 9, refused: 'It is older.' }] }),
      { is: 'refused', why: 'It is older.' },
    ],
    [
      'that refused another document after it took this one in does not refuse this one',
      reported({}, { documents: [{ kind: 'group', version: 7, refused: 'It is forged.' }] }),
      { is: 'waiting' },
    ],
    [
      'whose report was never heard is known by its last fact',
      { ...silent, facts: [inForce(2, present), inForce(1)] },
      { is: 'in force', versions: present },
    ],
    [
      'of which a refusal was heard and nothing else has nothing in force',
      { ...silent, facts: [refused] },
      { is: 'refused', versions: {}, refused: rejected },
    ],
  ];
  test.each(cases)('%s', (_says, said, expected) => {
    const device = 'acme/dev-1';
    expect(progressOf(wanted, { device, isOnline: true, said })).toMatchObject({
      ...{ device, ...expected },
    });
  });

  test('that is away says nothing because it is not connected', () => {
    const away = { device: 'acme/dev-1', isOnline: false };
    const why = 'It is not connected.';
    expect(progressOf(wanted, { ...away, said: silent })).toMatchObject({ is: 'unheard', why });
    expect(progressOf(wanted, { ...away, said: reported({}) })).toMatchObject({
      ...{ is: 'waiting', why },
    });
  });
});

describe('of the facts of a device', () => {
  const open = () => new Configurations(openStore(':memory:'));

  test('the last ones are kept, and no more', () => {
    const configurations = open();
    for (let number = 1; number <= configurationFactsMost + 3; number += 1) {
      configurations.learn('acme/dev-1', inForce(number));
    }
    configurations.learn('acme/dev-2', inForce(1));
    const { facts } = configurations.of('acme/dev-1');
    expect(facts).toHaveLength(configurationFactsMost);
    expect(facts[0]).toEqual(inForce(configurationFactsMost + 3));
    expect(configurations.of('acme/dev-2').facts).toEqual([inForce(1)]);
  });

  test('one that is told twice is kept once', () => {
    const configurations = open();
    for (const fact of [inForce(1), refused, inForce(1), refused]) {
      configurations.learn('acme/dev-1', fact);
    }
    expect(configurations.of('acme/dev-1').facts).toEqual([refused, inForce(1)]);
  });
});
