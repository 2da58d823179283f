/** Payloads: the bytes of a message as JSON, or nothing where they are none. */
import { isDeeperThan } from '../../contract/index.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** How deep lists and objects may lie in each other; canonical JSON descends into all of them. */
const nestingMost = 64;

/** What bytes say; `undefined` for what is no JSON in UTF-8, or nested too deep. */
export const readPayload = (payload: Uint8Array): unknown => {
  try {
    const content: unknown = JSON.parse(utf8.decode(payload));
    return isDeeperThan(content, nestingMost) ? undefined : content;
  } catch {
    // What JSON.parse says quotes the input, so it is not repeated.
    return undefined;
  }
};
