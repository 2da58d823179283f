/** The program: the table of commands as commander reads it. The door to commander. */
import { Command as Parser, CommanderError, Option } from 'commander';
import { release } from '../../firmware/index.ts';
import {
  exits,
  failed,
  wrongUse,
  type ArgumentRow,
  type Call,
  type Command,
  type OptionRow,
  type Result,
} from './command.ts';
import { commands, groups } from './commands.ts';
import type { Terminal } from './terminal.ts';
import { unknownCommand } from './unknown.ts';

/** Runs one command line; resolves with the exit code. */
export const runProgram = async (words: readonly string[], terminal: Terminal): Promise<number> => {
  const unknown = unknownCommand(words);
  if (unknown !== undefined) {
    return tell(wrongUse(unknown), words.includes('--json'), terminal);
  }
  let exit: number = exits.done;
  const parser = parserOf(terminal, async (command, given) => {
    const asked = command.passesAll === true ? given.words.includes('--json') : undefined;
    const json = asked ?? given.options['json'] !== undefined;
    const result = await command.run({ ...given, json, terminal });
    exit = tell(result, json, terminal);
  });
  try {
    await parser.parseAsync([...words], { from: 'user' });
  } catch (error) {
    const json = words.includes('--json');
    if (!(error instanceof CommanderError)) return tell(broken(error), json, terminal);
    return error.exitCode === 0 ? exits.done : tell(misuse(error), json, terminal);
  }
  return exit;
};

type Run = (command: Command, given: Pick<Call, 'args' | 'words' | 'options'>) => Promise<void>;

const parserOf = (terminal: Terminal, run: Run): Parser => {
  const root = new Parser('holdfast')
    .description('The agent of a payment terminal: sells, keeps, forwards.')
    .version(release.version)
    .enablePositionalOptions()
    .exitOverride()
    // Commander's own complaints are told in the same way as all others.
    .configureOutput({ writeOut: terminal.out, writeErr: () => undefined });
  const parents = new Map<string, Parser>();
  const parentOf = (group: string): Parser => {
    const parent = parents.get(group) ?? root.command(group).description(groups[group] ?? '');
    parents.set(group, parent);
    return parent;
  };
  for (const command of commands) {
    const [first = '', second] = command.name.split(' ');
    if (second === undefined) add(root, first, command, run);
    else add(parentOf(first), second, command, run);
  }
  return root;
};

const add = (parent: Parser, name: string, command: Command, run: Run): void => {
  const isDefault = command.usual === true;
  const parser = parent.command(name, { isDefault }).description(command.says);
  const rows = command.args ?? [];
  for (const { name: word, says, optional, many } of rows) {
    const form = many === true ? `${word}...` : word;
    parser.argument(optional === true ? `[${form}]` : `<${form}>`, says);
  }
  if (command.passesAll === true) {
    parser.allowUnknownOption().passThroughOptions().helpOption(false);
  } else {
    for (const row of command.options ?? []) parser.addOption(optionOf(row));
    parser.option('--json', 'one JSON document on stdout, nothing else');
  }
  parser.action(async (...heard: unknown[]) => {
    const given = Object.entries(parser.opts<Record<string, string | boolean>>());
    // Commander tells `--no-zip` as a zip that is false.
    const options = Object.fromEntries(
      given.map(([key, value]) => (value === false ? [`no-${key}`, ''] : [key, String(value)])),
    );
    await run(command, { ...argumentsOf(rows, heard), options });
  });
};

const argumentsOf = (rows: readonly ArgumentRow[], heard: readonly unknown[]) => {
  const args: Record<string, string> = {};
  for (const [place, { name }] of rows.entries()) {
    const value = heard[place];
    if (typeof value === 'string') args[name] = value;
  }
  // Commander gives the words of an argument that may be many as a list.
  const many = heard.find((value) => Array.isArray(value)) ?? [];
  return { args, words: many.map(String) };
};

const optionOf = ({ flags, says, choices }: OptionRow): Option => {
  const option = new Option(flags, says);
  return choices === undefined ? option : option.choices(choices);
};

/** Commander's complaint as a sentence that says what to do. */
const misuse = ({ code, message }: CommanderError): Result => {
  const [first = ''] = message.replace(/^error: /, '').split('\n');
  const hint = /\(Did you mean (.+)\?\)/.exec(message)?.[1];
  const instead = hint === undefined ? 'see `holdfast --help`' : `did you mean ${hint}?`;
  if (code === 'commander.help') return wrongUse('Say what to do; see `holdfast --help`.');
  const negative = /^unknown option '(-[\d.,]+)'/.exec(first)?.[1];
  if (negative !== undefined) {
    return wrongUse(`"${negative}" is no amount; write digits like 42.50, without a sign.`);
  }
  const found = first.charAt(0).toUpperCase() + first.slice(1);
  return wrongUse(`${found}; ${instead}${instead.endsWith('?') ? '' : '.'}`);
};

/** What no command foresaw: a fault of ours, told with its trace. */
const broken = (error: unknown): Result => {
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return failed(exits.refused, 'internal', `The program failed; please report this: ${trace}`);
};

const tell = (result: Result, json: boolean, terminal: Terminal): number => {
  switch (result.is) {
    case 'ended':
      return result.exit;
    case 'done':
      terminal.out(json ? printed(result.document) : `${result.text}\n`);
      return result.exit ?? exits.done;
    case 'failed':
      if (json) terminal.out(printed({ error: result.error }));
      terminal.err(`${result.error.message}\n`);
      return result.exit;
  }
};

const printed = (document: object): string => `${JSON.stringify(document, null, 2)}\n`;
