/**
 * The key ring: every key set the portal ever had, so that what was sealed to an old one stays decidable, and
 * the chain that leads devices from any of them to the one in force.
 */
import { keySetAddress, keySetsMost } from '../../contract/index.ts';
import type { PortalKeys as PublicKeys } from '../../contract/index.ts';
import { signerOf } from '../../agent/identity/jws.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import { portalKeys, portalKeysFile, type KeyPair, type PortalKeys } from './keys.ts';

/** What a key set is made from: 32 bytes each. */
export interface KeySeeds {
  readonly signing: Uint8Array;
  readonly sealing: Uint8Array;
}

interface Kept {
  readonly version: number;
  readonly signingSeed: Uint8Array;
  readonly sealingSeed: Uint8Array;
  readonly statement: string;
}

const selection = `select version, signing_seed as signingSeed, sealing_seed as sealingSeed, statement
  from key_set order by version`;

export class KeyRing {
  readonly #db: Sqlite;
  #sets: { readonly keys: PortalKeys; readonly statement: string }[];

  /** The ring in a store; `first` is the first set, for a store that has none yet. */
  constructor(db: Sqlite, first: PortalKeys) {
    this.#db = db;
    this.#sets = this.#read();
    if (this.#sets.length > 0) return;
    this.#keep(first, statementOf(first, 1, first.signing));
  }

  /** The set in force. */
  current(): PortalKeys {
    return this.#last().keys;
  }

  /** Its public halves, as a device is given them. */
  file(): PublicKeys {
    return portalKeysFile(this.current(), this.#sets.length);
  }

  /** The key of this name that data was sealed to, of whatever set. */
  sealingOf(keyId: string): KeyPair | undefined {
    return this.#sets.find(({ keys }) => keys.sealing.keyId === keyId)?.keys.sealing;
  }

  /** The chain: every set from the first on, signed by the one before it. */
  chain(): string[] {
    return this.#sets.map(({ statement }) => statement);
  }

  /** Whether devices could follow the chain to one set more. */
  mayRotate(): boolean {
    return this.#sets.length < keySetsMost;
  }

  /** Puts another set in force, signed by the present one. */
  rotate(seeds: KeySeeds): void {
    if (!this.mayRotate()) throw new Error('No device could follow this chain any more.');
    const next = portalKeys(seeds);
    this.#keep(next, statementOf(next, this.#sets.length + 1, this.current().signing));
  }

  #keep({ signing, sealing }: PortalKeys, statement: string): void {
    this.#db
      .prepare('insert into key_set (signing_seed, sealing_seed, statement) values (?, ?, ?)')
      .run(Buffer.from(signing.seed), Buffer.from(sealing.seed), statement);
    this.#sets = this.#read();
  }

  #read() {
    return this.#db
      .prepare<[], Kept>(selection)
      .all()
      .map(({ signingSeed, sealingSeed, statement }) => ({
        keys: portalKeys({
          signing: new Uint8Array(signingSeed),
          sealing: new Uint8Array(sealingSeed),
        }),
        statement,
      }));
  }

  #last() {
    const last = this.#sets.at(-1);
    if (last === undefined) throw new Error('A key ring has a first set.');
    return last;
  }
}

const statementOf = (keys: PortalKeys, version: number, by: KeyPair): string =>
  signerOf(by.keyId, by.seed)(portalKeysFile(keys, version), keySetAddress);
