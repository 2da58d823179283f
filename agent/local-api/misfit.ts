/** Misfits: what a request that does not fit its schema is told. Names and places only, never a value. */
import type { Refused } from '../payments/entering.ts';
import { textHoldsCardNumber } from '../../drivers/index.ts';
import { refused } from './route.ts';

/** The first thing a validator found, in the words of ajv. */
export interface Misfit {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string | undefined;
}

/** Characters of a name somebody else made up that are repeated to them. */
const nameCharactersMax = 64;

/** The refusal for a misfit in the body or in the query. */
export const refusalOfMisfit = (part: 'body' | 'query', misfit: Misfit): Refused => {
  const { keyword, instancePath, params, message = 'is wrong' } = misfit;
  const place = spoken(instancePath.slice(1).replaceAll('/', '.'));
  if (keyword === 'additionalProperties') {
    return refusalOfUnknown(part, [place, String(params['additionalProperty'])]);
  }
  if (/^(?:amount|tipAmount|surchargeAmount)\.value$/.test(place)) {
    const why = `${place} ${message}, in minor units: 4250 is 42.50 of a currency with cents.`;
    return refused('amount_invalid', why);
  }
  if (/^(?:amount|tipAmount|surchargeAmount)\.currency$/.test(place) && keyword === 'pattern') {
    const why = `${place} must be three capital letters of ISO 4217, like USD.`;
    return refused('currency_unsupported', why);
  }
  return refused('malformed', `${place === '' ? `The ${part}` : place} ${message}${seeApi}`);
};

/** The refusal for a field nobody knows, named by its path. */
export const refusalOfUnknown = (part: 'body' | 'query', path: readonly string[]): Refused => {
  const name = spoken(path.filter((step) => step !== '').join('.'));
  return refused('unknown_field', `"${name}" is no field of this ${part}${seeApi}`);
};

// What looks like a card number is not said back, even to whoever said it: answers end up in logs.
const spoken = (name: string): string =>
  textHoldsCardNumber(name) ? 'a card number' : name.slice(0, nameCharactersMax);

const seeApi = '; /openapi.json describes it.';
