/**
 * Access: who may ask. The `Host` is checked before anything else, because a web page whose name was pointed
 * at 127.0.0.1 (DNS rebinding) reaches this port too; then the key.
 */
import { sameSecret } from '../identity/digest.ts';
import type { Refused } from '../payments/entering.ts';
import { refused } from './route.ts';

/** The name under which whoever has the local key is known. */
export const localApplication = 'local';

const hostForm = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::(\d{1,5}))?$/i;

/** Why a request of this `Host` to our port is refused; `undefined` when it is not. */
export const refusalOfHost = (host: string | undefined, ourPort: number): Refused | undefined => {
  const parts = hostForm.exec(host ?? '');
  const port = parts?.[1];
  const isOurs = parts !== null && (port === undefined || Number(port) === ourPort);
  if (isOurs) return undefined;
  return refused('host_not_allowed', `Ask for 127.0.0.1:${ourPort} or localhost:${ourPort}.`);
};

/** Why a request with this `x-api-key` is refused; `undefined` when it is not. */
export const refusalOfKey = (given: string | undefined, localKey: string): Refused | undefined =>
  given !== undefined && sameSecret(given, localKey) ? undefined : refused('unauthorized');
