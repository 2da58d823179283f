/** Devices: where each one stands with the portal, in its session and in both logs. */
import { chainStart, subjectName, type Subject } from '../../contract/index.ts';
import { sha256 } from '../../agent/identity/digest.ts';
import type { Sqlite, Statement } from '../../agent/ledger/sqlite.ts';

/** The most devices one reference portal keeps; one more is not taken in. */
export const devicesMost = 10_000;

/** Where a device stands. `device` is `client/device`; `session` 0 means none was heard of. */
export interface Standing {
  readonly device: string;
  readonly session: number;
  readonly online: 0 | 1;
  /** The head that the birth of this session named, or its first frame; `null` until one has. */
  readonly gateEpoch: number | null;
  readonly gateHead: number | null;
  readonly upEpoch: number;
  readonly upThrough: number;
  readonly upHash: string;
  /** The highest up epoch the device was ever known to be in. */
  readonly epochSeen: number;
  readonly downEpoch: number;
  readonly downTaken: number;
  /** The session whose first `down/ack` was heard. */
  readonly downSession: number;
  /** Whether its log came from a file because the device is dead; it is heard no more. */
  readonly retired: 0 | 1;
}

const columns = {
  session: 'session',
  online: 'online',
  gateEpoch: 'gate_epoch',
  gateHead: 'gate_head',
  upEpoch: 'up_epoch',
  upThrough: 'up_through',
  upHash: 'up_hash',
  epochSeen: 'epoch_seen',
  downEpoch: 'down_epoch',
  downTaken: 'down_taken',
  downSession: 'down_session',
  retired: 'retired',
} as const satisfies Record<Exclude<keyof Standing, 'device'>, string>;

type Change = Partial<Omit<Standing, 'device'>>;

const selection = `select device, ${Object.entries(columns)
  .map(([name, column]) => `${column} as ${name}`)
  .join(', ')} from device`;

/** The subject a device's name stands for. */
export const subjectOf = (device: string): Subject => {
  const [clientId = '', deviceId = ''] = device.split('/');
  return { clientId, deviceId };
};

export class Devices {
  readonly #db: Sqlite;
  readonly #one;
  readonly #revoked;
  readonly #changes = new Map<string, Statement<[Change & { device: string }]>>();

  constructor(db: Sqlite) {
    this.#db = db;
    this.#one = db.prepare<[string], Standing>(`${selection} where device = ?`);
    this.#revoked = db.prepare<[string, string]>(
      'select 1 from registration where client_id = ? and device_id = ? and revoked = 1',
    );
  }

  /** Where a device stands; one that is new is written down, unless there are too many. */
  of(subject: Subject): Standing | undefined {
    const device = subjectName(subject);
    const known = this.find(device);
    if (known !== undefined) return known;
    const { count } = this.#db
      .prepare<[], { count: number }>('select count(*) as count from device')
      .get() ?? { count: 0 };
    if (count >= devicesMost) return undefined;
    this.#db
      .prepare('insert into device (device, up_hash) values (?, ?)')
      .run(device, chainStart(subject, 1, sha256));
    return this.find(device);
  }

  /** Where a device stands that was heard of before. */
  find(device: string): Standing | undefined {
    return this.#one.get(device);
  }

  all(): readonly Standing[] {
    return this.#db.prepare<[], Standing>(`${selection} order by device`).all();
  }

  /** Nobody is known to be online: whoever is says so, or the broker has kept that they did. */
  forgetPresence(): void {
    this.#db.prepare('update device set online = 0').run();
  }

  /** Whether the portal has taken a device's certificates back. */
  isRevoked(device: string): boolean {
    const { clientId, deviceId } = subjectOf(device);
    return this.#revoked.get(clientId, deviceId) !== undefined;
  }

  /** Whether the portal takes nothing new of a device: it was revoked, or its log came from a file. */
  isOut(device: string): boolean {
    return this.find(device)?.retired === 1 || this.isRevoked(device);
  }

  /** Writes down what changed. */
  change(device: string, change: Change): void {
    const names = Object.keys(columns).filter((name): name is keyof typeof columns =>
      Object.hasOwn(change, name),
    );
    const setting = names.map((name) => `${columns[name]} = @${name}`).join(', ');
    const kept = this.#changes.get(setting);
    const statement =
      kept ?? this.#db.prepare(`update device set ${setting} where device = @device`);
    this.#changes.set(setting, statement);
    statement.run({ ...change, device });
  }
}
