/** An answer of the admin API, and the route it comes by. */

/** A status of HTTP, and what is said as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What a route is called with: the parts of the path in brackets, and the body. */
export interface Call {
  readonly parts: readonly string[];
  readonly body: unknown;
}

/** A call of the API: how it is asked for, and what it does. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Parts in braces stand for a name each. */
  readonly path: string;
  readonly says: string;
  /** Takes lines of JSON, as text. */
  readonly lines?: true;
  readonly run: (call: Call) => Answer | Promise<Answer>;
}

/** The fields of a body; none, where it is no object. */
export type Fields = Readonly<Record<string, unknown>>;
export const fieldsOf = (body: unknown): Fields =>
  typeof body === 'object' && body !== null ? (body as Fields) : {};

/** What was asked for. */
export const ok = (body: unknown): Answer => ({ status: 200, body });

/** Why something was not done: a stable code, and a sentence. */
export const refusal = (status: number, code: string, detail: string): Answer => ({
  status,
  body: { code, detail },
});
