/** A slip: a receipt as lines of text for a printer. */
import { formatAmount, refusals, type Amount } from '../../contract/index.ts';
import { paperOf, type Paper, type PaperWidth } from './paper.ts';
import type { Receipt } from './receipt.ts';
import { entryWords, onlyAskedFor, titles } from './wording.ts';

/** The lines of a slip, none longer than the paper is wide. */
export const slipOf = (receipt: Receipt, width: PaperWidth): readonly string[] => {
  const paper = paperOf(width);
  const { header, footer, duplicate, copy, headline, title } = receipt;
  const mark = duplicate ? paper.centered('*** DUPLICATE COPY ***') : [];
  const gap = (lines: readonly string[]) => (lines.length === 0 ? [] : [...lines, '']);
  return [
    ...gap(header.flatMap((line) => paper.centered(line))),
    ...gap(mark),
    ...paper.centered(title),
    ...gap(whenLines(receipt, paper)),
    ...gap(cardLines(receipt, paper)),
    ...gap(amountLines(receipt, paper)),
    ...gap(paper.centered(headline)),
    ...gap(hostLines(receipt, paper)),
    ...gap(tipLines(receipt, paper)),
    ...(receipt.signatureLine ? gap(['', ...paper.blank('Signature')]) : []),
    ...gap(footer.flatMap((line) => paper.centered(line))),
    ...paper.centered(`${copy.toUpperCase()} COPY`),
    ...mark,
  ];
};

const whenLines = (receipt: Receipt, paper: Paper): string[] => {
  const { time, deviceId, batchName, batchNumber, transactionId } = receipt;
  return [
    ...paper.pair(time.date, `${time.time} ${time.offset}`),
    ...(time.confirmed ? [] : paper.plain('(time not confirmed)')),
    ...paper.pair('Device', deviceId),
    ...paper.pair('Batch', `${batchName} ${batchNumber}`),
    ...paper.plain(transactionId),
    ...told(paper, 'Reference', receipt.reference),
    ...told(paper, 'Original', receipt.originalTransactionId),
    ...told(paper, 'Asked for', receipt.requestedType?.toUpperCase()),
  ];
};

const cardLines = ({ card, emv }: Receipt, paper: Paper): string[] => {
  if (card === undefined) return [];
  const brand = card.brand === 'unknown' ? 'CARD' : card.brand.toUpperCase();
  return [
    ...paper.pair(brand, card.maskedPan),
    ...paper.pair('Entry', entryWords[card.entryMode]),
    ...told(paper, 'Application', emv?.applicationLabel),
    ...told(paper, 'AID', emv?.aid),
    ...told(paper, 'TVR', emv?.tvr),
    ...told(paper, 'TSI', emv?.tsi),
    ...told(paper, emv?.cryptogramType ?? 'AC', emv?.cryptogram),
  ];
};

/** Parts come before what they are parts of: the total, or what was asked for when less was approved. */
const amountLines = (receipt: Receipt, paper: Paper): string[] => {
  const { tipAmount, surchargeAmount, totalAmount, requestedAmount, givenBackAmount } = receipt;
  const { total } = titles[receipt.type];
  const isOnlyWished = onlyAskedFor.includes(receipt.outcome ?? 'open');
  const parts = (tipAmount?.value ?? 0) + (surchargeAmount?.value ?? 0);
  const whole = requestedAmount ?? totalAmount;
  const base = { value: whole.value - parts, currency: whole.currency };
  return [
    ...(parts > 0 && base.value >= 0 ? priced(paper, 'Amount', base) : []),
    ...priced(paper, 'Tip', tipAmount),
    ...priced(paper, 'Surcharge', surchargeAmount),
    ...priced(paper, 'Requested', requestedAmount),
    ...priced(paper, isOnlyWished ? 'REQUESTED' : total, totalAmount),
    ...priced(paper, 'Given back', givenBackAmount),
  ];
};

const hostLines = (receipt: Receipt, paper: Paper): string[] => [
  ...told(paper, 'Approval', receipt.approvalCode),
  ...told(paper, 'Response', receipt.responseCode),
  ...told(paper, 'Host ref.', receipt.referenceId),
  ...(receipt.reason === undefined ? [] : paper.plain(sentenceOf(receipt.reason))),
];

/** A refusal in words; a reason that is none, as it is. */
const sentenceOf = (reason: string): string =>
  isRefusal(reason) ? refusals[reason].says : reason.replaceAll('_', ' ');

const isRefusal = (code: string): code is keyof typeof refusals => Object.hasOwn(refusals, code);

const tipLines = ({ tipLine }: Receipt, paper: Paper): string[] =>
  tipLine === undefined
    ? []
    : [
        ...tipLine.suggested.flatMap(({ percent, tipAmount, totalAmount }) =>
          paper.pair(`${percent}% ${formatAmount(tipAmount)}`, formatAmount(totalAmount)),
        ),
        ...['', ...paper.blank('Tip'), '', ...paper.blank('Total')],
      ];

const told = (paper: Paper, label: string, value: string | undefined): string[] =>
  value === undefined ? [] : paper.pair(label, value);

const priced = (paper: Paper, label: string, amount: Amount | undefined): string[] =>
  amount === undefined ? [] : paper.pair(label, formatAmount(amount));
