/** `holdfast run`: the agent in the foreground. */
import { StartFault } from '../fault.ts';
import { exits, failed, type Call, type Command, type Result } from './command.ts';
import { configPathOf, dataDirectoryOf, dataOption } from './home.ts';

const run = async (call: Call): Promise<Result> => {
  const configPath = configPathOf(call);
  // The agent is loaded for this command only; the others start without it.
  const { runAgent } = await import('../main.ts');
  try {
    const exit = await runAgent({
      dataDirectory: dataDirectoryOf(call),
      environment: call.terminal.environment,
      ...(configPath === undefined ? {} : { configPath }),
    });
    return { is: 'ended', exit };
  } catch (error) {
    if (error instanceof StartFault) return failed(exits.refused, error.code, error.message);
    throw error;
  }
};

export const runCommand: Command = {
  name: 'run',
  says: 'run the agent in the foreground, until SIGTERM or Ctrl-C',
  options: [
    {
      flags: '--config <FILE>',
      says: 'the settings file (default /etc/holdfast/holdfast.json, if there is one)',
    },
    dataOption,
  ],
  run,
};
