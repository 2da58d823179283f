/** The heap of this thread, once all rubbish in the other sense of the word is collected. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that may be held more than at the beginning; to hoard a few of each frame is more than that. */
export const heapGrowthMaxBytes = 8 * 1024 * 1024;

/** Measures what is held, buffers included; 0 is what was held the first time. */
export const heapWatch = (): (() => number) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const held = (): number => {
    // Buffers are let go by a sweep that the next collection waits for.
    for (let times = 3; times > 0; times -= 1) collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  let atFirst: number | undefined;
  return () => held() - (atFirst ??= held());
};
