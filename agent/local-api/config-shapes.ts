/** The shapes of what the API answers about the configuration. */
import { Type, type Static } from 'typebox';
import { layers } from '../../config/index.ts';
import {
  ConfigurationInForce,
  ConfigurationRefused,
  ConfigurationReport,
} from '../../contract/index.ts';
import { IsoTime, Trust } from './shapes.ts';

export const HoldShape = Type.Optional(
  Type.Object({ why: Type.String(), minutesLeft: Type.Integer({ minimum: 0 }) }),
);

/** Where the portal's versions stand, and whether somebody here holds them back. */
export const ConfigurationShape = Type.Object({
  ...ConfigurationReport.properties,
  hold: HoldShape,
});

export const HistoryShape = Type.Object({
  entries: Type.Array(
    Type.Object({
      at: IsoTime,
      clock: Trust,
      inForce: Type.Optional(ConfigurationInForce),
      refused: Type.Optional(ConfigurationRefused),
    }),
  ),
});
export type HistoryAnswer = Static<typeof HistoryShape>;

const Fault = Type.Object({
  code: Type.String(),
  path: Type.Optional(Type.String()),
  why: Type.String(),
});

export const PreviewShape = Type.Object({
  changes: Type.Array(
    Type.Object({
      name: Type.String(),
      before: Type.Unknown(),
      after: Type.Unknown(),
      from: Type.Enum(layers),
      applies: Type.Enum(['live', 'idle', 'restart']),
    }),
  ),
  refused: Type.Optional(Fault),
  barrier: Type.Optional(
    Type.Object({
      waitsFor: Type.String(),
      why: Type.String(),
      earliestAt: Type.Optional(Type.Integer({ description: 'ms since 1970' })),
    }),
  ),
  ignored: Type.Array(Type.String(), { description: 'Names that are no settings here.' }),
  withoutEffect: Type.Array(Type.Object({ name: Type.String(), from: Type.Enum(layers) }), {
    description: 'What a stronger layer says otherwise, and which.',
  }),
});
export type PreviewAnswer = Static<typeof PreviewShape>;
