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
export const ask = <Body>(call: Call, asking: Asking): Promise<Answered<Body>> =>
  asked(call, asking, read<Body>);

/** Text the agent answered with, as it is. */
export type AnsweredText = { readonly is: 'answered'; readonly text: string } | Failed;

/** Asks the agent for text of a media type. */
export const askText = (
  call: Call,
  asking: Asking,
  type: 'text/plain' | 'text/csv',
): Promise<AnsweredText> => {
  const headers = { ...asking.headers, accept: type };
  return asked(call, { ...asking, headers }, (reply, reach) => {
    if (reply.status < 400 && reply.type.startsWith(type)) {
      return { is: 'answered', text: reply.text };
    }
    const found = read<object>(reply, reach);
    return found.is === 'failed' ? found : noAgent(reach);
  });
};

const asked = async <A>(
  call: Call,
  asking: Asking,
  told: (reply: Reply, reach: Reach) => A,
): Promise<A | Failed> => {
  const reach = reachOf(call);
  if ('is' in reach) return reach;
  try {
    return told(await exchange(reach, asking), reach);
  } catch (error) {
    return unreachable(reach, (error as NodeJS.ErrnoException).code);
  }
};

interface Reply {
  readonly status: number;
  readonly type: string;
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
        const { statusCode: status = 0, headers } = incoming;
        resolve({ status, type: headers['content-type'] ?? '', text: whole });
      });
    });
    outgoing.end(text);
  });

const read = <Body>({ status, text }: Reply, reach: Reach): Answered<Body> => {
  const body = parsed(text);
  if (typeof body !== 'object' || body === null) return noAgent(reach);
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

const noAgent = ({ url }: Reach): Failed => {
  const message = `What answers at ${url.origin} is no agent; name the agent’s address with --url.`;
  return failed(exits.notRunning, 'agent_not_running', message);
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
