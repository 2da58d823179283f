/** `contract/README.md`: the contract for those who write a portal, from the tables and a template. */
import { createHash } from 'node:crypto';
import { code, fill, table } from './markdown.mjs';
import { describe, describeItself, namedShapes, namer } from './shapes.mjs';

const sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex');
const yes = (flag) => (flag ? 'yes' : 'no');

const addressOf = ({ channel }) =>
  channel.startsWith('register/')
    ? channel.replace('register/', 'register/{registrationId}/')
    : channel;

const topicsTable = ({ topics, messages }) => {
  const rows = Object.entries(messages.messages).map(([name, row]) => {
    const below = addressOf(row);
    const path = below.startsWith('register/') ? `${topics.defaultRoot}/${below}` : `P/${below}`;
    const shown = `[${code(name)}](#${name.toLowerCase()})`;
    return [code(path), row.from, String(row.qos), yes(row.retained), yes(row.signed), shown];
  });
  return table(['topic', 'from', 'QoS', 'retained', 'signed', 'message'], rows);
};

/** How a message travels, in one line. */
const journeyOf = (row) =>
  [
    `${row.from === 'device' ? 'device → portal' : 'portal → device'}`,
    code(addressOf(row)),
    `QoS ${row.qos}`,
    row.retained ? 'retained' : 'not retained',
    row.signed ? `signed, ${code('typ')} is ${code(row.channel)}` : 'not signed',
  ].join(' · ');

const messageSections = ({ messages }, nameOf) =>
  Object.entries(messages.messages)
    .map(([name, row]) =>
      [`### ${name}`, row.says, journeyOf(row), describe(row.payload, nameOf)].join('\n\n'),
    )
    .join('\n\n');

const bodySections = (rows, nameOf) =>
  Object.entries(rows)
    .map(([name, { says, body }]) =>
      [`### ${code(name)}`, says, describe(body, nameOf)].join('\n\n'),
    )
    .join('\n\n');

const shapeSections = (named, nameOf) =>
  Object.entries(named)
    .map(([name, schema]) => [`### ${name}`, describeItself(schema, nameOf)].join('\n\n'))
    .join('\n\n');

const refusalTable = (rows) =>
  table(
    ['code', 'may be asked again', 'says'],
    Object.entries(rows).map(([name, { retryable, says }]) => [code(name), yes(retryable), says]),
  );

/** What each limit counts. The table of limits has the numbers; a limit without words here is an error. */
const limitsSay = {
  frameBytes: 'bytes of one `log/up` or `log/down` payload',
  messageBytes: 'bytes of any other payload',
  framesInFlight: 'frames of one log sent and not yet acknowledged',
  entriesPerFrame: 'entries in one frame',
  reversalsNamed: 'attempts one live request may name as still to be reversed',
  nesting: 'objects and lists inside each other in one payload',
  sealedBytes: 'bytes of one sealed attachment, before base64',
};

const limitTable = ({ limits, money }) => {
  const rows = Object.entries(limits.linkLimits).map(([name, most]) => {
    if (!(name in limitsSay)) throw new Error(`Say in limitsSay what linkLimits.${name} counts.`);
    return [code(name), String(most), limitsSay[name]];
  });
  rows.push([code('amountValueMax'), String(money.amountValueMax), 'minor units in one amount']);
  return table(['limit', 'at most', 'counts'], rows);
};

/** A chain of two entries, worked out, so that another implementation can try itself on it. */
const exampleOfChain = ({ canonical, chain }) => {
  const subject = { clientId: 'corner-shop', deviceId: 'till-1' };
  const heads = [
    {
      seq: 1,
      id: 'fact_01JD8Z6V7QAAAAAAAAAAAAAAAA',
      type: 'reversal',
      at: 1795305600000,
      clock: 'trusted',
      body: {
        transactionId: 'txn_01JD8Z6V7QBBBBBBBBBBBBBBBB',
        attemptId: 'att_01JD8Z6V7QCCCCCCCCCCCCCCCC',
        amount: { value: 4250, currency: 'USD' },
        reason: 'no_answer',
      },
    },
    {
      seq: 2,
      id: 'fact_01JD8Z6V7QDDDDDDDDDDDDDDDD',
      type: 'epoch.opened',
      at: 1795305600250,
      clock: 'untrusted',
      body: { reason: 'café', lastSeq: 0, previousEpoch: 1, lastHash: '0'.repeat(64) },
    },
  ];
  let prev = chain.chainStart(subject, 1, sha256);
  const lines = [`prev of seq 1 = SHA-256("corner-shop/till-1/1")`, `  ${prev}`];
  for (const head of heads) {
    prev = chain.chainHash(prev, head, sha256);
    lines.push(`canonical entry, seq ${head.seq}`, `  ${canonical.canonical(head)}`);
    lines.push(`hash of seq ${head.seq} = SHA-256(prev ‖ canonical entry)`, `  ${prev}`);
  }
  return ['```text', ...lines, '```'].join('\n');
};

/** The whole document, from the contract's modules and the template's text. */
export const contractReadme = (contract, template) => {
  const named = namedShapes(contract);
  const nameOf = namer(named);
  return fill(template, {
    topics: topicsTable(contract),
    messages: messageSections(contract, nameOf),
    shapes: shapeSections(named, nameOf),
    facts: bodySections(contract.facts.facts, nameOf),
    words: bodySections(contract.words.words, nameOf),
    'gate-refusals': refusalTable(contract.refusals.gateRefusals),
    'other-refusals': refusalTable(contract.refusals.otherRefusals),
    limits: limitTable(contract),
    'chain-example': exampleOfChain(contract),
  });
};
