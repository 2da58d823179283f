/**
 * The table of settings: name, shape, default, unit, who may set it, how it takes effect, and what it is for,
 * one row a setting.
 *
 * From it come the types, the checks, `docs/settings.md` and the JSON Schemas. In `holdfast.json` and in the
 * portal's documents a name like `offline.countLimit` is `{ "offline": { "countLimit": … } }`; in the
 * environment it is `HOLDFAST_OFFLINE_COUNT_LIMIT`, its value JSON (or plain text for a string).
 */
import { Type, type Static } from 'typebox';
import { deviceTypes, entryModes } from '../contract/index.ts';
import { brokerUrlPattern } from './broker-url.ts';
import {
  byPortal,
  line,
  MoneyLimits,
  onDevice,
  ReaderSetting,
  receiptLines,
  row,
  whenIdle,
  whole,
  withSecret,
  type SettingRow,
} from './setting.ts';

/** HH:MM. */
const timeOfDay = '([01][0-9]|2[0-3]):[0-5][0-9]';

/** Every setting there is. */
export const settings = {
  'api.host': onDevice(
    row(
      'The address the local API listens on; loopback only, until it has TLS.',
      Type.Enum(['127.0.0.1', '::1']),
      '127.0.0.1',
    ),
  ),
  'api.port': onDevice(row('The port of the local API.', whole(0, 65_535), 7420)),
  name: byPortal(row('What the device’s group is called at the portal.', line(64), '')),
  industry: byPortal(
    row('The group’s line of business as the portal has it, like retail.', line(64), ''),
  ),
  posMode: byPortal(
    row(
      'The group’s POS mode as the portal has it, like magnetic; shown, not judged.',
      line(64),
      '',
    ),
  ),
  status: byPortal(
    row('The state of the group: nothing new is sold unless it is active.', line(64), 'active'),
  ),
  'policy.portalOnly': byPortal(
    row(
      'Settings, or sections like `offline`, that a file or the environment of the device may not touch.',
      Type.Array(line(64), { maxItems: 100, uniqueItems: true }),
      [],
    ),
  ),
  'configuration.window': row(
    'When a new version may take effect: HH:MM-HH:MM in timeZone, past midnight too. Empty: at any time.',
    Type.String({ pattern: `^$|^${timeOfDay}-${timeOfDay}$` }),
    '',
  ),
  'configuration.confirmWithinSeconds': row(
    'How long a new version has to prove itself, where it changes link or readers; then it is undone.',
    whole(5, 3_600),
    120,
    's',
  ),
  'session.idleMinutes': row(
    'How long somebody who signed in stays so without doing anything.',
    whole(1, 720),
    15,
    'min',
  ),
  'session.hours': row('How long somebody who signed in stays so at most.', whole(1, 24), 12, 'h'),
  'link.brokerUrl': whenIdle(
    withSecret(
      row(
        'The portal’s MQTT broker: mqtts://host:port, or mqtt:// on loopback only. Empty: no portal yet.',
        Type.String({ pattern: `^$|${brokerUrlPattern}`, maxLength: 512 }),
        '',
      ),
    ),
  ),
  'link.keepaliveSeconds': whenIdle(
    row('How often an idle connection is probed.', whole(5, 3_600), 300, 's'),
  ),
  'link.connectWithinMs': whenIdle(
    row('How long a connection may take to come up.', whole(500, 120_000), 15_000, 'ms'),
  ),
  'link.firstConnectWithinMs': row(
    'The first connection after a start waits a random time up to this; a whole street comes back at once.',
    whole(0, 300_000),
    30_000,
    'ms',
  ),
  'link.reconnectFromMs': row(
    'The first wait before reconnecting; doubles each time.',
    whole(50, 60_000),
    5_000,
    'ms',
  ),
  'link.reconnectUpToMs': row(
    'The longest wait before reconnecting.',
    whole(100, 3_600_000),
    600_000,
    'ms',
  ),
  'link.stableAfterMs': row(
    'A session that lasted this long resets the wait before reconnecting.',
    whole(100, 3_600_000),
    300_000,
    'ms',
  ),
  'link.ackWithinMs': row(
    'How long the portal may take to acknowledge facts before they are sent again.',
    whole(200, 300_000),
    10_000,
    'ms',
  ),
  'host.answerWithinMs': row(
    'How long the host may take to answer a live request; then the outcome is unknown and is reversed.',
    whole(200, 120_000),
    45_000,
    'ms',
  ),
  readers: whenIdle(
    row('The card readers of this device.', Type.Array(ReaderSetting, { maxItems: 8 }), []),
  ),
  'reader.automatic': whenIdle(
    row(
      'Whether, with no reader named, every reader that is plugged in and whose model is known is used.',
      Type.Boolean(),
      false,
    ),
  ),
  'reader.cardWithinMs': row(
    'How long a sale waits for a card.',
    whole(1_000, 600_000),
    60_000,
    'ms',
  ),
  'reader.choice': row(
    'Which reader a sale uses that names none: the first that is ready, in the order of `readers`, or all ' +
      'that are ready, and the first card wins.',
    Type.Enum(['first_ready', 'first_card']),
    'first_ready',
  ),
  'reader.fallbackToStripe': row(
    'Whether the stripe of a card is taken whose chip could not be read.',
    Type.Boolean(),
    true,
  ),
  'reader.chipTriesBeforeStripe': row(
    'How often a chip has to fail before its stripe is taken.',
    whole(1, 5),
    2,
  ),
  'offline.enabled': row(
    'Whether sales, and what follows them but a void, may be approved while the portal cannot be reached.',
    Type.Boolean(),
    false,
  ),
  'offline.windowHours': row(
    'Offline approvals stop when the oldest stored sale is older than this.',
    whole(1, 720),
    24,
    'h',
  ),
  'offline.countLimit': row('The most stored sales at a time.', whole(0, 100_000), 100, 'sales'),
  'offline.amountLimit': row(
    'The most one offline sale may be, or an adjustment or capture may add, by currency.',
    MoneyLimits,
    { default: '100.00' },
    'major units',
  ),
  'offline.brandAmountLimit': row(
    'The most one offline sale may be for a card brand; a brand not named has no limit of its own.',
    Type.Record(Type.String(), MoneyLimits),
    {},
    'major units',
  ),
  'offline.totalLimit': row(
    'The most all stored sales may add up to, with what adjustments and captures add, by currency.',
    MoneyLimits,
    { default: '1000.00' },
    'major units',
  ),
  'offline.cardVelocity': row(
    'How often one card may be approved offline within the window.',
    whole(1, 1_000_000),
    2,
    'sales',
  ),
  'offline.entryModes': row(
    'How a card may be read for an offline approval.',
    Type.Array(Type.Enum([...entryModes]), { uniqueItems: true }),
    ['chip', 'contactless'],
  ),
  'offline.excludedBins': row(
    'Card number prefixes that are never approved offline.',
    Type.Array(Type.String({ pattern: '^[0-9]{1,6}$' }), { maxItems: 1_000 }),
    [],
  ),
  'offline.duplicateWindowSeconds': row(
    'The same card with the same amount within this time is refused offline; 0 switches the gate off.',
    whole(0, 86_400),
    300,
    's',
  ),
  'offline.staleAfterDays': row(
    'Offline approvals stop when the portal was not reached for this long.',
    whole(1, 365),
    30,
    'days',
  ),
  'offline.afterUnknown': row(
    'Whether a sale whose answer never came is reversed and then approved offline as a new attempt.',
    Type.Boolean(),
    false,
  ),
  'offline.unreferencedRefunds': row(
    'Whether a refund without its sale may be given while the portal cannot be reached.',
    Type.Boolean(),
    false,
  ),
  'partialApproval.enabled': row(
    'Whether the host may approve a part of a sale; the point of sale then accepts or rejects it.',
    Type.Boolean(),
    true,
  ),
  'pos.answerWithinSeconds': row(
    'How long a point of sale may take to answer what it is asked; then the answer is no.',
    whole(5, 3_600),
    60,
    's',
  ),
  'authorization.expiryDays': row(
    'An authorization that is not captured within this time is given back.',
    whole(1, 30),
    7,
    'days',
  ),
  'authorization.captureTolerancePercent': row(
    'How much more than was authorized may be captured.',
    whole(0, 20),
    0,
    '%',
  ),
  'adjustment.amountTolerancePercent': row(
    'How much more than was charged an adjustment may make it, tip and surcharge left out.',
    whole(0, 100),
    0,
    '%',
  ),
  'tip.limitPercent': row('The most a tip may be of what it is for.', whole(0, 1_000), 100, '%'),
  'surcharge.limitPercent': row(
    'The most a surcharge may be of what it is for.',
    whole(0, 100),
    4,
    '%',
  ),
  hasZipCodePrompt: row(
    'Whether the cashier asks for the ZIP code: a sale then needs prompts.zipCode.',
    Type.Boolean(),
    false,
  ),
  hasCvvPrompt: row(
    'Whether the CVV is asked for: at a reader with keys, else prompts.cvv says why there is none.',
    Type.Boolean(),
    false,
  ),
  'reversal.alarmAfterMinutes': row(
    'A reversal the portal has not finished within this time is an alarm; it is repeated all the same.',
    whole(1, 10_080),
    30,
    'min',
  ),
  'device.name': row(
    'What this device is called at the portal. Empty: as its system calls itself.',
    Type.String({ maxLength: 64, pattern: '^[^\\p{C}]*$' }),
    '',
  ),
  'device.type': row(
    'What this device is at the portal: a terminal that stays, or a mobile one.',
    Type.Enum([...deviceTypes]),
    'Terminal',
  ),
  timeZone: row(
    'Where the shop is: an IANA time zone like Europe/Berlin; receipts, reports and batch.closeAt use it.',
    Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$', maxLength: 64 }),
    'UTC',
  ),
  'receipt.header': row('Lines at the top of every receipt.', receiptLines, []),
  'receipt.footer': row('Lines at the bottom of every receipt.', receiptLines, []),
  hasTipLine: row(
    'Whether the merchant’s copy of a sale that may still be adjusted has a line for a tip.',
    Type.Boolean(),
    false,
  ),
  hasTipRecommendation: row('Whether tips are suggested beside that line.', Type.Boolean(), false),
  'tip.recommendedPercents': row(
    'The tips that are suggested, of what was bought without its surcharge.',
    Type.Array(whole(1, 100), { maxItems: 5, uniqueItems: true }),
    [15, 18, 20],
    '%',
  ),
  'batch.name': row(
    'The batch of a transaction that names none.',
    Type.String({ minLength: 1, maxLength: 64, pattern: '^[^\\p{Cc}\\p{Cs}]*$' }),
    'System',
  ),
  'batch.closeAt': row(
    'When every open batch is closed, each day: HH:MM in timeZone. Empty: at no time of day.',
    Type.String({ pattern: `^$|^${timeOfDay}$` }),
    '',
  ),
  'batch.closeAtCount': row(
    'A batch is closed when so many of its transactions are approved or pending; 0: at no count.',
    whole(0, 1_000_000),
    0,
    'transactions',
  ),
  'batch.closeAtAmount': row(
    'A batch is closed when its sales and captures less its refunds reach this, by currency.',
    MoneyLimits,
    {},
    'major units',
  ),
  'batch.closeWithinMs': row(
    'How long a close waits, while the portal is there, for reversals and for stored sales to be decided.',
    whole(0, 3_600_000),
    120_000,
    'ms',
  ),
  'storage.reserveMiB': row(
    'Free space that is kept to finish what was begun; new sales are refused below it.',
    whole(1, 1_048_576),
    64,
    'MiB',
  ),
  'retention.months': row(
    'How long a record is kept after its last change, once it is final, told and settled; 31 days each.',
    whole(13, 120),
    13,
    'months',
  ),
  'log.level': row(
    'The least severe event that is logged.',
    Type.Enum(['debug', 'info', 'warn', 'error']),
    'info',
  ),
} as const satisfies Record<string, SettingRow>;

export type SettingName = keyof typeof settings;

/** The value of every setting, as it is in force. */
export type Settings = { readonly [N in SettingName]: Static<(typeof settings)[N]['schema']> };
