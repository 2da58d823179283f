/**
 * The portal's keys, as this device trusts them: what it says is checked against those of the key set in
 * force, and card data is sealed to that set's key. Sets change by the `trust` document only: a chain that
 * holds the set at hand, each signed by the one before it: a device that slept through five can follow.
 */
import { canonical, check, DesiredTrust, keySetAddress, PortalKeys } from '../../contract/index.ts';
import type { SealingKey } from '../payments/vault.ts';
import { sealerTo } from './hpke.ts';
import { openerOf, unverified, type Addressed, type Opened } from './jws.ts';

export interface PortalTrust {
  /** Opens what the portal signed. A `trust` document is opened with the keys its own chain leads to. */
  open(jws: string, expected: Addressed): Opened;
  /** What card data is sealed to. */
  sealing(): SealingKey;
  /** The number of the key set in force. */
  version(): number;
  /**
   * Follows a chain of key sets; changes nothing where it does not lead on. Throws what keeping them throws,
   * and follows none of them then.
   */
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
  const place = keySets.findIndex((keySet) => {
    const known = check(PortalKeys, unverified(keySet));
    return known.ok && same(known.value) === same(from);
  });
  if (place === -1) {
    return { why: `the chain does not hold key set ${from.version}, which this device has` };
  }
  let last = from;
  for (const keySet of keySets.slice(place + 1)) {
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
  if (!checked.ok) return { why: checked.why };
  const why = portalKeysFault(checked.value);
  return why === undefined ? checked.value : { why };
};

/** Why these keys are of no use: curves have points that are no keys, and the first sale would find out. */
export const portalKeysFault = (keys: PortalKeys): string | undefined => {
  try {
    openerFor(keys);
    const nothing = { info: 'a trial', aad: '' };
    sealerTo(rawKey(keys.sealing).key)(new Uint8Array(1), nothing, new Uint8Array(32).fill(1));
    return undefined;
  } catch {
    return 'it holds a key nothing can be checked with or sealed to';
  }
};

const same = (keys: PortalKeys): string => canonical(keys);
