/**
 * The access desk: who may do what on the devices of a client, kept and told to each of them.
 *
 * Passwords, recovery codes and API keys are kept as what checks them. The secret of a TOTP has to be sealed
 * anew for every device that comes, so it is kept as it is, beside the portal's own keys.
 */
import {
  accessLimits,
  AccessUser,
  check,
  ClientApplication,
  linkLimits,
  roles,
  scopes,
  subjectName,
  type AccessBody,
  type Subject,
} from '../../contract/index.ts';
import type { Sqlite } from '../../agent/ledger/sqlite.ts';
import type { World } from '../../agent/world.ts';
import {
  drawnKey,
  drawnRecoveryCode,
  drawnTotpSecret,
  keptPassword,
  otpauthUri,
  sealedTotp,
} from './credentials.ts';
import type { DesiredDocuments } from './desired.ts';
import { subjectOf, type Devices } from './devices.ts';

/** Characters of a password, as PCI DSS 8.3.6 has the fewest. */
export const passwordCharacters = { fewest: 12, most: 256 } as const;

const recoveryCodes = 6;

/** A wrapping key of no device, for what has only to be measured. */
const anyKey = new Uint8Array(32).fill(9);

/** Somebody as the portal is told of them; what is left out stays. */
export interface PersonOrder {
  readonly userId: string;
  readonly name: string;
  readonly role: string;
  readonly password?: string;
  readonly disabled?: boolean;
  /** Draws another TOTP secret and other recovery codes; what there were are worth nothing then. */
  readonly newCodes?: boolean;
}

/** What is told once, and never again. */
export interface ToldOnce {
  readonly totp?: string;
  readonly recoveryCodes?: readonly string[];
}

export interface AccessRefused {
  readonly code: 'malformed' | 'not_found' | 'conflict';
  readonly why: string;
}

export interface AccessDeskOptions {
  readonly db: Sqlite;
  readonly world: World;
  readonly devices: Devices;
  readonly desired: DesiredDocuments;
  /** What a password costs to check; the usual unless told otherwise. */
  readonly passwordCost?: Parameters<typeof keptPassword>[2];
}

interface Person {
  readonly kept: Omit<AccessUser, 'totp'>;
  /** In hex. */
  readonly totpSecret?: string;
}

type Order = Omit<ClientApplication, 'keys'>;

const refused = (code: AccessRefused['code'], why: string): AccessRefused => ({ code, why });

export class AccessDesk {
  readonly #options: AccessDeskOptions;

  constructor(options: AccessDeskOptions) {
    this.#options = options;
  }

