/**
 * Settings: how this reader was programmed to write its records. One row a property; the manual's defaults.
 *
 * They are the properties 0x07 and 0x1E-0x2F of manual 99875475-10 (pp. 31 and 46-53). Whoever changes one
 * in the reader says so here; the reader itself is never reprogrammed by this driver.
 */

/** Every setting, its default and what it may be. */
export const settingRows = {
  preCard: { property: 'P30 (0x1E)', default: '', form: 'string' },
  postCard: { property: 'P31 (0x1F)', default: '', form: 'string' },
  preTrack: { property: 'P32 (0x20)', default: '', form: 'string' },
  postTrack: { property: 'P33 (0x21)', default: '', form: 'string' },
  terminator: { property: 'P34 (0x22)', default: '\r', form: 'terminator' },
  fieldSeparator: { property: 'P35 (0x23)', default: '|', form: 'character' },
  startTrack1: { property: 'P36 (0x24)', default: '%', form: 'character' },
  startTrack2: { property: 'P37 (0x25)', default: ';', form: 'character' },
  startTrack3: { property: 'P38 (0x26)', default: '+', form: 'character' },
  startTrack3Aamva: { property: 'P39 (0x27)', default: '#', form: 'character' },
  startTrack2SevenBit: { property: 'P40 (0x28)', default: '@', form: 'character' },
  startTrack3SevenBit: { property: 'P41 (0x29)', default: '&', form: 'character' },
  endTrack1: { property: 'P45 (0x2D)', default: '?', form: 'character' },
  endTrack2: { property: 'P46 (0x2E)', default: '?', form: 'character' },
  endTrack3: { property: 'P47 (0x2F)', default: '?', form: 'character' },
  maskCharacter: { property: 'ISO track mask (0x07)', default: '0', form: 'character' },
  maskLeading: { property: 'ISO track mask (0x07)', default: 4, form: 'count' },
  maskTrailing: { property: 'ISO track mask (0x07)', default: 4, form: 'count' },
  clearCrc: { property: 'CRC flag (0x19)', default: true, form: 'switch' },
} as const satisfies Record<string, SettingRow>;

interface SettingRow {
  readonly property: string;
  readonly default: string | number | boolean;
  readonly form: keyof typeof forms;
}

/** What each form of setting takes, in words and as a check. */
const forms = {
  string: {
    takes: 'at most 7 printable ASCII characters',
    fits: (value: unknown) => typeof value === 'string' && /^[\x20-\x7E]{0,7}$/.test(value),
  },
  character: {
    takes: 'one printable ASCII character; a reader that leaves it out cannot be understood',
    fits: (value: unknown) => typeof value === 'string' && /^[\x20-\x7E]$/.test(value),
  },
  terminator: {
    // Answers to commands end in CR whatever P34 says, so only a CR can end every line.
    takes: 'at most 7 characters that end in CR or CR LF',
    fits: (value: unknown) =>
      typeof value === 'string' && value.length <= 7 && /^[\x20-\x7E]*\r\n?$/.test(value),
  },
  count: {
    takes: 'a whole number from 0 to 99',
    fits: (value: unknown) =>
      typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 99,
  },
  switch: {
    takes: 'true or false',
    fits: (value: unknown) => typeof value === 'boolean',
  },
} as const;

type Widened<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : never;
type SettingName = keyof typeof settingRows;

/** Settings with every default filled in. */
export type MagtekSettings = {
  readonly [Name in SettingName]: Widened<(typeof settingRows)[Name]['default']>;
};

/** The settings of a reader fresh from the factory. */
export const defaultSettings: MagtekSettings = Object.fromEntries(
  Object.entries(settingRows).map(([name, row]) => [name, row.default]),
) as MagtekSettings;

/** Fills defaults in, or says in a sentence which setting is wrong and what it takes. */
export const readSettings = (
  given: Readonly<Record<string, unknown>>,
): { ok: true; settings: MagtekSettings } | { ok: false; why: string } => {
  for (const [name, value] of Object.entries(given)) {
    const row = (settingRows as Record<string, SettingRow>)[name];
    if (row === undefined) {
      const known = Object.keys(settingRows).join(', ');
      return { ok: false, why: `"${name}" is no setting of this reader; there are ${known}.` };
    }
    if (!forms[row.form].fits(value)) {
      const { takes } = forms[row.form];
      return { ok: false, why: `The setting ${name}, property ${row.property}, takes ${takes}.` };
    }
  }
  const settings = { ...defaultSettings, ...given };
  const why = clashIn(settings);
  return why === undefined ? { ok: true, settings } : { ok: false, why };
};

// Tracks are found by their start sentinels and fields by the separator: none may mean two things.
const clashIn = (settings: MagtekSettings): string | undefined => {
  const { fieldSeparator, preCard, postCard, preTrack, postTrack } = settings;
  const starts = [
    settings.startTrack1,
    settings.startTrack2,
    settings.startTrack3,
    settings.startTrack3Aamva,
    settings.startTrack2SevenBit,
    settings.startTrack3SevenBit,
  ];
  const ends = [settings.endTrack1, settings.endTrack2, settings.endTrack3];
  if (new Set(starts).size < starts.length) return 'Each track needs a start sentinel of its own.';
  if (starts.some((start) => ends.includes(start))) {
    return 'No start sentinel may be an end sentinel too.';
  }
  const others = [...starts, ...ends, preCard, postCard, preTrack, postTrack].join('');
  if (others.includes(fieldSeparator)) {
    return 'The field separator may not occur in a sentinel or in a string around cards and tracks.';
  }
  return undefined;
};
