/** Settings: where a reader takes cards, and how long it waits for one before it is asked anew. */

/** Where a card may be presented, and the bit of tag DFEF37 that opens it (80000503-001). */
export const interfaces = { stripe: 0x01, contactless: 0x02, contact: 0x04 } as const;
export type Interface = keyof typeof interfaces;

/** Settings with every default filled in. */
export interface Vivotech2Settings {
  readonly interfaces: readonly Interface[];
  /** Seconds a reader waits for a card; then it is asked again, as long as somebody waits for one. */
  readonly cardWithinSeconds: number;
}

/** The settings of a reader that takes cards everywhere. */
export const defaultSettings: Vivotech2Settings = {
  interfaces: ['stripe', 'contactless', 'contact'],
  cardWithinSeconds: 60,
};

const names = Object.keys(interfaces) as Interface[];

const areInterfaces = (value: unknown): value is Interface[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => names.includes(one as Interface));

/** Fills defaults in, or says in a sentence which setting is wrong and what it takes. */
export const readSettings = (
  given: Readonly<Record<string, unknown>>,
): { ok: true; settings: Vivotech2Settings } | { ok: false; why: string } => {
  const whole = { ...defaultSettings, ...given };
  const { interfaces: taken, cardWithinSeconds, ...others }: Record<string, unknown> = whole;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    const known = Object.keys(defaultSettings).join(', ');
    return { ok: false, why: `"${unknown}" is no setting of this reader; there are ${known}.` };
  }
  if (!areInterfaces(taken)) {
    return { ok: false, why: `The setting interfaces takes a list of ${names.join(', ')}.` };
  }
  const isTime = typeof cardWithinSeconds === 'number' && Number.isInteger(cardWithinSeconds);
  if (!isTime || cardWithinSeconds < 5 || cardWithinSeconds > 255) {
    return { ok: false, why: 'The setting cardWithinSeconds takes a whole number from 5 to 255.' };
  }
  return { ok: true, settings: { interfaces: taken, cardWithinSeconds } };
};
