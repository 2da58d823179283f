/** A POS, in miniature: calls the agent's local API with the key the agent's first start wrote. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body, when it was JSON. */
  readonly body: unknown;
  readonly text: string;
}

export interface SaleWishes {
  /** The idempotency key; a fresh one unless given. */
  readonly key?: string;
  /** Seconds to wait for the outcome. */
  readonly wait?: number;
  /** Further members of the request, or others in place of the usual. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface Amount {
  readonly value: number;
  readonly currency: string;
}

export interface LocalClientStart {
  readonly url: string;
  /** Read again for each call: the agent may not have written it yet. */
  readonly key: () => string | undefined;
  /** Gets every body received, for the recorder. */
  readonly hear?: (where: string, body: string) => void;
}

export const answerWithinMs = 60_000;

export class LocalClient {
  readonly #start: LocalClientStart;

  constructor(start: LocalClientStart) {
    this.#start = start;
  }

  get(path: string): Promise<Answer> {
    return this.#call('GET', path, {});
  }

  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#call('POST', path, { body, headers });
  }

  /** Sells for an amount; plain numbers are US cents. */
  sale(amount: Amount | number, { key, wait, more }: SaleWishes = {}): Promise<Answer> {
    const money = typeof amount === 'number' ? { value: amount, currency: 'USD' } : amount;
    return this.post(
      '/v1/transactions',
      { type: 'sale', amount: money, ...more },
      {
        'idempotency-key': key ?? crypto.randomUUID(),
        ...(wait === undefined ? {} : { prefer: `wait=${wait}` }),
      },
    );
  }

  async #call(
    method: string,
    path: string,
    { body, headers }: { readonly body?: unknown; readonly headers?: Record<string, string> },
  ): Promise<Answer> {
    const key = this.#start.key();
    const answer = await fetch(new URL(path, this.#start.url), {
      method,
      signal: AbortSignal.timeout(answerWithinMs),
      headers: {
        ...(key === undefined ? {} : { 'x-api-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    this.#start.hear?.(`HTTP ${method} ${path}`, text);
    const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '');
    const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : undefined;
    return { status: answer.status, headers: answer.headers, body: parsed, text };
  }
}
