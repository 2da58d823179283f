/**
 * A till for tests: a real local API over a real ledger on disk and the real cashier. Only the edges are
 * played: the reader, whose card the test taps, and the host, whose reply the test chooses.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../../config/index.ts';
import type { AccessBody, Audit, RefusalCode } from '../../../contract/index.ts';
import { Secret, type BaudFound, type CardRead, type Purchase } from '../../../drivers/index.ts';
import { openLedger } from '../../../agent/ledger/open.ts';
import { openSqlite } from '../../../agent/ledger/sqlite.ts';
import type { Ledger } from '../../../agent/ledger/ledger.ts';
import { accessOf } from '../../../agent/access/access.ts';
import { deskOf } from '../../../agent/configuration/desk.ts';
import type { KeptDocument } from '../../../agent/ledger/desired.ts';
import { configurationAt, configuredBy, laidBy } from '../../rigs/configuration.ts';
import { staffWrappingKey } from '../../rigs/staff.ts';
import { passwordHash, type Scrypt } from '../../../agent/identity/passwords.ts';
import { clerkOf, type Clerk } from '../../../agent/batches/closing.ts';
import { tallyOf } from '../../../agent/diagnostics/tally.ts';
import { startLocalApi } from '../../../agent/local-api/http.ts';
import { nodeWorld } from '../../../agent/node-world.ts';
import { ownClock, type OwnClock } from '../../../agent/own-clock.ts';
import { cashierOf } from '../../../agent/payments/cashier.ts';
import type { HostLine, HostReply, MoneyBody } from '../../../agent/payments/host-line.ts';
import type { MoneyKind } from '../../../contract/index.ts';
import { vaultOf } from '../../../agent/payments/vault.ts';
import type { CardEvent, Claim, Post, ReaderTest } from '../../../agent/readers/post.ts';
import type { PluggedIn } from '../../../agent/readers/plugged-in.ts';
import type { ReaderState } from '../../../agent/readers/session.ts';
import type { TraceEntry } from '../../../agent/readers/trace.ts';
import type { Shop } from '../../../agent/shop.ts';
import type { World } from '../../../agent/world.ts';
import { profileOf } from '../../../agent/profile.ts';

export const localKey = 'key-of-this-test';
const subject = { clientId: 'client-1', deviceId: 'device-1' };

/** The device's name, as secrets are sealed to it. */
export const tillDevice = 'client-1/device-1';

/** What is plugged in at every till: its reader, and one that nobody configured. */
export const playedPlugs: PluggedIn[] = [
  { line: 'serial', path: '/dev/ttyPLAYED', readerId: 'front' },
  {
    ...{ line: 'hid', path: '/dev/hidraw7', usbId: '0801:0011', usbPort: '1-3' },
    ...{ serialNumber: 'B1', maker: 'MagTek', model: 'Dynamag', protocol: 'magtek-hid' },
    ...{ takes: ['stripe'], quirks: ['It sends a report for every swipe.'] },
  },
];

/** A reader whose card the test taps. */
export class PlayedPost implements Post {
  readonly setting = { id: 'front', protocol: 'magtek-serial-line', path: '/dev/ttyPLAYED' };
  #state: ReaderState = { is: 'ready', identity: { firmware: 'played' } };
  #hear: ((event: CardEvent) => void) | undefined;
  /** What a test of the reader says; `undefined` never answers. */
  tested: ReaderTest | undefined = { passed: true, identity: {}, detail: 'It answers.' };

  state(): ReaderState {
    return this.#state;
  }

  start(): void {
    this.#state = { is: 'ready', identity: { firmware: 'played' } };
  }

  stop(): void {
    this.#state = { is: 'lost', why: 'unplugged', detail: 'pulled', losses: 1 };
  }

