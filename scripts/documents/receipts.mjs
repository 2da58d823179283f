/** `docs/receipts.md`: what stands on a receipt, and the words for what became of a transaction. */
import { code, fill, table } from './markdown.mjs';

const template = `<!-- Written by scripts/generate.mjs from agent/receipts/wording.ts; change it there. -->

# Receipts

A receipt is made from the ledger whenever it is asked for, so it says how the transaction stands
now, and anything can be printed: a decline, a sale in doubt, one that still waits for its card.

    holdfast transactions ID --receipt customer
    GET /v1/transactions/{id}/receipt?copy=merchant     (Accept: application/json or text/plain)

\`width\` is 32 or 42 columns; \`duplicate\` marks it as a duplicate copy, at its head and at its
foot. No line is longer than the paper. What is not ASCII is written without its marks, or as \`?\`:
thermal printers have no other letters.

## What stands on it

- The lines of \`receipt.header\` and \`receipt.footer\`.
- Date and time in \`timeZone\`, with how far that is ahead of UTC, and \`(time not confirmed)\`
  where the clock was not trusted.
- The card: its brand, how it was read, and its number masked: on the customer's copy the last four
  digits and no others. Its expiry stands on neither copy. What a chip says of itself (application,
  AID, TVR, TSI, cryptogram), where it is known.
- Tip and surcharge before the total they are part of. Where the host approved less, what was asked
  for, and then the total that was approved. Where nothing was charged, or nobody knows, the amount
  is called \`REQUESTED\`, never a total.
- The words below; approval code, response code and the host's reference; why it was declined, in a
  sentence.
- On the merchant's copy a line for the signature where a card was there and no chip said that its
  holder need not sign, nor was it held to the reader without anybody asking for one, and with \`hasTipLine\` a line for the tip of a sale whose batch is open and
  that has none yet. \`hasTipRecommendation\` writes \`tip.recommendedPercents\` beside it: of what was
  bought without its surcharge, half a minor unit rounded up.

## What became of it

Only what the host approved is called approved with no other word beside it.

{{headlines}}
`;

/** The page. */
export const receiptsDocument = ({ wording }) =>
  fill(template, {
    headlines: Object.entries(wording.headlines)
      .map(([type, words]) => [`### ${code(type)}`, wordsOf(words)].join('\n\n'))
      .join('\n\n'),
  });

const wordsOf = (words) =>
  table(
    ['outcome', 'says'],
    Object.entries(words).map(([outcome, says]) => [code(outcome), says]),
  );
