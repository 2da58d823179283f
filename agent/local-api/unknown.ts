/** Unknown names: who asks for something that is not here is told what, and where to see what there is. */
import type { Refused } from '../payments/entering.ts';
import { memberWithCardNumber } from './card-number.ts';
import { refused } from './route.ts';

/** What can be asked for by its name, and how to list it. */
const listedBy = {
  transaction: '`holdfast transactions` or GET /v1/transactions',
  batch: '`holdfast batch list` or GET /v1/batches',
  reader: '`holdfast readers` or GET /v1/readers',
  setting: '`holdfast config` or GET /v1/config',
} as const;

/** Characters of a name somebody else made up that are repeated to them. */
const nameCharactersMax = 64;

/** The refusal for a name nothing here has. */
export const unknownName = (kind: keyof typeof listedBy, name: string): Refused =>
  refused(
    'not_found',
    `There is no ${kind}${quoted(name)}; ${listedBy[kind]} lists what there is.`,
  );

/** The refusal for a call no route answers. */
export const unknownCall = (method: string, path: string): Refused =>
  refused('not_found', `There is no call${quoted(`${method} ${path}`)}; /openapi.json lists them.`);

// What looks like a card number is not said back, even to whoever said it: answers end up in logs.
const quoted = (name: string): string =>
  memberWithCardNumber({ name }) === undefined ? ` "${shown(name)}"` : ' of this name';

const shown = (name: string): string => name.slice(0, nameCharactersMax).replace(/\p{Cc}/gu, '·');
