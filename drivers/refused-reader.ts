/** A reader that cannot be opened: its settings make no sense. */
import type { Reader, ReaderOpening } from './reader.ts';

/** A reader that is lost before its line was opened. */
export const refusedReader = (
  { timers, hear }: Pick<ReaderOpening, 'timers' | 'hear'>,
  why: string,
): Reader => {
  // Said later, as everything is: whoever opens has to have the reader in hand before it speaks.
  timers.after(0, () => hear({ is: 'lost', why: 'failed', detail: why }));
  return { arm() {}, answer() {}, disarm() {}, test() {}, close() {} };
};

/** What is wrong with the settings of a reader that has none, if anything is. */
export const anySetting = (given: Readonly<Record<string, unknown>>): string | undefined => {
  const [name] = Object.keys(given);
  return name === undefined ? undefined : `"${name}" is no setting of this reader; it has none.`;
};
