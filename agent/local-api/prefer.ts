/** `Prefer: wait=SECONDS` (RFC 7240): how long a client would wait for an outcome. */
import { Type } from 'typebox';
import { apiLimits } from './limits.ts';
import type { HeaderRow } from './route.ts';

/** The header as the API describes it. */
export const preferHeader: HeaderRow = {
  name: 'Prefer',
  says: `\`wait=SECONDS\`: wait for an outcome, at most ${apiLimits.waitSeconds} seconds.`,
  schema: Type.String(),
  required: false,
};

/** The seconds a client would wait, cut to the most there is; `undefined` when it does not say so well. */
export const preferredWait = (header: string | undefined): number | undefined => {
  // Only the first instance of a preference counts; what is not understood is ignored (RFC 7240, 2).
  const wait = (header ?? '').split(',').find((each) => /^\s*wait\b/i.test(each));
  const seconds = /^\s*wait\s*=\s*("?)(\d+)\1\s*(?:;.*)?$/i.exec(wait ?? '')?.[2];
  return seconds === undefined ? undefined : Math.min(Number(seconds), apiLimits.waitSeconds);
};

/** The header that tells a client its wish was granted. */
export const preferenceApplied = (seconds: number | undefined): Record<string, string> =>
  seconds === undefined ? {} : { 'Preference-Applied': `wait=${seconds}` };