  claim(
    transactionId: string,
    _purchase: Purchase,
    hear: (event: CardEvent) => void,
  ): Claim | undefined {
    if (this.#state.is !== 'ready') return undefined;
    const { identity } = this.#state;
    this.#state = { is: 'busy', identity, transactionId };
    this.#hear = hear;
    const release = () => {
      if (this.#hear !== hear) return;
      this.#hear = undefined;
      this.#state = { is: 'ready', identity };
    };
    return { again: () => undefined, answer: () => undefined, release };
  }

  test(done: (result: ReaderTest) => void): boolean {
    if (this.#state.is !== 'ready') return false;
    if (this.tested !== undefined) done(this.tested);
    return true;
  }

  /** What looking for its baud rate comes to; `undefined` when it hangs on no serial port. */
  found: BaudFound | undefined = { ok: true, baudRate: 19_200 };

  findBaud(done: (found: BaudFound) => void): boolean {
    if (this.found !== undefined) done(this.found);
    return this.found !== undefined;
  }

  /** What went over its line. */
  readonly traced: TraceEntry[] = [];

  trace(after: number): readonly TraceEntry[] {
    return this.traced.filter(({ seq }) => seq > after);
  }

  tap(): void {
    this.#hear?.({ is: 'card', read: playedCard() });
  }
}

const playedCard = (): CardRead => ({
  card: { maskedPan: '545230*******7189', expiry: '3912', brand: 'mastercard', entryMode: 'chip' },
  entryMode: 'chip',
  securityLevel: 'encrypted',
  likeness: new Secret('5452300551227189|3912'),
  accountData: new Secret(new TextEncoder().encode('{"ksn":"01","track2":"00"}')),
});

/** A host whose reply the test chooses; without one it never answers. */
export class PlayedHost implements HostLine {
  online = true;
  reply:
    'approve' | 'approve half' | 'decline' | Exclude<HostReply, { is: 'answered' }> | undefined =
    'approve';

  canAsk(): boolean {
    return this.online;
  }

  ask(_kind: MoneyKind, body: MoneyBody, done: (r: HostReply) => void) {
    const { transactionId, attemptId, amount } = body;
    const { reply } = this;
    if (reply === undefined) return;
    queueMicrotask(() => {
      if (typeof reply !== 'string') return done(reply);
      const named = { transactionId, attemptId } as const;
      if (reply === 'decline') {
        return done({
          is: 'answered',
          answer: { ...named, result: 'declined', responseCode: '05' },
        });
      }
      const half = { value: Math.floor(amount.value / 2), currency: amount.currency };
      const much = reply === 'approve half' ? { approvedAmount: half } : {};
      const responseCode = reply === 'approve' ? '00' : '10';
      done({ is: 'answered', answer: { ...named, result: 'approved', responseCode, ...much } });
    });
  }

  wake(): void {}
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The body as JSON; what it holds is for the test to say. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Sending {
  readonly method?: 'GET' | 'POST' | 'HEAD' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A body as it is, for what JSON cannot say. */
  readonly raw?: string;
  readonly withoutKey?: boolean;
}

export interface Till {
  readonly port: number;
  readonly directory: string;
  readonly post: PlayedPost;
  readonly host: PlayedHost;
  readonly ledger: Ledger;
  readonly shop: Shop;
  /** Codes the shop says it is degraded by. */
  readonly faults: RefusalCode[];
  readonly logged: string[];
  readonly connects: { count: number };
  /** Passwords that were hashed, by what each cost. */
  readonly hashed: Scrypt[];
  /** Moved on by a test: the wall clock alone, or all time. */
  readonly shifted: Shifts;
  /** Another access document comes; issued now, unless told otherwise. */
  publish(body: AccessBody, issuedAt?: number): void;
  /** The acts the portal is told of, oldest first. */
  audits(): Audit[];
  /** The disk refuses to write, or does again. */
  breakDisk(broken: boolean): void;
  send(path: string, sending?: Sending): Promise<Reply>;
  /** Begins a sale of 42.50 USD under a key. */
  sell(key: string, fields?: object, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Ends it; its data stays when another till is to open it again. */
  close(keeping?: 'keeping its data'): Promise<void>;
}

/** How far time is moved, ms. */
export interface Shifts {
  wallMs: number;
  allMs: number;
}

/** As in the agent: once it is closed, no retry may reach the ledger any more. */
const ownWorld = (directory: string, shifted: Shifts): { world: World; clock: OwnClock } => {
  const real = nodeWorld(directory);
  const moved = {
    monotonicMs: () => real.clock.monotonicMs() + shifted.allMs,
    wallMs: () => real.clock.wallMs() + shifted.allMs + shifted.wallMs,
    after: real.clock.after,
  };
  const clock = ownClock(moved, (then) => then());
  const { dice, bootId } = real;
  return { world: { clock, dice, bootId, freeBytes: () => real.freeBytes() }, clock };
};

const clerkAt = (
  parts: { ledger: Ledger; world: World; settings: Settings },
  host: PlayedHost,
): Clerk =>
  clerkOf({
    ...{ ...parts, online: () => host.online },
    ...{ wake: () => undefined, tell: () => undefined },
  });

/** Whoever may use the till: the local key, and whoever a test publishes. */
const doorOf = (parts: { ledger: Ledger; world: World; settings: Settings }) => {
  const kept: { document?: KeptDocument } = {};
  const hashed: Scrypt[] = [];
  const access = accessOf({
    ...{ ...parts, localKey, wrappingKey: staffWrappingKey, document: () => kept.document },
    hash: (password, how) => {
      hashed.push(how);
      return passwordHash(password, how);
    },
    wake: () => undefined,
  });
  const publish: Till['publish'] = (body, issuedAt = parts.world.clock.wallMs()) => {
    kept.document = { version: (kept.document?.version ?? 0) + 1, issuedAt, body };
    access.changed();
  };
  return { access, hashed, publish };
};

const auditsIn = ({ upLog }: Ledger): Audit[] =>
  (upLog.run(1)?.entries ?? []).flatMap(({ type, body }) =>
    type === 'audit' ? [body as Audit] : [],
  );

/** A line that is never there; counts how often somebody wants it. */
const linkOf = (connects: { count: number }): Shop['link'] => ({
  status: () => ({
    ...{ state: 'waiting', doubtful: false, cloneSuspected: false },
    ...{ session: 1, retryInMs: 5_000 },
  }),
  connectNow: () => void (connects.count += 1),
});

/** Opens a till; `document` is its settings file, `data` where one lay that was closed. */
export const openTill = async (document: object = {}, data?: string): Promise<Till> => {
  const directory = data ?? mkdtempSync(join(tmpdir(), 'holdfast-till-'));
  const shifted: Shifts = { wallMs: 0, allMs: 0 };
  const { world, clock } = ownWorld(directory, shifted);
  const configured = configuredBy(laidBy({ ...document, api: { port: 0 } }));
  const { settings } = configured.inForce;
  const db = openSqlite(join(directory, 'ledger.sqlite'));
  const ledger = openLedger(() => db, subject, world);
  const post = new PlayedPost();
  const host = new PlayedHost();
  const posts = [post];
  const sealing = { keyId: 'seal-1', key: world.dice.bytes(32) };
  const vault = vaultOf(subject, () => sealing, world.dice.bytes(32), world.dice);
  const clerk = clerkAt({ ledger, world, settings }, host);
  const tell = () => clerk.look();
  const cashier = cashierOf({ ledger, world, settings, host, posts, vault, tell });
  const faults: RefusalCode[] = [];
  const logged: string[] = [];
  const connects = { count: 0 };
  const { access, hashed, publish } = doorOf({ ledger, world, settings });
  const configuration = configurationAt(configured, { ledger, world });
  configuration.start();
  const shop: Shop = {
    subject,
    profile: () => profileOf({ hostName: 'till', node: '20.19.0', arch: 'arm64' }, settings),
    settings,
    configuration: deskOf(ledger, configured.inForce, configuration),
    ledger,
    cashier,
    clerk,
    access,
    posts,
    pluggedIn: () => playedPlugs,
    link: linkOf(connects),
    identity: () => ({ state: 'active', keySet: 1 }),
    tally: tallyOf(),
    faults: () => faults,
    freeBytes: () => world.freeBytes(),
  };
  const log = (event: string, fields: object) => {
    logged.push(`${event} ${JSON.stringify(fields)}`);
  };
  const api = await startLocalApi({ shop, log, clock: world.clock });
  const send: Till['send'] = (path, sending = {}) => exchange(api.port, path, sending);
  moveIn(directory, api.port);
  return {
    ...{ port: api.port, directory, post, host, ledger, shop, faults, logged, connects },
    ...{ hashed, shifted, publish, audits: () => auditsIn(ledger) },
    breakDisk: (broken) => void db.pragma(`query_only = ${broken ? 'ON' : 'OFF'}`),
    send,
    sell: (key, fields = {}, headers = {}) =>
      send('/v1/transactions', {
        method: 'POST',
        body: { type: 'sale', amount: { value: 4250, currency: 'USD' }, ...fields },
        headers: { 'Idempotency-Key': key, ...headers },
      }),
    close: async (keeping) => {
      access.stop();
      await api.close();
      clock.callOffAll();
      if (db.open) ledger.close();
      if (keeping === undefined) rmSync(directory, { recursive: true, force: true });
    },
  };
};

/** What the agent leaves in its data directory for the CLI. */
const moveIn = (directory: string, port: number): void => {
  mkdirSync(join(directory, 'identity'), { recursive: true });
  writeFileSync(join(directory, 'identity/local.key'), `${localKey}\n`, { mode: 0o600 });
  writeFileSync(join(directory, 'api.json'), JSON.stringify({ url: `http://127.0.0.1:${port}` }));
};

const exchange = (port: number, path: string, sending: Sending): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body, raw, withoutKey = false } = sending;
    const text = raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const outgoing = request({
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: false,
      headers: {
        ...(withoutKey ? {} : { 'x-api-key': localKey }),
        ...(text === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () => {
        const whole = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Reply['headers'],
          text: whole,
          body: whole.startsWith('{') ? (JSON.parse(whole) as Reply['body']) : {},
        });
      });
    });
    outgoing.end(text);
  });
