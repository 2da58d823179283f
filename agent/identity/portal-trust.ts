/**
 * The portal's keys, as this device trusts them: what it says is checked against those of the key set in
 * force, and card data is sealed to that set's key. Sets change by the `trust` document only: a chain from
 * the first set on, each signed by the one before it, so that a device that slept through five can follow.
 */
import { canonical, check, DesiredTrust, keySetAddress, PortalKeys } from '../../contract/index.ts';
import type { SealingKey } from '../payments/vault.ts';
import { openerOf, unverified, type Addressed, type Opened } from './jws.ts';

export interface PortalTrust {
  /** Opens what the portal signed. A `trust` document is opened with the keys its own chain leads to. */
  open(jws: string, expected: Addressed): Opened;
  /** What card data is sealed to. */
  sealing(): SealingKey;
  /** The number of the key set in force. */
  version(): number;
  /** Follows a chain of key sets; throws nothing, and changes nothing where it does not lead on. */
  follow(keySets: readonly string[]): 'in force' | 'changed' | { readonly why: string };
}

/** Trust that begins with a key set; `keep` writes one down, durably, before it is followed. */
export const portalTrust = (first: PortalKeys, keep: (keys: PortalKeys) => void): PortalTrust => {
  let keys = first;
  let open = openerFor(keys);
  return {
    open: (jws, expected) => {
      if (expected.typ !== 'desired/trust') return open(jws, expected);
      const led = ledBy(keys, jws);
      return 'why' in led ? { ok: false, why: led.why } : openerFor(led)(jws, expected);
    },
    sealing: () => rawKey(keys.sealing),
    version: () => keys.version,
    follow: (keySets) => {
      const last = followed(keys, keySets);
      if ('why' in last) return last;
      if (last.version === keys.version) return 'in force';
      keep(last);
      keys = last;
      open = openerFor(keys);
      return 'changed';
    },
  };
};

const rawKey = ({ keyId, key }: PortalKeys['sealing']): SealingKey => ({
  keyId,
  key: new Uint8Array(Buffer.from(key, 'base64')),
});

const openerFor = ({ signing }: PortalKeys) => openerOf(signing.map(rawKey));

/** The keys the chain in a document leads to; the document is not believed before they have opened it. */
const ledBy = (keys: PortalKeys, jws: string): PortalKeys | { why: string } => {
  const document = check(DesiredTrust, unverified(jws));
  return document.ok ? followed(keys, document.value.body.keySets) : { why: document.why };
};

/** The last set of a chain that leads on from the keys at hand, or why it does not. */
const followed = (
  from: PortalKeys,
  keySets: readonly string[],
): PortalKeys | { readonly why: string } => {
  // Who signed the set at hand was settled when it was taken; here it has only to be the same.
  const known = check(PortalKeys, unverified(keySets[from.version - 1]));
  if (!known.ok || same(known.value) !== same(from)) {
    return { why: `the chain does not hold key set ${from.version}, which this device has` };
  }
  let last = from;
  for (const keySet of keySets.slice(from.version)) {
    const next = openedBy(last, keySet);
    if ('why' in next) return { why: `key set ${last.version + 1}: ${next.why}` };
    if (next.version !== last.version + 1) return { why: `key set ${next.version} is out of turn` };
    last = next;
  }
  return last;
};

const openedBy = (keys: PortalKeys, jws: string | undefined): PortalKeys | { why: string } => {
  const opened = openerFor(keys)(jws ?? '', keySetAddress);
  if (!opened.ok) return { why: opened.why };
  const checked = check(PortalKeys, opened.payload);
  return checked.ok ? checked.value : { why: checked.why };
};

const same = (keys: PortalKeys): string => canonical(keys);
