/**
 * The relay: a program that does with a card only what has to be done. It reads a serial port up to the end
 * of a line and publishes what came, with the packages the agent has and none of its code.
 */
import { connectAsync } from 'mqtt';
import { SerialPort } from 'serialport';

/** What it says once it relays, and where it publishes. */
export const relayIsUp = 'The relay is up.';
export const relayTopic = 'bench/relay';

const endOfLine = '\r'.charCodeAt(0);

/** Words: the broker's address and the port's path. */
export const playRelay = async ([brokerUrl = '', path = '']: readonly string[]): Promise<void> => {
  const client = await connectAsync(brokerUrl, { protocolVersion: 5, reconnectPeriod: 0 });
  const port = new SerialPort({ path, baudRate: 9_600 });
  let held = '';
  port.on('data', (bytes: Buffer) => {
    held += bytes.toString('latin1');
    if (bytes.at(-1) !== endOfLine) return;
    client.publish(relayTopic, held, { qos: 1 });
    held = '';
  });
  port.on('open', () => process.stdout.write(`${relayIsUp}\n`));
  await new Promise((resolve) => process.once('SIGTERM', resolve));
  port.close();
  await client.endAsync();
};
