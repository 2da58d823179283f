/** The door to the agent's local API: one request, one answer, or a sentence that says what is in the way. */
import { request } from 'node:http';
import { exits, failed, type Call, type Failed } from './command.ts';
import { reachOf, type Reach } from './home.ts';

/** Bytes of the longest answer that is read. */
const answerBytesMax = 8_388_608;
/** Milliseconds an answer may take, beside what was asked to wait. */
const answerWithinMs = 15_000;

export interface Asking {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds the agent may take on purpose. */
  readonly waitSeconds?: number;
}

/** An answer whose body the caller names the type of: that of the route's schema. */
export type Answered<Body> = { readonly is: 'answered'; readonly body: Body } | Failed;

/** Asks the agent. */
export const ask = async <Body>(call: Call, asking: Asking): Promise<Answered<Body>> => {
  const reach = reachOf(call);
  if ('is' in reach) return reach;
  try {
    const { status, text } = await exchange(reach, asking);
    return read<Body>(status, text, reach);
  } catch (error) {
    return unreachable(reach, (error as NodeJS.ErrnoException).code);
  }
};

interface Reply {
  readonly status: number;
  readonly text: string;
}

const exchange = ({ url, key }: Reach, asking: Asking): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { method, path, body, headers = {}, waitSeconds = 0 } = asking;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = request(new URL(path, url), {
      method,
      agent: false,
      signal: AbortSignal.timeout(answerWithinMs + 1_000 * waitSeconds),
      headers: {
        'x-api-key': key,
        accept: 'application/json',
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...(waitSeconds === 0 ? {} : { prefer: `wait=${waitSeconds}` }),
        ...headers,
      },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      let byteCount = 0;
      incoming.on('data', (chunk: Buffer) => {
        byteCount += chunk.length;
        if (byteCount > answerBytesMax) incoming.destroy(new Error('The answer is too long.'));
        else chunks.push(chunk);
      });
      incoming.once('error', reject);
      incoming.once('end', () => {
        const whole = Buffer.concat(chunks).toString('utf8');
        resolve({ status: incoming.statusCode ?? 0, text: whole });
      });
    });
    outgoing.end(text);
  });

const read = <Body>(status: number, text: string, { url }: Reach): Answered<Body> => {
  const body = parsed(text);
  if (typeof body !== 'object' || body === null) {
    const message = `What answers at ${url.origin} is no agent; name the agent’s address with --url.`;
    return failed(exits.notRunning, 'agent_not_running', message);
  }
  if (status < 400) return { is: 'answered', body: body as Body };
  const {
    code = 'internal',
    detail = `The agent answered ${status}.`,
    transactionId,
  } = body as {
    code?: string;
    detail?: string;
    transactionId?: string;
  };
  const about = transactionId === undefined ? {} : { transactionId };
  return { is: 'failed', exit: exits.refused, error: { code, message: detail, status, ...about } };
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const unreachable = ({ url }: Reach, code: string | undefined): Failed => {
  if (code === 'ECONNREFUSED') {
    const message = `No agent answers at ${url.origin}; start it with \`holdfast run\`, or name --url.`;
    return failed(exits.notRunning, 'agent_not_running', message);
  }
  const message = `The agent at ${url.origin} did not answer (${code ?? 'lost'}); see whether it runs.`;
  return failed(exits.notRunning, 'agent_lost', message);
};
