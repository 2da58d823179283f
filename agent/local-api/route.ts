/**
 * A route: one thing a client can ask, as a row of the table in `routes.ts`. The row says everything: what is
 * served is made from it, and so are the OpenAPI document and the docs.
 */
import type { Static, TSchema } from 'typebox';
import type { RefusalCode } from '../../contract/index.ts';
import type { Asker } from '../access/asker.ts';
import type { AuditedAct } from '../access/audit.ts';
import type { Right } from '../access/rights.ts';
import type { Refused } from '../payments/entering.ts';
import type { Shop } from '../shop.ts';
import type { Clock } from '../world.ts';

/** A request that fits the schemas of its route. */
export interface Ask<Body = unknown, Query = unknown> {
  /** What stands in the path for `{name}`. */
  readonly path: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly query: Query;
  /** A header by its name in lower case. */
  header(name: string): string | undefined;
  /** Who asks; nobody where the route is open. */
  readonly by: Asker;
  /** Whether it came over TLS. */
  readonly isSecure: boolean;
}

/** The time a call is answered at. */
export type CallClock = Pick<Clock, 'wallMs' | 'after'>;

export interface Answered {
  readonly is: 'answered';
  readonly status: 200 | 201 | 202;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The kinds of text an answer can be, where a client accepts it. */
export type TextType = 'text/plain' | 'text/csv' | typeof exposedText;

/** The text format a Prometheus server reads. */
export const exposedText = 'text/plain; version=0.0.4';

/** An answer that is text, in UTF-8. */
export interface AnsweredText {
  readonly is: 'answered';
  readonly status: 200;
  readonly type: TextType;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}
export type Answer = Answered | AnsweredText | Refused;

/** A header a client may send with a request. */
export interface HeaderRow {
  readonly name: string;
  readonly says: string;
  readonly schema: TSchema;
  readonly required: boolean;
}

/** What an answer of one status means, and its shape. */
export interface AnswerRow {
  readonly says: string;
  /** Of JSON; left out where it is always text. */
  readonly schema?: TSchema;
  /** Text it can be instead, when a client accepts that. */
  readonly texts?: readonly TextType[];
}

/** Answers without a key, or says what whoever asks has to be allowed. */
type Needs =
  | { readonly open: true; readonly needs?: undefined }
  | { readonly open?: undefined; readonly needs: Right };

type Described = Needs & {
  /** The route's name for programs, `operationId` in OpenAPI. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly says: string;
  /** The act it is told to the portal as, whoever does it. */
  readonly audited?: AuditedAct;
  readonly headers?: readonly HeaderRow[];
  readonly answers: Readonly<Partial<Record<Answered['status'], AnswerRow>>>;
  /** What it may refuse, besides what every route may. */
  readonly refusals?: readonly RefusalCode[];
};

export type Route = Described & {
  readonly body?: TSchema;
  /** A call without a body is one with an empty object. */
  readonly bodyOptional?: true;
  readonly query?: TSchema;
  readonly answer: (ask: Ask, shop: Shop, clock: CallClock) => Answer | Promise<Answer>;
};

type RouteRow<B extends TSchema, Q extends TSchema> = Described & {
  readonly body?: B;
  readonly bodyOptional?: true;
  readonly query?: Q;
  readonly answer: (
    ask: Ask<Static<B>, Static<Q>>,
    shop: Shop,
    clock: CallClock,
  ) => Answer | Promise<Answer>;
};

/** A row whose answer knows the types of its schemas. */
export const route = <B extends TSchema, Q extends TSchema>(row: RouteRow<B, Q>): Route => ({
  ...row,
  answer: (ask, shop, clock) => row.answer(ask as Ask<Static<B>, Static<Q>>, shop, clock),
});

/** The answer 200 with a body. */
export const ok = (body: object): Answered => ({ is: 'answered', status: 200, body });

/** A refusal with a sentence of its own, or with the one of its code. */
export const refused = (code: RefusalCode, detail?: string): Refused => ({
  is: 'refused',
  code,
  ...(detail === undefined ? {} : { detail }),
});
