/**
 * Shared documents: what is wanted of every device of a client, or of a group. Each is signed once for all
 * of them, and every one of them is sent the same bytes.
 */
import { addresseeOf, linkLimits, type Desired, type Subject } from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { Clock } from '../../agent/world.ts';
import { versionAfter } from './desired.ts';
import type { Post } from './post.ts';

/** Whose devices a document is for: a client's, or a group's of that client. */
export interface Many {
  readonly clientId: string;
  readonly groupId?: string;
}

/** Settings, nested as in `holdfast.json`. */
export type SettingsBody = Readonly<Record<string, unknown>>;

export interface SharedDocument {
  readonly version: number;
  readonly settings: SettingsBody;
}

interface Row {
  readonly version: number;
  readonly issuedAt: number;
  readonly body: string;
  readonly keyId: string;
  readonly signed: string;
}

interface Drawn {
  readonly version: number;
  readonly issuedAt: number;
  readonly body: string;
}

export interface SharedDocumentsOptions {
  readonly db: Sqlite;
  readonly clock: Clock;
  readonly post: Post;
}

export class SharedDocuments {
  readonly #options: SharedDocumentsOptions;
  readonly #one;
  readonly #keep;

  constructor(options: SharedDocumentsOptions) {
    this.#options = options;
    this.#one = options.db.prepare<[string], Row>(
      `select version, issued_at as issuedAt, body, key_id as keyId, signed
       from shared_document where addressee = ?`,
    );
    this.#keep = options.db.prepare<[Row & { addressee: string }]>(
      `insert into shared_document (addressee, version, issued_at, body, key_id, signed)
       values (@addressee, @version, @issuedAt, @body, @keyId, @signed)
       on conflict (addressee) do update set version = excluded.version,
         issued_at = excluded.issued_at, body = excluded.body,
         key_id = excluded.key_id, signed = excluded.signed`,
    );
  }

  find(many: Many): SharedDocument | undefined {
    const row = this.#one.get(addresseeOf(many));
    if (row === undefined) return undefined;
    const { settings } = JSON.parse(row.body) as { settings: SettingsBody };
    return { version: row.version, settings };
  }

  /** Signs the next version; its number, or `undefined` where no message could hold it. */
  put(many: Many, settings: SettingsBody): number | undefined {
    const issuedAt = this.#options.clock.wallMs();
    const version = versionAfter(this.find(many)?.version, issuedAt);
    const row = this.#signed(many, { version, issuedAt, body: JSON.stringify({ settings }) });
    if (row.signed.length > linkLimits.messageBytes) return undefined;
    this.#keep.run({ addressee: addresseeOf(many), ...row });
    return version;
  }

  /** Sends a device the present version, if there is one. */
  send(to: Subject, of: Many): void {
    const kept = this.#one.get(addresseeOf(of));
    if (kept === undefined) return;
    const { post } = this.#options;
    const isInForce = kept.keyId === post.keyId();
    const row = isInForce ? kept : this.#signed(of, kept);
    // The keys were rotated: signed anew for the first device, it is the same for the others.
    if (!isInForce) this.#keep.run({ ...row, addressee: addresseeOf(of) });
    post.hand(to, channelOf(of), row.signed);
  }

  #signed(many: Many, { version, issuedAt, body }: Drawn): Row {
    const { post } = this.#options;
    const document: Desired = {
      ...{ kind: kindOf(many), subject: { ...many }, version, issuedAt },
      body: JSON.parse(body) as unknown,
    };
    const signed = post.sign(document, { typ: channelOf(many), sub: addresseeOf(many) });
    return { version, issuedAt, body, keyId: post.keyId(), signed };
  }
}

const kindOf = ({ groupId }: Many) => (groupId === undefined ? 'client' : 'group');

const channelOf = (many: Many) => `desired/${kindOf(many)}` as const;
