/** The broker of the bench: a Mosquitto of its own where there is one, else the embedded one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startBroker } from '../../simulator/broker.ts';
import { startChild } from '../../simulator/shop/child.ts';
import { freePort } from '../../simulator/shop/port.ts';
import { hasTool } from './machine.ts';

export interface BenchBroker {
  readonly name: 'mosquitto' | 'aedes';
  readonly url: string;
  close(): Promise<void>;
}

const startWithinMs = 10_000;

export const startBenchBroker = async (directory: string): Promise<BenchBroker> => {
  if (!hasTool('mosquitto')) return { name: 'aedes', ...(await startBroker()) };
  const port = await freePort();
  const configuration = join(directory, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'set_tcp_nodelay true',
    'log_dest stderr',
    'log_type information',
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`);
  const env = { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` };
  const child = startChild({ command: 'mosquitto', args: ['-c', configuration], env });
  await child.says(' running', startWithinMs);
  return {
    name: 'mosquitto',
    url: `mqtt://127.0.0.1:${port}`,
    close: async () => {
      child.kill('SIGTERM');
      await child.ended;
    },
  };
};
