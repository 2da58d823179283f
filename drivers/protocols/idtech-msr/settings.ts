/** Settings: how this reader was programmed to mask (SecureMag p. 46, function 4B). */

/** Settings with every default filled in. */
export interface IdtechSettings {
  /** What hides a character of a track; `*` from the factory. */
  readonly maskCharacter: string;
}

/** The settings of a reader fresh from the factory. */
export const defaultSettings: IdtechSettings = { maskCharacter: '*' };

/** Fills defaults in, or says in a sentence which setting is wrong and what it takes. */
export const readSettings = (
  given: Readonly<Record<string, unknown>>,
): { ok: true; settings: IdtechSettings } | { ok: false; why: string } => {
  const { maskCharacter = defaultSettings.maskCharacter, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    return { ok: false, why: `"${unknown}" is no setting of this reader; there is maskCharacter.` };
  }
  // A digit or a sentinel in its place would make a masked track look like another card's.
  if (
    typeof maskCharacter !== 'string' ||
    !/^[^0-9A-Z%;?^=\x00-\x1F\x7F-\uFFFF]$/.test(maskCharacter)
  ) {
    const why =
      'The setting maskCharacter, function 4B, takes one mark, such as "*"; no digit or letter.';
    return { ok: false, why };
  }
  return { ok: true, settings: { maskCharacter } };
};
