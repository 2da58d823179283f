/** A mishap: why the demo ends before its time, with a stable code and one sentence that says what to do. */

/** How the program ends: like `holdfast` itself. */
export const exits = { refused: 1, wrongUse: 2 } as const;

export class Mishap extends Error {
  readonly code: string;
  readonly exit: (typeof exits)[keyof typeof exits];

  constructor(code: string, message: string, exit: Mishap['exit'] = exits.refused) {
    super(message);
    this.name = 'Mishap';
    this.code = code;
    this.exit = exit;
  }
}

/** Whatever was thrown, as a mishap; what nobody foresaw is `failed`. */
export const mishapOf = (error: unknown): Mishap => {
  if (error instanceof Mishap) return error;
  return new Mishap('failed', error instanceof Error ? error.message : String(error));
};
