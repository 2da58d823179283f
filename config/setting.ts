/** A setting: the columns of the table of settings, and the words its rows are written with. */
import { Type, type Static, type TSchema } from 'typebox';

/** Who may set a setting: any layer, the portal's documents only, or what lies on the device only. */
export type SetBy = 'anyone' | 'portal' | 'device';

/**
 * How a new value takes effect: `live` from one moment to the next, `idle` where a part has to begin anew
 * (it is tried there first), `restart` with the next start of the agent. None while a transaction runs.
 */
export type Applies = 'live' | 'idle' | 'restart';

export interface SettingRow {
  /** A sentence for people. */
  readonly says: string;
  readonly schema: TSchema;
  readonly default: unknown;
  readonly unit?: string;
  readonly setBy: SetBy;
  readonly applies: Applies;
  /** Whether its value may hold a secret, and is shown without it. */
  readonly secret: boolean;
}

type Row<S extends TSchema> = SettingRow & { readonly schema: S; readonly default: Static<S> };

/** A row anyone may set, live, without a secret. */
export const row = <S extends TSchema>(
  says: string,
  schema: S,
  fallback: Static<S>,
  unit?: string,
): Row<S> => ({
  ...{ says, schema, default: fallback, setBy: 'anyone', applies: 'live', secret: false },
  ...(unit === undefined ? {} : { unit }),
});

/** What the portal alone may set. */
export const byPortal = <R extends SettingRow>(held: R): R => ({ ...held, setBy: 'portal' });

/** What is set on the device alone, and read when the agent starts. */
export const onDevice = <R extends SettingRow>(held: R): R => ({
  ...{ ...held, setBy: 'device', applies: 'restart' },
});

/** What makes a part begin anew. */
export const whenIdle = <R extends SettingRow>(held: R): R => ({ ...held, applies: 'idle' });

export const withSecret = <R extends SettingRow>(held: R): R => ({ ...held, secret: true });

export const whole = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });

/** Text of one line. */
export const line = (maxLength: number) => Type.String({ maxLength, pattern: '^[^\\p{C}]*$' });

/** Decimal amounts by currency; `default` stands for every currency that is not named. */
export const MoneyLimits = Type.Record(
  Type.String(),
  Type.String({ pattern: '^[0-9]{1,8}(\\.[0-9]{1,3})?$' }),
);
export type MoneyLimits = Static<typeof MoneyLimits>;

/** Lines of a receipt; a printer of 32 columns takes two for a long one. */
export const receiptLines = Type.Array(Type.String({ maxLength: 42, pattern: '^[^\\p{Cc}]*$' }), {
  maxItems: 6,
});

/** What a reader hangs on, as settings name it. */
const readerLine = Type.Enum(['serial', 'hid', 'tcp']);

/** A reader fixed by configuration: a name for people, its protocol, and where it is plugged in. */
export const ReaderSetting = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
    protocol: Type.String({ minLength: 1, maxLength: 64 }),
    /** What it hangs on; the protocol's usual line unless named. */
    line: Type.Optional(readerLine),
    /** `/dev/…`, a USB port (`usb:1-1.2`), USB numbers (`usb:0801:0011`), or `host:port` on tcp. */
    path: Type.String({ minLength: 1, maxLength: 512 }),
    /** Tells readers of one kind apart; a reader that says another one is not used. */
    serialNumber: Type.Optional(Type.String({ pattern: '^[\\x21-\\x7E]{1,64}$' })),
    baudRate: Type.Optional(whole(300, 921_600)),
    allowClearCards: Type.Optional(Type.Boolean()),
    options: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  },
  { additionalProperties: false },
);
export type ReaderSetting = Static<typeof ReaderSetting>;

/** What is wrong with settings; `path` is the one it is wrong at. */
export interface SettingFault {
  readonly path?: string;
  readonly why: string;
}
