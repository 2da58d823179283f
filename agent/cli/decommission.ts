/** `holdfast decommission`: takes this device out of service, for good. */
import { existsSync, readFileSync } from 'node:fs';
import { subjectName, type Subject } from '../../contract/index.ts';
import { StartFault } from '../fault.ts';
import type { Decommissioned } from '../identity/decommission.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { World } from '../world.ts';
import { done, exits, failed, wrongUse, type Call, type Command, type Result } from './command.ts';
import { dataDirectoryOf, dataOption } from './home.ts';

const decommission = async (call: Call): Promise<Result> => {
  const { options, terminal } = call;
  if (options['yes'] === undefined && terminal.ask === undefined) {
    return wrongUse('There is no terminal to confirm it on; say --yes if it is meant.');
  }
  const path = options['receipt'];
  const receipt = path === undefined ? undefined : receiptIn(path);
  if (receipt !== undefined && 'why' in receipt) return wrongUse(receipt.why);
  const data = dataDirectoryOf(call);
  if (!existsSync(data)) {
    const message = `There is no ${data}; name the device’s data directory with --data.`;
    return failed(exits.refused, 'not_registered', message);
  }
  try {
    const left = await decommissioned(call, data, receipt?.text);
    return done({ ...left }, textOf(left, data));
  } catch (error) {
    return faultOf(error, data);
  }
};

const faultOf = (error: unknown, data: string): Result => {
  if (error instanceof StartFault) return failed(exits.refused, error.code, error.message);
  // A ledger that finds no room for what it writes beside itself says no more than that.
  const { code = '' } = error as { readonly code?: string };
  if (!/^SQLITE_(FULL|IOERR)/.test(code)) throw error;
  return failed(
    exits.refused,
    'disk_full',
    `The disk of ${data} is full, or does not work (${code}); free some space, and run this again.`,
  );
};

const decommissioned = async (call: Call, data: string, receipt: string | undefined) => {
  // Loaded for this command only; the others start without them.
  const { openDataDirectory } = await import('../data-directory.ts');
  const { decommission: begin } = await import('../identity/decommission.ts');
  const { nodeWorld } = await import('../node-world.ts');
  const { mqttDial } = await import('../portal/mqtt.ts');
  const { askInCorner } = await import('../portal/registration-line.ts');
  const directory = openDataDirectory(data);
  try {
    const world = nodeWorld(directory.path);
    const ca = directory.read('authority');
    const line = { world, dial: mqttDial(), ...(ca === undefined ? {} : { ca }) };
    const openLedger = await ledgerOpener(directory.pathOf('ledger'), world);
    return await begin({
      ...{ directory, wallMs: () => world.clock.wallMs(), openLedger },
      ...(receipt === undefined ? {} : { receipt }),
      ask: (url, request) => askInCorner({ ...line, url }, request),
      confirm: (subject) => confirmed(call, subject),
      step: (step) => {
        if (!call.json) call.terminal.err(`… ${step}\n`);
      },
    });
  } finally {
    directory.release();
  }
};

const ledgerOpener = async (path: string, world: World) => {
  const { ledgerFaultOf, LedgerFault, openLedger } = await import('../ledger/open.ts');
  const { openSqlite } = await import('../ledger/sqlite.ts');
  return (subject: Subject): Ledger => {
    try {
      return openLedger(() => openSqlite(path), subject, world);
    } catch (error) {
      const fault = ledgerFaultOf(error);
      if (!(fault instanceof LedgerFault)) throw error;
      throw new StartFault(fault.code, fault.message, { cause: error });
    }
  };
};

const confirmed = async ({ options, terminal }: Call, subject: Subject): Promise<boolean> => {
  if (options['yes'] !== undefined) return true;
  const name = subjectName(subject);
  const question =
    `This destroys the keys of ${name} and cannot be undone: it has to be registered anew to sell again.\n` +
    `Type its name to go on: `;
  return (await terminal.ask?.(question))?.trim() === name;
};

/** The receipt as it is, or the whole answer of `POST /admin/imports` that holds it. */
const receiptIn = (path: string): { text: string } | { why: string } => {
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (!text.startsWith('{')) return { text };
    const { receipt } = JSON.parse(text) as { receipt?: unknown };
    return typeof receipt === 'string'
      ? { text: receipt }
      : { why: `--receipt ${path} holds no receipt; name the file with what the portal answered.` };
  } catch (error) {
    const { code = 'no JSON' } = error as NodeJS.ErrnoException;
    return { why: `--receipt ${path} cannot be read (${code}); name the file with the receipt.` };
  }
};

const textOf = (left: Decommissioned, data: string): string => {
  const { portal, why, record } = left;
  const name = subjectName(left);
  const told = {
    let_go: 'The portal has let it go.',
    revoked_before: 'The portal had revoked it already.',
    not_told: `The portal was not told (${why ?? ''}): ask who runs it to revoke ${name}.`,
  }[portal];
  return [
    `${name} is out of service; its keys and its card data are destroyed. ${told}`,
    ...(record === undefined ? [] : [`Its ledger is the merchant’s record and stays: ${record}`]),
    `${data} can be registered anew with \`holdfast register\`.`,
  ].join('\n');
};

export const decommissionCommand: Command = {
  name: 'decommission',
  says: 'take this device out of service: the portal lets it go, its keys are destroyed',
  options: [
    {
      flags: '--receipt <FILE>',
      says: 'what the portal gave for an export, if the device could not send everything',
    },
    { flags: '--yes', says: 'do not ask whether it is meant' },
    dataOption,
  ],
  run: decommission,
};
