/** HTTP by hand: requests that no client library would send. A door to node:net. */
import { connect } from 'node:net';

/** What came back before the connection closed. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  /** The stable code of a refusal, when there is one. */
  readonly code: string | undefined;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const answerWithinMs = 10_000;

/** Sends bytes as they are to a port of this machine and waits for the connection to close. */
export const sendRaw = (port: number, bytes: string | Uint8Array): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(answerWithinMs, () => socket.destroy(new Error('No answer came in time.')));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    // Who refuses a request may close before all of it was written; what came before that counts.
    socket.once('error', (error) => {
      if (chunks.length === 0) reject(error);
    });
    socket.once('close', () => resolve(answerIn(Buffer.concat(chunks).toString('utf8'))));
  });

/** Asks with exactly these headers, and `Connection: close`. */
export const askRaw = (port: number, request: RawRequest): Promise<RawAnswer> => {
  const { method = 'POST', path = '/v1/transactions', headers = {}, body = '' } = request;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return sendRaw(port, `${lines.join('\r\n')}\r\n\r\n${body}`);
};

const answerIn = (text: string): RawAnswer => ({
  status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0),
  text,
  code: /"code":"(\w+)"/.exec(text)?.[1],
});
