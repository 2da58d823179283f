/** Settings: which of its readers a device opens, for how long, and what it masks with. */

/** Every setting, its default and what it may be. */
export const settingRows = {
  stripe: { says: 'Takes stripes', default: true, form: 'switch' },
  contact: { says: 'Takes chips in its slot', default: true, form: 'switch' },
  contactless: { says: 'Takes cards and telephones held to it', default: true, form: 'switch' },
  quickChip: {
    says: 'Lets the card go before its issuer was asked; its last word is then never known',
    default: false,
    form: 'switch',
  },
  transactionSeconds: {
    says: 'How long it waits for a card before it is asked again (0x1001, tag 82)',
    default: 60,
    form: 'seconds',
  },
  answerSeconds: {
    says: 'How long it takes over the host’s answer (0x1004, tag 82)',
    default: 120,
    form: 'seconds',
  },
  // Property 1.1.2.2.1.3 and the one after it: four and four from the factory.
  maskLeading: { says: 'Digits it leaves at the start of a number', default: 4, form: 'digits' },
  maskTrailing: { says: 'Digits it leaves at the end of a number', default: 4, form: 'digits' },
} as const satisfies Record<string, SettingRow>;

interface SettingRow {
  readonly says: string;
  readonly default: number | boolean;
  readonly form: keyof typeof forms;
}

const isWhole = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;

/** What each form of setting takes, in words and as a check. */
const forms = {
  switch: {
    takes: 'true or false',
    fits: (value: unknown) => typeof value === 'boolean',
  },
  seconds: {
    takes: 'a whole number from 1 to 255',
    fits: (value: unknown) => isWhole(value, 1, 255),
  },
  digits: {
    takes: 'a whole number from 0 to 8',
    fits: (value: unknown) => isWhole(value, 0, 8),
  },
} as const;

type Widened<T> = T extends number ? number : T extends boolean ? boolean : never;
type SettingName = keyof typeof settingRows;

/** Settings with every default filled in. */
export type MmsSettings = {
  readonly [Name in SettingName]: Widened<(typeof settingRows)[Name]['default']>;
};

/** The settings of a device fresh from the factory. */
export const defaultSettings: MmsSettings = Object.fromEntries(
  Object.entries(settingRows).map(([name, row]) => [name, row.default]),
) as MmsSettings;

/** Fills defaults in, or says in a sentence which setting is wrong and what it takes. */
export const readSettings = (
  given: Readonly<Record<string, unknown>>,
): { ok: true; settings: MmsSettings } | { ok: false; why: string } => {
  for (const [name, value] of Object.entries(given)) {
    const row = (settingRows as Record<string, SettingRow>)[name];
    if (row === undefined) {
      const known = Object.keys(settingRows).join(', ');
      return { ok: false, why: `"${name}" is no setting of this reader; there are ${known}.` };
    }
    const { takes, fits } = forms[row.form];
    if (!fits(value)) return { ok: false, why: `The setting ${name} takes ${takes}.` };
  }
  const settings = { ...defaultSettings, ...given };
  if (settings.stripe || settings.contact || settings.contactless) return { ok: true, settings };
  return { ok: false, why: 'One of stripe, contact and contactless has to be true.' };
};
