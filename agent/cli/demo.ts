/**
 * `holdfast demo`: everything in one place, played by the simulator. That is a program of its own and is
 * started where it is there; on a merchant's device it is not. The door to child processes.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { exits, failed, type Call, type Command, type Result } from './command.ts';

const program = `${import.meta.dirname}/../../simulator/demo/main.js`;

const demo = ({ words, terminal }: Call): Promise<Result> => {
  if (!existsSync(program)) {
    const message = 'The simulator is not installed here; use a checkout: npm ci && npm run demo.';
    return Promise.resolve(failed(exits.refused, 'no_simulator', message));
  }
  // The channel tells the child when this program is gone without having told it anything.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'] as const;
  const child = spawn(process.execPath, [program, ...words], { stdio: [...stdio] });
  // It ends in order, and this program after it; a Ctrl-C may reach it twice, which it does not mind.
  const callOffs = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) =>
    terminal.onSignal(signal, () => void child.kill(signal)),
  );
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => {
      for (const callOff of callOffs) callOff();
      resolve({ is: 'ended', exit: code ?? exits.refused });
    });
  });
};

export const demoCommand: Command = {
  name: 'demo',
  says: 'a shop with a portal, a broker and a reader, all simulated',
  args: [{ name: 'WORDS', says: 'go to the demo as they are', optional: true, many: true }],
  passesAll: true,
  run: demo,
};
