/**
 * `holdfast ledger export`: writes the log of a ledger to a file, from another machine too when only the
 * storage survived. With `--frames` the file is what a portal takes in (`POST /admin/imports`).
 */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import type { ExportHead } from '../ledger/export.ts';
import type { Sqlite } from '../ledger/sqlite.ts';
import { done, exits, failed, type Call, type Command, type Result } from './command.ts';
import { dataDirectoryOf, dataOption, pathIn } from './home.ts';
import { copySentence, fileOption, ledgerPathOf, openLedgerFile } from './ledger-file.ts';
import { counted } from './print.ts';

interface Written extends ExportHead {
  readonly file: string;
  /** Lines behind the first. */
  readonly lines: number;
  readonly erasures: number;
}

const exportLedger = async (call: Call): Promise<Result> => {
  const path = ledgerPathOf(call);
  if (typeof path !== 'string') return path;
  const { storageFaultOf } = await import('../ledger/sqlite.ts');
  try {
    const source = await openLedgerFile(path, call);
    try {
      const written = await writeExport(source.db, call);
      const text = textOf(written);
      return done(written, source.isCopy ? `${text}\n${copySentence}` : text);
    } finally {
      source.close();
    }
  } catch (error) {
    const fault = storageFaultOf(error);
    const { code, message } = error as NodeJS.ErrnoException;
    if (fault === undefined && code === undefined) throw error;
    const says = `The export was not written (${fault ?? message}); name a file that can be with --to.`;
    return failed(exits.refused, 'export_failed', says);
  }
};

const writeExport = async (db: Sqlite, call: Call): Promise<Written> => {
  const { entriesOf, exportHeadOf, framesOf, recordsOf } = await import('../ledger/export.ts');
  const kind = call.options['frames'] === undefined ? 'entries' : 'frames';
  // One reading of the ledger, whatever a running agent adds meanwhile.
  return db.transaction(() => {
    const head = exportHeadOf(db, kind);
    const file = call.options['to'] ?? usualFile(call, head);
    const content = kind === 'frames' ? [framesOf(db)] : [entriesOf(db), recordsOf(db)];
    return { file, ...head, ...writeLines(file, head, content) };
  })();
};

/** Beside a ledger that was named; else where the agent keeps its exports. */
const usualFile = (call: Call, { kind, epoch, head }: ExportHead): string => {
  const named = call.options['file'];
  const folder = named === undefined ? pathIn(dataDirectoryOf(call), 'exports') : folderOf(named);
  if (named === undefined) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return `${folder}/ledger-${epoch}-${head}.${kind}.jsonl`;
};

const folderOf = (file: string): string =>
  file.replace(/[^/]*$/, '').replace(/(?<=.)\/$/, '') || '.';

/** Writes line by line beside the file and puts it in place whole; what is half written takes nobody in. */
const writeLines = (
  file: string,
  head: object,
  content: readonly Iterable<object>[],
): Pick<Written, 'lines' | 'erasures'> => {
  const beside = `${file}.part`;
  const descriptor = openSync(beside, 'w', 0o600);
  let [lines, erasures] = [0, 0];
  try {
    writeSync(descriptor, `${JSON.stringify(head)}\n`);
    for (const part of content) {
      for (const line of part) {
        writeSync(descriptor, `${JSON.stringify(line)}\n`);
        lines += 1;
        if ('holdfast' in line && line.holdfast === 'erasure') erasures += 1;
      }
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(beside, file);
  return { lines, erasures };
};

const textOf = ({ kind, file, clientId, deviceId, head, lines, erasures }: Written): string =>
  kind === 'frames'
    ? `${head} facts of ${clientId}/${deviceId} in ${lines} frames, with their sealed data: ${file}\n` +
      'For a till that died: the portal takes it in (POST /admin/imports) and retires the device.'
    : `${lines} lines of ${clientId}/${deviceId}, facts with their hashes and ` +
      `${counted(erasures, 'erasure')} of sealed data: ${file}`;

export const ledgerExport: Command = {
  name: 'ledger export',
  says: 'write the log to a file: facts with their hashes, or frames for the portal',
  options: [
    dataOption,
    fileOption,
    { flags: '--frames', says: 'frames with their sealed data, for a portal to take in' },
    {
      flags: '--to <FILE>',
      says: 'the file to write (default in exports/ of the data directory, or beside --file)',
    },
  ],
  run: exportLedger,
};
