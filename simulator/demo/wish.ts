/** The wish: what the words behind `demo` ask for, or a sentence about what is wrong with them. */
import { parseArgs } from 'node:util';
import { exits, Mishap } from './mishap.ts';

export const help = `holdfast demo: broker, portal, card reader and agent on this machine.

  --script day    play a shop's day and end; exit 1 when agent and portal do not agree
  --json          with --script: print one JSON document and nothing else
  --port N        port of the local API (7420; with --script a free one); 0 takes a free one
  --admin-port N  port of the portal's admin API (7430; with --script a free one)
  --keep          do not remove the data afterwards
`;

const flags = {
  script: { type: 'string' },
  json: { type: 'boolean', default: false },
  port: { type: 'string' },
  'admin-port': { type: 'string' },
  keep: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Ports of the open house, as the README and `holdfast` expect them. */
const usualPorts = { api: 7420, admin: 7430 } as const;

export interface Wish {
  readonly help: boolean;
  readonly scripted: boolean;
  readonly json: boolean;
  /** Ports; 0 takes one that is free. */
  readonly apiPort: number;
  readonly adminPort: number;
  readonly keep: boolean;
}

/** Reads the words; a `Mishap` says what is wrong with them. */
export const wishOf = (words: readonly string[]): Wish => {
  const { script, port, 'admin-port': adminPort, ...switches } = valuesOf(words);
  if (script !== undefined && script !== 'day') {
    throw wrongUse(`There is no script "${script}"; there is: day.`);
  }
  const scripted = script === 'day';
  if (switches.json && !scripted) {
    throw wrongUse('--json goes with --script day; an open shop tells its story line by line.');
  }
  const usual = scripted ? { api: 0, admin: 0 } : usualPorts;
  const ports = {
    apiPort: portOf('--port', port) ?? usual.api,
    adminPort: portOf('--admin-port', adminPort) ?? usual.admin,
  };
  if (ports.apiPort === ports.adminPort && ports.apiPort !== 0) {
    throw wrongUse(`--port and --admin-port are both ${ports.apiPort}; give each its own.`);
  }
  return { ...switches, ...ports, scripted };
};

const valuesOf = (words: readonly string[]) => {
  try {
    return parseArgs({ args: [...words], options: flags }).values;
  } catch (error) {
    // Node's first sentence says what is wrong, the others how its parser would have it.
    const [what] = (error as Error).message.split(/\.\s/);
    throw wrongUse(`${what}; --help lists the options.`);
  }
};

const portOf = (flag: string, written: string | undefined): number | undefined => {
  if (written === undefined) return undefined;
  const port = Number(written);
  if (/^\d{1,5}$/.test(written) && port <= 65_535) return port;
  throw wrongUse(`${flag} takes a port from 0 to 65535, not "${written}".`);
};

const wrongUse = (message: string): Mishap => new Mishap('wrong_use', message, exits.wrongUse);
