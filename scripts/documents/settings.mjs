/** `docs/settings.md` and the schemas beside it: the table of settings, for people and for editors. */
import { code, fill, table } from './markdown.mjs';
import { describeItself, phraseOf } from './shapes.mjs';

const template = `<!-- Written by scripts/generate.mjs from config/settings.ts; change it there. -->

# Settings

What the portal says for a client, a group or a device, what \`holdfast.json\` says and what the
environment says are laid over each other in this order; [configuration.md](configuration.md) tells how.
In the file and in the portal's documents a name like \`offline.countLimit\` is
\`{ "offline": { "countLimit": 100 } }\`; in the environment it stands under the name in the last column,
as JSON (or plain text where it is a string). The schema of the file is \`holdfast.schema.json\` beside this
page, that of the portal's documents \`portal-settings.schema.json\`: name it to your editor, not in the file.

A setting **takes effect** \`live\` from one moment to the next, \`idle\` where the link or the readers
begin anew with it and prove it first, \`restart\` with the next start of the agent; none while a
transaction runs. Any layer may set it unless \`portal\` or \`device\` says who alone may.

{{settings}}

{{lists}}
`;

const plain = (value) => JSON.parse(JSON.stringify(value));

const rowOf =
  (environmentNameOf) =>
  ([name, { says, schema, default: fallback, unit, setBy, applies }]) => [
    code(name),
    says,
    phraseOf(plain(schema), nameless),
    code(JSON.stringify(fallback)),
    unit ?? '',
    setBy === 'anyone' ? 'any' : setBy,
    applies,
    setBy === 'portal' ? '' : code(environmentNameOf(name)),
  ];

const nameless = () => undefined;

/** What one member of a list holds, where it is an object. */
const listSection = ([name, { schema }]) => {
  const { items } = plain(schema);
  if (items?.properties === undefined) return [];
  return [`## Each of ${code(name)}`, describeItself(items, nameless)];
};

/** The page. */
export const settingsDocument = ({ settings, values }) =>
  fill(template, {
    settings: table(
      ['setting', 'says', 'holds', 'default', 'unit', 'set by', 'takes effect', 'environment'],
      Object.entries(settings.settings).map(rowOf(values.environmentNameOf)),
    ),
    lists: Object.entries(settings.settings).flatMap(listSection).join('\n\n'),
  });

/** Puts a schema where a dotted name says it is in the file. */
const place = (schema, [first, ...rest], held) => {
  if (rest.length === 0) schema.properties[first] = held;
  else {
    schema.properties[first] ??= closed();
    place(schema.properties[first], rest, held);
  }
};

const closed = () => ({ type: 'object', additionalProperties: false, properties: {} });

const draft = 'https://json-schema.org/draft/2020-12/schema';

/** The JSON Schema of what one layer may say, as text. */
const schemaOf = ({ settings }, title, keeper, asWritten) => {
  const schema = closed();
  for (const [name, row] of Object.entries(settings.settings)) {
    if (row.setBy === keeper) continue;
    const { says, schema: held, default: fallback } = row;
    const described = { description: says, ...asWritten(plain(held)), default: fallback };
    place(schema, name.split('.'), described);
  }
  return `${JSON.stringify({ $schema: draft, title, ...schema }, null, 2)}\n`;
};

/** The JSON Schema of `holdfast.json`. */
export const settingsSchema = (tables) => schemaOf(tables, 'holdfast.json', 'portal', orNull);

/** The JSON Schema of `settings` in the portal's documents for a client, a group or a device. */
export const portalSettingsSchema = (tables) =>
  schemaOf(tables, 'Settings of a client, a group or a device', 'device', orNull);

/** A value, or `null` for what takes it back; of an object each member for itself. */
const orNull = (schema) => {
  if (schema.type !== 'object') return { anyOf: [schema, { type: 'null' }] };
  const each = (members) =>
    members &&
    Object.fromEntries(Object.entries(members).map(([key, held]) => [key, orNull(held)]));
  return {
    ...schema,
    ...(schema.properties && { properties: each(schema.properties) }),
    ...(schema.patternProperties && { patternProperties: each(schema.patternProperties) }),
  };
};
