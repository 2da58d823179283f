/** `docs/refusals.md`: every reason the agent says no for, for those who write a POS or operate a device. */
import { code, fill, table } from './markdown.mjs';

const template = `<!-- By scripts/generate.mjs from contract/refusals.ts; change it there. -->

# Refusals

The agent never says no without a code. The code is stable, the sentence may be reworded. Where the
local API answers with a refusal, the answer is \`application/problem+json\` (RFC 9457) with this \`code\` and
the HTTP status below. A refusal without a status is the \`reason\` of a declined or cancelled transaction, or
travels over the link only. "Again" says whether the same request may succeed later without being changed.

## Gates of an offline approval

Tried in this order; the first that fails names the reason.

{{gates}}

## Everything else

{{others}}

## Registration

What \`holdfast register\` hears from the portal; the code is also that of its error.

{{registration}}
`;

const rowsOf = (rows) =>
  table(
    ['code', 'status', 'again', 'says'],
    Object.entries(rows).map(([name, { says, retryable, status }]) => [
      code(name),
      status === undefined ? '' : String(status),
      retryable ? 'yes' : 'no',
      says,
    ]),
  );

/** The whole document. */
export const refusalsDocument = ({ refusals }) =>
  fill(template, {
    gates: rowsOf(refusals.gateRefusals),
    others: rowsOf(refusals.otherRefusals),
    registration: rowsOf(refusals.registrationRefusals),
  });
