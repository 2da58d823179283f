/**
 * Settings: how this reader masks what it shows. They are parts of property 0x07 (manual 99875475-10 p. 31);
 * whoever changed it in the reader says so here. The reader itself is never reprogrammed by this driver.
 */

/** Settings with every default filled in. */
export interface MagtekHidSettings {
  readonly maskLeading: number;
  readonly maskTrailing: number;
  readonly maskCharacter: string;
}

/** The settings of a reader fresh from the factory: `04040Y`. */
export const defaultSettings: MagtekHidSettings = {
  maskLeading: 4,
  maskTrailing: 4,
  maskCharacter: '0',
};

const isCount = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 99;
const isCharacter = (value: unknown): boolean =>
  typeof value === 'string' && /^[\x20-\x7E]$/.test(value);

const rows: Readonly<Record<string, { takes: string; fits: (value: unknown) => boolean }>> = {
  maskLeading: { takes: 'a whole number from 0 to 99', fits: isCount },
  maskTrailing: { takes: 'a whole number from 0 to 99', fits: isCount },
  maskCharacter: { takes: 'one printable ASCII character', fits: isCharacter },
};

/** Fills defaults in, or says in a sentence which setting is wrong and what it takes. */
export const readSettings = (
  given: Readonly<Record<string, unknown>>,
): { ok: true; settings: MagtekHidSettings } | { ok: false; why: string } => {
  for (const [name, value] of Object.entries(given)) {
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined;
    if (row === undefined) {
      const known = Object.keys(rows).join(', ');
      return { ok: false, why: `"${name}" is no setting of this reader; there are ${known}.` };
    }
    if (!row.fits(value)) return { ok: false, why: `The setting ${name} takes ${row.takes}.` };
  }
  return { ok: true, settings: { ...defaultSettings, ...given } };
};
