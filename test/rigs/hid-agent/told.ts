/** What an agent and the readers that are played for it tell each other over their socket, a line each. */

/** The variable that names the socket, and the one that lists the devices. */
export const socketVariable = 'HOLDFAST_TEST_HID_SOCKET';
export const devicesVariable = 'HOLDFAST_TEST_HID_DEVICES';

/** A report goes as hex. From the agent its first byte is its id or 0, to the agent only where it has one. */
export type Told =
  | {
      readonly path: string;
      readonly is: 'write' | 'set' | 'input' | 'answer';
      readonly report: string;
    }
  | { readonly path: string; readonly is: 'gone' };

/** Takes a stream in pieces, and tells each line of it. */
export const lines = (hear: (told: Told) => void): ((bytes: Uint8Array) => void) => {
  let rest = '';
  return (bytes) => {
    const whole = (rest + Buffer.from(bytes).toString('latin1')).split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) hear(JSON.parse(line) as Told);
  };
};

export const written = (told: Told): string => `${JSON.stringify(told)}\n`;
