/** Config: every setting in force, and the layer it came from. */
import { Type, type Static } from 'typebox';
import {
  layers,
  settings as table,
  type SettingName,
  type SettingRow,
} from '../../config/index.ts';
import type { Shop } from '../shop.ts';
import { ok, route, type Answer, type Ask } from './route.ts';
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
      default: Type.Unknown(),
      says: Type.String(),
      unit: Type.Optional(Type.String()),
    }),
    { description: 'By name.' },
  ),
});
/** The settings as the API answers them. */
export type ConfigAnswer = Static<typeof ConfigShape>;

const names = Object.keys(table) as SettingName[];

const getConfig = ({ query }: Ask<unknown, Static<typeof Which>>, shop: Shop): Answer => {
  const asked = names.filter((name) => query.key === undefined || name === query.key);
  if (asked.length === 0) return unknownName('setting', query.key ?? '');
  return ok({ settings: Object.fromEntries(asked.map((name) => [name, viewOf(name, shop)])) });
};

const viewOf = (name: SettingName, { settings, settingsFrom }: Shop) => {
  const { says, unit, default: usual }: SettingRow = table[name];
  return {
    value: withoutPassword(settings[name]),
    from: settingsFrom[name],
    default: usual,
    says,
    ...(unit === undefined ? {} : { unit }),
  };
};

// A broker's address may carry a user and a password; nobody needs to see them again.
const withoutPassword = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/\/\/[^@/]*@/, '//***@') : value;

export const configRoutes = [
  route({
    name: 'getConfig',
    method: 'GET',
    path: '/v1/config',
    needs: 'manage device',
    says: 'Every setting in force, and where its value came from.',
    query: Which,
    answers: { 200: { says: 'The settings.', schema: ConfigShape } },
    refusals: ['not_found'],
    answer: getConfig,
  }),
];
