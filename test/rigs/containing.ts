/** A sentence that holds some words, to be compared with `toMatchObject`. */
import { expect } from 'vitest';

/** Matches any text these words occur in. */
export const containing = (words: string): unknown => expect.stringContaining(words) as unknown;