  people(clientId: string): readonly { userId: string; name: string; role: string }[] {
    return this.#people(clientId).map(({ kept, totpSecret }) => ({
      ...{ userId: kept.userId, name: kept.name, role: kept.role },
      ...{ disabled: kept.disabled === true, hasTotp: totpSecret !== undefined },
    }));
  }

  applications(clientId: string): readonly (Order & { keyIds: readonly string[] })[] {
    return this.#applications(clientId).map(({ keys, ...rest }) => ({
      ...rest,
      keyIds: keys.map(({ keyId }) => keyId),
    }));
  }

  /** Puts somebody on the list, or changes them; every device of the client is told. */
  async putPerson(clientId: string, order: PersonOrder): Promise<ToldOnce | AccessRefused> {
    const { world, passwordCost } = this.#options;
    const fault = faultOf(order);
    if (fault !== undefined) return refused('malformed', fault);
    const { password } = order;
    const hashed =
      password === undefined ? undefined : await keptPassword(password, world.dice, passwordCost);
    // While it was hashed somebody else may have changed them.
    const before = this.#people(clientId).find(({ kept }) => kept.userId === order.userId);
    const hash = hashed ?? before?.kept.password;
    if (hash === undefined) return refused('malformed', 'somebody new needs a password');
    const codes = isDrawnFor(order, before) ? drawnCodes(world) : undefined;
    const person = personFrom(order, before, { hash, codes });
    const checked = check(AccessUser, person.kept);
    if (!checked.ok) return refused('malformed', checked.why);
    const full = this.#changed(clientId, () => this.#keepPerson(clientId, person));
    return full ?? toldOnce(clientId, order.userId, codes);
  }

  /** Takes somebody off the list. */
  dropPerson(clientId: string, userId: string): AccessRefused | undefined {
    return this.#dropped(clientId, 'person', 'user_id', userId);
  }

  /** Puts an application on the list, or changes it; its keys stay. */
  putApplication(clientId: string, order: Order): AccessRefused | undefined {
    const before = this.#application(clientId, order.applicationId);
    const application = { ...order, keys: before?.keys ?? [] };
    const checked = check(ClientApplication, application);
    if (!checked.ok) return refused('malformed', checked.why);
    const odd = order.scopes.find((scope) => !scopes.some((known) => known === scope));
    if (odd !== undefined) return refused('malformed', `scopes are of ${scopes.join(', ')}`);
    return this.#changed(clientId, () => this.#keepApplication(clientId, application));
  }

  /** Gives an application a new key; those before it are worth nothing from now on. */
  newKey(clientId: string, applicationId: string): { key: string } | AccessRefused {
    const application = this.#application(clientId, applicationId);
    if (application === undefined) return unknown('application');
    const { text, kept } = drawnKey(this.#options.world.dice);
    const changed = { ...application, keys: [kept] };
    return this.#changed(clientId, () => this.#keepApplication(clientId, changed)) ?? { key: text };
  }

  dropApplication(clientId: string, applicationId: string): AccessRefused | undefined {
    return this.#dropped(clientId, 'application', 'application_id', applicationId);
  }

  /** Tells a device that was heard for the first time. */
  lead(subject: Subject): void {
    const { desired } = this.#options;
    if (desired.find(subject, 'access') !== undefined) return;
    const body = this.#bodyFor(subject);
    if (body.users.length + body.applications.length === 0) return;
    desired.put(subject, 'access', body);
  }

  #dropped(
    clientId: string,
    table: 'person' | 'application',
    column: string,
    id: string,
  ): AccessRefused | undefined {
    const drop = this.#options.db.prepare(
      `delete from ${table} where client_id = ? and ${column} = ?`,
    );
    let isGone = false;
    const full = this.#changed(clientId, () => (isGone = drop.run(clientId, id).changes > 0));
    return full ?? (isGone ? undefined : unknown(table));
  }

  /** Changes the lists if every device can still be told, and tells them. */
  #changed(clientId: string, change: () => void): AccessRefused | undefined {
    const { db, devices, desired } = this.#options;
    const subjects = devices
      .all()
      .filter(({ retired }) => retired === 0)
      .map(({ device }) => subjectOf(device))
      .filter((subject) => subject.clientId === clientId);
    const full = new Error('The list is full.');
    try {
      const bodies = db.transaction(() => {
        change();
        const made = subjects.map((subject) => [subject, this.#bodyFor(subject)] as const);
        // One that is still to come has a wrapping key, and is told all there is.
        const toCome = this.#bodyFor({ clientId, deviceId: '' }, anyKey);
        if (![toCome, ...made.map(([, body]) => body)].every(isTold)) throw full;
        return made;
      })();
      for (const [subject, body] of bodies) desired.put(subject, 'access', body);
      return undefined;
    } catch (error) {
      if (error !== full) throw error;
      const { users, applications } = accessLimits;
      return refused(
        'conflict',
        `a device can be told of ${users} people and ${applications} applications, ` +
          `and of ${linkLimits.messageBytes} bytes in all; drop some first`,
      );
    }
  }

  #bodyFor(subject: Subject, wrappingKey = this.#wrappingKeyOf(subject)): AccessBody {
    const { clientId } = subject;
    const device = subjectName(subject);
    const users = this.#people(clientId).map(({ kept, totpSecret }) => {
      if (totpSecret === undefined || wrappingKey === undefined) return kept;
      const secret = new Uint8Array(Buffer.from(totpSecret, 'hex'));
      const to = { wrappingKey, device, userId: kept.userId };
      return { ...kept, totp: { sealed: sealedTotp(secret, to, this.#options.world.dice) } };
    });
    return { users, applications: [...this.#applications(clientId)] };
  }

  #wrappingKeyOf({ clientId, deviceId }: Subject): Uint8Array | undefined {
    const row = this.#options.db
      .prepare<[string, string], { key: string }>(
        `select wrapping_key as key from registration
         where client_id = ? and device_id = ? and wrapping_key is not null`,
      )
      .get(clientId, deviceId);
    return row && new Uint8Array(Buffer.from(row.key, 'base64'));
  }

  #people(clientId: string): readonly Person[] {
    return this.#options.db
      .prepare<[string], { body: string }>(
        'select body from person where client_id = ? order by user_id',
      )
      .all(clientId)
      .map(({ body }) => JSON.parse(body) as Person);
  }

  #applications(clientId: string): readonly ClientApplication[] {
    return this.#options.db
      .prepare<[string], { body: string }>(
        'select body from application where client_id = ? order by application_id',
      )
      .all(clientId)
      .map(({ body }) => JSON.parse(body) as ClientApplication);
  }

  #application(clientId: string, applicationId: string): ClientApplication | undefined {
    return this.#applications(clientId).find((each) => each.applicationId === applicationId);
  }

  #keepPerson(clientId: string, person: Person): void {
    this.#options.db
      .prepare(
        `insert into person (client_id, user_id, body) values (?, ?, ?)
         on conflict (client_id, user_id) do update set body = excluded.body`,
      )
      .run(clientId, person.kept.userId, JSON.stringify(person));
  }

  #keepApplication(clientId: string, application: ClientApplication): void {
    this.#options.db
      .prepare(
        `insert into application (client_id, application_id, body) values (?, ?, ?)
         on conflict (client_id, application_id) do update set body = excluded.body`,
      )
      .run(clientId, application.applicationId, JSON.stringify(application));
  }
}

