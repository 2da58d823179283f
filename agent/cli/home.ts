/** Where the agent's data is, and what the CLI reads there: the address of the local API and its key. */
import { existsSync, readFileSync } from 'node:fs';
import { places, type Place } from '../places.ts';
import { exits, failed, wrongUse, type Call, type Failed, type OptionRow } from './command.ts';

const usualDirectory = '/var/lib/holdfast';
const usualUrl = 'http://127.0.0.1:7420';
const usualConfig = '/etc/holdfast/holdfast.json';

/** The path of something in a data directory. */
export const pathIn = (directory: string, place: Place): string => `${directory}/${places[place]}`;

export const dataOption: OptionRow = {
  flags: '--data <DIR>',
  says: `the data directory (default ${usualDirectory}, or $HOLDFAST_DATA)`,
};

/** The options of every command that speaks to the agent. */
export const reachOptions: readonly OptionRow[] = [
  dataOption,
  { flags: '--url <URL>', says: `where the agent answers (default ${usualUrl})` },
];

/** The data directory that is meant. */
export const dataDirectoryOf = ({ options, terminal }: Call): string =>
  options['data'] ?? terminal.environment['HOLDFAST_DATA'] ?? usualDirectory;

/** The settings file that is meant; none means the defaults. */
export const configPathOf = ({ options }: Call): string | undefined =>
  options['config'] ?? (existsSync(usualConfig) ? usualConfig : undefined);

export interface Reach {
  readonly url: URL;
  readonly key: string;
}

/** How to reach the agent. */
export const reachOf = (call: Call): Reach | Failed => {
  const directory = dataDirectoryOf(call);
  const url = loopbackUrl(call.options['url'] ?? urlIn(directory) ?? usualUrl);
  if (url === undefined) {
    return wrongUse(
      '--url is no http:// address on loopback; write one like http://127.0.0.1:7420.',
    );
  }
  const key = read(pathIn(directory, 'localKey'));
  if ('text' in key) return { url, key: key.text.trim() };
  if (key.code !== 'ENOENT') {
    const message = `The key in ${directory} cannot be read (${key.code}); run as the agent’s user.`;
    return failed(exits.refused, 'key_unreadable', message);
  }
  const message = `No agent has run in ${directory}; start it with \`holdfast run\`, or name --data.`;
  return failed(exits.notRunning, 'agent_not_running', message);
};

// The key goes over this connection in clear, so it must not leave the device.
const loopbackUrl = (written: string): URL | undefined => {
  if (!URL.canParse(written)) return undefined;
  const url = new URL(written);
  const isLoopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return url.protocol === 'http:' && isLoopback ? url : undefined;
};

/** The address the running agent wrote down. */
const urlIn = (directory: string): string | undefined => {
  const file = read(pathIn(directory, 'api'));
  if (!('text' in file)) return undefined;
  try {
    const { url } = JSON.parse(file.text) as { url?: unknown };
    return typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
};

const read = (path: string): { text: string } | { code: string } => {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? 'unreadable' };
  }
};
