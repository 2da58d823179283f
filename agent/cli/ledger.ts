/** `holdfast ledger verify`: walks the ledger at rest or in use, reads only, needs no agent. */
import type { LedgerReport } from '../ledger/verify.ts';
import { done, type Call, type Command, type Result } from './command.ts';
import { dataOption } from './home.ts';
import { ledgerExport } from './ledger-export.ts';
import {
  copySentence,
  fileOption,
  ledgerPathOf,
  openLedgerFile,
  type LedgerFile,
} from './ledger-file.ts';
import { counted } from './print.ts';

type Report = Pick<LedgerReport, 'sound' | 'entries' | 'findings'> &
  Partial<LedgerReport> & { readonly readFromCopy?: true };

const verify = async (call: Call): Promise<Result> => {
  const path = ledgerPathOf(call);
  if (typeof path !== 'string') return path;
  const report = await reportOn(path, call);
  return done(report, reportText(report), report.sound ? 0 : 1);
};

// The database's library is loaded for this command only.
const reportOn = async (path: string, call: Call): Promise<Report> => {
  const { storageFaultOf } = await import('../ledger/sqlite.ts');
  const { verifyLedger } = await import('../ledger/verify.ts');
  let file: LedgerFile | undefined;
  try {
    file = await openLedgerFile(path, call);
    return { ...verifyLedger(file.db), ...(file.isCopy ? { readFromCopy: true } : {}) };
  } catch (error) {
    const fault = storageFaultOf(error);
    const { code, message } = error as NodeJS.ErrnoException;
    if (fault === undefined && code === undefined) throw error;
    const says = `${path} cannot be read as a ledger (${fault ?? message}); keep a copy of it.`;
    return { sound: false, entries: 0, findings: [{ invariant: 'file', says }] };
  } finally {
    file?.close();
  }
};

const reportText = ({ sound, entries, transactions = 0, readFromCopy, ...rest }: Report): string =>
  [
    `${sound ? 'Sound' : 'Not sound'}: ${entries} facts, ${counted(transactions, 'transaction')}.`,
    ...prunedText(rest),
    ...sealedText(rest),
    ...(readFromCopy === true ? [copySentence] : []),
    ...rest.findings.map(({ invariant, says }) => `${invariant}  ${says}`),
  ].join('\n');

const prunedText = ({ pruned }: Pick<Report, 'pruned'>): string[] =>
  pruned === undefined || pruned.entries === 0
    ? []
    : [`Pruned after their time: ${pruned.entries} facts, ${pruned.transactions} transactions.`];

const sealedText = ({ sealed }: Pick<Report, 'sealed'>): string[] =>
  sealed === undefined
    ? []
    : [`Sealed data: ${sealed.kept} kept, ${sealed.erased} erased, ${sealed.overdue} overdue.`];

export const ledgerCommands: readonly Command[] = [
  {
    name: 'ledger verify',
    says: 'prove that the ledger is whole: its chain, its totals, its states',
    usual: true,
    options: [dataOption, fileOption],
    run: verify,
  },
  ledgerExport,
];
