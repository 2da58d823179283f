/**
 * Money: integers in minor units and an ISO 4217 currency. No floats anywhere.
 *
 * A person writes `42.50`; the ledger, the link and the host hold `{ value: 4250, currency: "USD" }`.
 */
import { Type, type Static } from 'typebox';

/** The largest amount in minor units: 99 999 999.99 of a currency with two decimals. */
export const amountValueMax = 9_999_999_999;

/** An amount: `value` a whole number of minor units (0 … 9 999 999 999), `currency` ISO 4217. */
export const Amount = Type.Object(
  {
    value: Type.Integer({ minimum: 0, maximum: amountValueMax }),
    currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  },
  { additionalProperties: false },
);
export type Amount = Static<typeof Amount>;

/** Active ISO 4217 codes with two decimals, and those with another number of them (list one, 2024). */
const twoDecimals =
  'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF ' +
  'CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL ' +
  'HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP ' +
  'MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD ' +
  'SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS ' +
  'VED VES WST XCD YER ZAR ZMW ZWG';
const noDecimals = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF';
const threeDecimals = 'BHD IQD JOD KWD LYD OMR TND';

const decimals: ReadonlyMap<string, number> = new Map([
  ...twoDecimals.split(' ').map((code) => [code, 2] as const),
  ...noDecimals.split(' ').map((code) => [code, 0] as const),
  ...threeDecimals.split(' ').map((code) => [code, 3] as const),
]);

/** How many decimals a currency has (0, 2 or 3), or `undefined` for a code ISO 4217 does not list. */
export const decimalsOf = (currency: string): number | undefined => decimals.get(currency);

/** Reads what a person writes (`42.50`), or says in a sentence what is wrong with it. */
export const parseAmount = (
  written: string,
  currency: string,
): { ok: true; amount: Amount } | { ok: false; why: string } => {
  const places = decimalsOf(currency);
  if (places === undefined) {
    return { ok: false, why: `"${currency}" is no ISO 4217 currency; write one like USD.` };
  }
  const parts = /^(\d{1,12})(?:\.(\d+))?$/.exec(written);
  if (parts === null) {
    return {
      ok: false,
      why: `"${written}" is no amount; write digits like 42.50, without a sign.`,
    };
  }
  const [, whole = '', fraction = ''] = parts;
  if (fraction.length > places) {
    const found = `"${written}" has ${fraction.length} decimals`;
    return { ok: false, why: `${found}; ${currency} has ${places}.` };
  }
  const value = Number(whole + fraction.padEnd(places, '0'));
  if (value > amountValueMax) {
    const most = formatAmount({ value: amountValueMax, currency });
    return { ok: false, why: `"${written}" is more than the most one sale may be, ${most}.` };
  }
  return { ok: true, amount: { value, currency } };
};

/** Writes an amount for people: `42.50 USD`. */
export const formatAmount = ({ value, currency }: Amount): string => {
  const places = decimalsOf(currency) ?? 2;
  const digits = String(value).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  return `${places === 0 ? whole : `${whole}.${digits.slice(-places)}`} ${currency}`;
};
