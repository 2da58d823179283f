/** `docs/settings.md` and `docs/holdfast.schema.json`: the table of settings, for people and for editors. */
import { code, fill, table } from './markdown.mjs';
import { describeItself, phraseOf } from './shapes.mjs';

const template = `<!-- Written by scripts/generate.mjs from config/settings.ts; change it there. -->

# Settings

Settings are read from \`holdfast.json\` and from the environment; what the environment says wins.
In the file a name like \`offline.countLimit\` is \`{ "offline": { "countLimit": 100 } }\`; in the
environment it stands under the name in the last column, as JSON (or plain text where it is a string).
The schema of the file is \`holdfast.schema.json\` beside this page: name it to your editor, not in the
file.

{{settings}}

{{lists}}
`;

const plain = (value) => JSON.parse(JSON.stringify(value));

const rowOf =
  (environmentNameOf) =>
  ([name, { says, schema, default: fallback, unit }]) => [
    code(name),
    says,
    phraseOf(plain(schema), nameless),
    code(JSON.stringify(fallback)),
    unit ?? '',
    code(environmentNameOf(name)),
  ];

const nameless = () => undefined;

/** What one member of a list holds, where it is an object. */
const listSection = ([name, { schema }]) => {
  const { items } = plain(schema);
  if (items?.properties === undefined) return [];
  return [`## Each of ${code(name)}`, describeItself(items, nameless)];
};

/** The page. */
export const settingsDocument = ({ settings, layers }) =>
  fill(template, {
    settings: table(
      ['setting', 'says', 'holds', 'default', 'unit', 'environment'],
      Object.entries(settings.settings).map(rowOf(layers.environmentNameOf)),
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

/** The JSON Schema of `holdfast.json`, as text. */
export const settingsSchema = ({ settings }) => {
  const schema = closed();
  for (const [name, { says, schema: held, default: fallback }] of Object.entries(
    settings.settings,
  )) {
    place(schema, name.split('.'), { description: says, ...plain(held), default: fallback });
  }
  const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'holdfast.json' };
  return `${JSON.stringify({ ...head, ...schema }, null, 2)}\n`;
};
