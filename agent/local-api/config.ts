/** Config: every setting in force and where it came from, where versions stand, and what one would do. */
import { Type, type Static } from 'typebox';
import {
  layers,
  settings as table,
  type Applies,
  type SettingName,
  type SettingRow,
} from '../../config/index.ts';
import { holdMinutesMost } from '../configuration/hold.ts';
import { previewLayers } from '../configuration/preview.ts';
import { isoTime } from '../payments/view.ts';
import type { Shop } from '../shop.ts';
import { memberWithCardNumber } from './card-number.ts';
import { ConfigurationShape, HistoryShape, HoldShape, PreviewShape } from './config-shapes.ts';
import { ok, refused, route, type Answer, type Ask } from './route.ts';
import { text } from './shapes.ts';
import { unknownName } from './unknown.ts';

const Which = Type.Object(
  { key: Type.Optional(Type.String({ maxLength: 64, description: 'One setting by its name.' })) },
  { additionalProperties: false },
);

const ConfigShape = Type.Object({
  settings: Type.Record(
    Type.String(),
    Type.Object({
      value: Type.Unknown(),
      from: Type.Enum(layers),
      /** Of an object, where each member came from. */
      members: Type.Optional(Type.Record(Type.String(), Type.Enum(layers))),
      default: Type.Unknown(),
      applies: Type.Enum(['live', 'idle', 'restart'] satisfies Applies[]),
      /** A layer on the device that says otherwise, and does not count. */
      overruled: Type.Optional(Type.Array(Type.Enum(layers))),
      says: Type.String(),
      unit: Type.Optional(Type.String()),
    }),
    { description: 'By name.' },
  ),
  configuration: ConfigurationShape,
});
/** The settings as the API answers them. */
export type ConfigAnswer = Static<typeof ConfigShape>;

const names = Object.keys(table) as SettingName[];

const getConfig = ({ query }: Ask<unknown, Static<typeof Which>>, shop: Shop): Answer => {
  const asked = names.filter((name) => query.key === undefined || name === query.key);
  if (asked.length === 0) return unknownName('setting', query.key ?? '');
  return ok({
    settings: Object.fromEntries(asked.map((name) => [name, viewOf(name, shop)])),
    configuration: standingOf(shop),
  });
};

const viewOf = (name: SettingName, { configuration }: Shop) => {
  const { says, unit, default: usual, applies }: SettingRow = table[name];
  const { settings, from, members, overruled } = configuration.view();
  const inner = [...members].filter(([path]) => path.startsWith(`${name}.`));
  const beaten = overruled.filter((each) => each.name === name).map(({ layer }) => layer);
  return {
    value: shown(name, settings[name]),
    from: from[name],
    ...(inner.length === 0 ? {} : { members: Object.fromEntries(inner) }),
    ...{ default: usual, applies, says },
    ...(beaten.length === 0 ? {} : { overruled: beaten }),
    ...(unit === undefined ? {} : { unit }),
  };
};

// A broker's address may carry a user and a password; nobody needs to see them again.
const shown = (name: string, value: unknown): unknown =>
  (table as Record<string, SettingRow>)[name]?.secret === true && typeof value === 'string'
    ? value.replace(/\/\/[^@/]*@/, '//***@')
    : value;

const standingOf = ({ configuration }: Shop) => {
  const hold = configuration.hold();
  return {
    ...configuration.report(),
    ...(hold === undefined ? {} : { hold: holdView(hold) }),
  };
};

const holdView = ({ why, leftMs }: { why: string; leftMs: number }) => ({
  why,
  minutesLeft: Math.ceil(leftMs / 60_000),
});

/** Entries of the history that are answered. */
const historyMost = 50;

const getHistory = (_ask: Ask, { configuration }: Shop): Answer =>
  ok({
    entries: configuration.history(historyMost).map(({ at, clock, type, body }) => ({
      ...{ at: isoTime(at), clock },
      ...(type === 'configuration.in_force' ? { inForce: body } : { refused: body }),
    })),
  });

const Looked = Type.Object(
  {
    layer: Type.Enum(previewLayers),
    settings: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);

const preview = async ({ body }: Ask<Static<typeof Looked>>, shop: Shop): Promise<Answer> => {
  const found = await shop.configuration.preview(body.layer, body.settings);
  return ok({
    ...found,
    changes: found.changes.map((change) => ({
      ...change,
      ...{ before: shown(change.name, change.before), after: shown(change.name, change.after) },
    })),
  });
};

const Hold = Type.Object(
  {
    minutes: Type.Integer({ minimum: 0, maximum: holdMinutesMost, description: '0 ends a hold.' }),
    reason: Type.Optional(text(200)),
  },
  { additionalProperties: false },
);

const putHold = ({ body }: Ask<Static<typeof Hold>>, shop: Shop): Answer => {
  const { minutes, reason = '' } = body;
  if (memberWithCardNumber({ reason }) !== undefined) return refused('card_data_refused');
  shop.configuration.putHold(minutes, reason);
  const hold = shop.configuration.hold();
  return ok(hold === undefined ? {} : { hold: holdView(hold) });
};

export const configRoutes = [
  route({
    name: 'getConfig',
    method: 'GET',
    path: '/v1/config',
    needs: 'manage device',
    says: 'Every setting in force, where its value came from, and where the portal’s versions stand.',
    query: Which,
    answers: { 200: { says: 'The settings.', schema: ConfigShape } },
    refusals: ['not_found'],
    answer: getConfig,
  }),
  route({
    name: 'getConfigHistory',
    method: 'GET',
    path: '/v1/config/history',
    needs: 'manage device',
    says: `What was in force and what was refused, the newest first; at most ${historyMost}.`,
    answers: { 200: { says: 'The history.', schema: HistoryShape } },
    answer: getHistory,
  }),
  route({
    name: 'previewConfig',
    method: 'POST',
    path: '/v1/config/preview',
    needs: 'manage device',
    says: 'What would change, wait or be refused if a layer said this; nothing is done.',
    body: Looked,
    answers: { 200: { says: 'What would happen.', schema: PreviewShape } },
    answer: preview,
  }),
  route({
    name: 'holdConfig',
    method: 'POST',
    path: '/v1/config/hold',
    needs: 'manage device',
    audited: 'config.hold',
    says: 'Keeps new versions from taking effect for a while, as over a rush; it always ends by itself.',
    body: Hold,
    answers: { 200: { says: 'The hold there is now.', schema: Type.Object({ hold: HoldShape }) } },
    refusals: ['card_data_refused', 'storage_unavailable'],
    answer: putHold,
  }),
];
