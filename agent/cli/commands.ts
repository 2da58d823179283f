/** The table of commands: everything `holdfast` does. */
import { batchCommands } from './batch.ts';
import type { Command } from './command.ts';
import { configCommands } from './config.ts';
import { decommissionCommand } from './decommission.ts';
import { demoCommand } from './demo.ts';
import { followUpCommands } from './follow-ups.ts';
import { ledgerCommands } from './ledger.ts';
import { queueCommands } from './queue.ts';
import { readerCommands } from './readers.ts';
import { registerCommand } from './register.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';
import { saleCommands } from './sale.ts';
import { statusCommands } from './status.ts';
import { transactionCommands } from './transactions.ts';

/** Every command there is, in the order people meet them. */
export const commands: readonly Command[] = [
  runCommand,
  demoCommand,
  registerCommand,
  decommissionCommand,
  ...statusCommands,
  ...saleCommands,
  ...followUpCommands,
  ...transactionCommands,
  reportCommand,
  ...queueCommands,
  ...batchCommands,
  ...readerCommands,
  ...configCommands,
  ...ledgerCommands,
];

/** What the words before a second one are about. */
export const groups: Readonly<Record<string, string>> = {
  portal: 'the link to the portal',
  queue: 'what waits for the portal',
  batch: 'batches: what is settled together',
  readers: 'the card readers',
  config: 'the settings in force',
  ledger: 'the ledger on the disk',
};
