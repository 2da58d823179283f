/**
 * Configuration, as a device tells of it: which documents of the portal are in force together, what waits,
 * what was refused, and why.
 */
import { Type, type Static } from 'typebox';
import { Whole } from './payment.ts';

const Name = Type.String({ minLength: 1, maxLength: 64 });
const SettingPath = Type.String({ maxLength: 128 });

/** Most names of settings that are told in one message. */
export const settingsToldMost = 100;

/** The versions of the portal's documents that are in force together; one that was never sent is left out. */
export const ConfigurationLayers = Type.Object({
  client: Type.Optional(Whole(1)),
  group: Type.Optional(Type.Object({ groupId: Name, version: Whole(1) })),
  device: Type.Optional(Whole(1)),
});
export type ConfigurationLayers = Static<typeof ConfigurationLayers>;

/** Why settings other than before are in force. */
export const configurationCauses = ['started', 'confirmed', 'fallen_back'] as const;
export type ConfigurationCause = (typeof configurationCauses)[number];

/** What became of a version that did not come into force. */
export const configurationOutcomes = ['rejected', 'rolled_back'] as const;
export type ConfigurationOutcome = (typeof configurationOutcomes)[number];

/**
 * Settings that are in force from here on, as a whole. `number` counts them on this device; records name it.
 * `hash` is SHA-256 over the RFC 8785 JSON of all values, those of the device's own file included.
 */
export const ConfigurationInForce = Type.Object({
  number: Whole(1),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  layers: ConfigurationLayers,
  because: Type.Enum([...configurationCauses]),
  /** The settings whose values are others than before. */
  changed: Type.Array(SettingPath, { maxItems: settingsToldMost }),
});
export type ConfigurationInForce = Static<typeof ConfigurationInForce>;

/** Why a version is not in force, and will not be before one of its documents has a higher version. */
export const ConfigurationRefused = Type.Object({
  layers: ConfigurationLayers,
  outcome: Type.Enum([...configurationOutcomes]),
  code: Name,
  path: Type.Optional(SettingPath),
  why: Type.String({ maxLength: 300 }),
});
export type ConfigurationRefused = Static<typeof ConfigurationRefused>;

/** What a version waits for before it takes effect. */
export const configurationWaits = ['group', 'idle', 'window', 'hold', 'line'] as const;
export type ConfigurationWait = (typeof configurationWaits)[number];

/** How far a version is that is not in force yet. */
export const candidateStates = ['judging', 'waiting', 'proving'] as const;

/** Where the configuration of a device stands. */
export const ConfigurationReport = Type.Object({
  number: Whole(1),
  hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  layers: ConfigurationLayers,
  /** What is to come into force next. */
  candidate: Type.Optional(
    Type.Object({
      layers: ConfigurationLayers,
      state: Type.Enum([...candidateStates]),
      waitsFor: Type.Optional(Type.Enum([...configurationWaits])),
      why: Type.Optional(Type.String({ maxLength: 300 })),
      /** The earliest it may take effect, ms since 1970, where that is known. */
      earliestAt: Type.Optional(Whole(0)),
    }),
  ),
  refused: Type.Optional(ConfigurationRefused),
  /** The sections the portal's documents speak of, and what became of each with the last version. */
  sections: Type.Array(
    Type.Object({
      section: Name,
      is: Type.Enum(['in force', 'not yet', 'refused']),
      why: Type.Optional(Type.String({ maxLength: 300 })),
    }),
    { maxItems: 64 },
  ),
  /** Settings of the portal's documents that this agent does not know, and ignores. */
  ignored: Type.Array(SettingPath, { maxItems: settingsToldMost }),
});
export type ConfigurationReport = Static<typeof ConfigurationReport>;
