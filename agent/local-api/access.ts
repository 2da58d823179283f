/**
 * Access: what a request brings to prove who asks. The `Host` is checked before anything else, because a web
 * page whose name was pointed at 127.0.0.1 (DNS rebinding) reaches this port too.
 */
import type { Proof } from '../access/access.ts';
import type { Refused } from '../payments/entering.ts';
import { refused } from './route.ts';

/** The cookie of somebody signed in at the console. */
export const sessionCookie = 'holdfast_session';

/** Methods a browser sends with its cookies from anywhere; nothing is changed by them. */
const safeMethods: readonly string[] = ['GET', 'HEAD'];

const hostForm = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?$/i;
const bearerForm = /^Bearer +([\x21-\x7e]{1,512})$/i;

/** Why a request of this `Host` to our port is refused; `undefined` when it is not. */
export const refusalOfHost = (host: string | undefined, ourPort: number): Refused | undefined => {
  const parts = hostForm.exec(host ?? '');
  const port = parts?.[1];
  const isOurs = parts !== null && (port === undefined || Number(port) === ourPort);
  if (isOurs) return undefined;
  return refused('host_not_allowed', `Ask for 127.0.0.1:${ourPort} or localhost:${ourPort}.`);
};

/** What stands in the headers of a request; `header` gives one by its name in lower case. */
export const proofIn = (header: (name: string) => string | undefined, method: string): Proof => {
  const authorization = header('authorization');
  return {
    apiKey: header('x-api-key'),
    bearer: authorization === undefined ? undefined : (bearerForm.exec(authorization)?.[1] ?? ''),
    cookie: cookieIn(header('cookie')),
    csrfToken: header('x-csrf-token'),
    isSafe: safeMethods.includes(method),
  };
};

/** The session a `Cookie` header names. Two of them name none: one may have been planted. */
export const cookieIn = (header: string | undefined): string | undefined => {
  const named = (header ?? '')
    .split(';')
    .map((each) => each.trim())
    .filter((each) => each.startsWith(`${sessionCookie}=`))
    .map((each) => each.slice(sessionCookie.length + 1));
  return named.length > 1 ? '' : named[0];
};

/** The `Set-Cookie` of a session; an empty token takes the cookie away. */
export const cookieOf = (token: string, isSecure: boolean): string =>
  [
    `${sessionCookie}=${token}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure ? ['Secure'] : []),
    ...(token === '' ? ['Max-Age=0'] : []),
  ].join('; ');
