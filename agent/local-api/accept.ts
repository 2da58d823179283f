/** `Accept` (RFC 9110, 12.5.1): which of the media types a call can answer with the client likes best. */
import { Type } from 'typebox';
import type { Refused } from '../payments/entering.ts';
import { refused, type Ask, type HeaderRow } from './route.ts';

/** The header as the API describes it. */
export const acceptHeader: HeaderRow = {
  name: 'Accept',
  says: 'The media type of the answer; JSON when nothing is said.',
  schema: Type.String(),
  required: false,
};

/** What an answer that depends on the header says so with. */
export const varies = { Vary: 'Accept' };

/** The media type to answer with: the client's best, or the first where it does not mind. */
export const accepted = <T extends string>(
  ask: Ask<unknown, unknown>,
  offered: readonly [T, ...T[]],
): T | Refused => {
  const ranges = rangesOf(ask.header('accept') ?? '');
  const [usual] = offered;
  if (ranges.length === 0) return usual;
  const liked = offered.map((type) => ({ type, weight: weightOf(type, ranges) }));
  const best = liked.reduce((one, other) => (other.weight > one.weight ? other : one));
  if (best.weight > 0) return best.type;
  return refused(
    'not_acceptable',
    `This call answers ${offered.join(' or ')}; accept one of them.`,
  );
};

interface Range {
  readonly type: string;
  readonly weight: number;
}

const rangesOf = (header: string): Range[] =>
  header
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '')
    .map((each) => {
      const [type = '', ...parameters] = each.split(';').map((part) => part.trim());
      const written = parameters.find((part) => /^q\s*=/.test(part));
      return { type, weight: written === undefined ? 1 : weighed(written) };
    });

// A weight that is none counts as the most, like a weight that is not there.
const weighed = (parameter: string): number => {
  const weight = Number(parameter.slice(parameter.indexOf('=') + 1));
  return weight >= 0 && weight <= 1 ? weight : 1;
};

/** The weight of the range that names a type most exactly; 0 when none does. */
const weightOf = (type: string, ranges: readonly Range[]): number => {
  const [family = ''] = type.split('/');
  for (const name of [type, `${family}/*`, '*/*']) {
    const range = ranges.find((each) => each.type === name);
    if (range !== undefined) return range.weight;
  }
  return 0;
};