const unknown = (what: string): AccessRefused =>
  refused('not_found', `this client has no such ${what === 'person' ? 'user' : what}`);

const faultOf = ({ role, password }: PersonOrder): string | undefined => {
  if (!roles.some((known) => known === role)) return `role is one of ${roles.join(', ')}`;
  const { fewest, most } = passwordCharacters;
  const isFit = password === undefined || (password.length >= fewest && password.length <= most);
  return isFit ? undefined : `a password has ${fewest} to ${most} characters`;
};

/** Whether somebody gets a TOTP secret and recovery codes now: when asked for, or needed and not there. */
const isDrawnFor = ({ role, newCodes }: PersonOrder, before: Person | undefined): boolean =>
  newCodes ?? ((role === 'technician' || role === 'admin') && before?.totpSecret === undefined);

type Codes = ReturnType<typeof drawnCodes>;

const personFrom = (
  { userId, name, role, disabled }: PersonOrder,
  before: Person | undefined,
  { hash, codes }: { hash: AccessUser['password']; codes: Codes | undefined },
): Person => {
  const isDisabled = disabled ?? before?.kept.disabled === true;
  const totpSecret = codes?.secret ?? before?.totpSecret;
  return {
    kept: {
      ...{ userId, name, role, password: hash },
      recoveryCodes: codes?.codes.map(({ kept }) => kept) ?? before?.kept.recoveryCodes ?? [],
      ...(isDisabled ? { disabled: true } : {}),
    },
    ...(totpSecret === undefined ? {} : { totpSecret }),
  };
};

const drawnCodes = ({ dice }: World) => ({
  secret: Buffer.from(drawnTotpSecret(dice)).toString('hex'),
  codes: Array.from({ length: recoveryCodes }, () => drawnRecoveryCode(dice)),
});

const toldOnce = (clientId: string, userId: string, drawn: Codes | undefined): ToldOnce => {
  if (drawn === undefined) return {};
  const secret = new Uint8Array(Buffer.from(drawn.secret, 'hex'));
  return {
    totp: otpauthUri(secret, clientId, userId),
    recoveryCodes: drawn.codes.map(({ text }) => text),
  };
};

/** Bytes a message has besides its body: its subject, and as a JWS its header and signature. */
const aroundBytes = 1_024;

// Base64url makes four bytes of three.
const isTold = (body: AccessBody): boolean =>
  body.users.length <= accessLimits.users &&
  body.applications.length <= accessLimits.applications &&
  (Buffer.byteLength(JSON.stringify(body)) * 4) / 3 + aroundBytes <= linkLimits.messageBytes;
