/** `contract/asyncapi.json`: the same tables as AsyncAPI 3.0, for programs. Seen from the device. */
import { namedShapes, namer, withRefs } from './shapes.mjs';

const parametersOf = {
  clientId: 'The client the device belongs to: 1 to 27 of A-Z, a-z, 0-9, "_" and "-".',
  deviceId: 'The device: 1 to 36 of A-Z, a-z, 0-9, "_" and "-".',
  registrationId:
    '32 lower-case hex digits of chance; also the MQTT client id of the registration.',
};

const addressOf = (root, { channel }) =>
  channel.startsWith('register/')
    ? `${root}/${channel.replace('register/', 'register/{registrationId}/')}`
    : `${root}/{clientId}/{deviceId}/${channel}`;

const channelOf = (root, name, row) => {
  const address = addressOf(root, row);
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
  return {
    address,
    description: row.says,
    parameters: Object.fromEntries(names.map((one) => [one, { description: parametersOf[one] }])),
    messages: { [name]: { $ref: `#/components/messages/${name}` } },
  };
};

/** The payload is described as it is inside the signature; `contentType` tells that there is one. */
const messageOf = (name, row) => ({
  name,
  title: name,
  summary: row.says,
  contentType: row.signed ? 'application/jose' : 'application/json',
  ...(row.signed && {
    description: `A compact JWS (EdDSA, typ "${row.channel}"); the schema is that of its payload.`,
  }),
  payload: { $ref: `#/components/schemas/${name}` },
});

const operationOf = (name, row) => ({
  action: row.from === 'device' ? 'send' : 'receive',
  channel: { $ref: `#/channels/${name}` },
  summary: row.says,
  messages: [{ $ref: `#/channels/${name}/messages/${name}` }],
  bindings: { mqtt: { qos: row.qos, retain: row.retained, bindingVersion: '0.2.0' } },
});

/** The bodies of log entries, as `fact.…` and `word.…`. */
const bodiesOf = (prefix, rows, nameOf) =>
  Object.entries(rows).map(([name, { says, body }]) => [
    `${prefix}.${name}`,
    nameOf(body) === undefined
      ? { description: says, ...withRefs(body, nameOf) }
      : { description: says, allOf: [{ $ref: `#/components/schemas/${nameOf(body)}` }] },
  ]);

const info = (root) => ({
  title: 'Holdfast link',
  version: root.split('/').at(-1) + '.0.0',
  description:
    'What an agent on a payment terminal and its portal say to each other over MQTT. ' +
    'The rules behind the messages (hash chain, signatures, sealing) are in contract/README.md.',
  license: { name: 'Apache-2.0' },
});

/** The whole document as text. */
export const asyncapiDocument = (contract) => {
  const { topics, facts, words } = contract;
  const root = topics.defaultRoot;
  const rows = Object.entries(contract.messages.messages);
  const named = namedShapes(contract);
  const nameOf = namer(named);
  const each = (make) => Object.fromEntries(rows.map(([name, row]) => [name, make(name, row)]));
  const schemas = {
    ...Object.fromEntries(
      Object.entries(named).map(([name, shape]) => [name, withRefs(shape, nameOf)]),
    ),
    ...each((_, row) => withRefs(row.payload, nameOf)),
    ...Object.fromEntries(bodiesOf('fact', facts.facts, nameOf)),
    ...Object.fromEntries(bodiesOf('word', words.words, nameOf)),
  };
  const document = {
    asyncapi: '3.0.0',
    info: info(root),
    defaultContentType: 'application/json',
    channels: each((name, row) => channelOf(root, name, row)),
    operations: each(operationOf),
    components: { messages: each(messageOf), schemas },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
};
