/** Progress: how far a protocol has come; one line rewritten on a terminal, one at every tenth elsewhere. */
import type { Told } from './share.ts';
import { emptyTally, type Tally } from './round.ts';

export interface Progress {
  add(told: Extract<Told, { is: 'played' }>): void;
  /** Leaves the last line standing. */
  end(): void;
}

/** Where lines go. */
type Out = Pick<NodeJS.WriteStream, 'isTTY' | 'write'>;

/** Milliseconds between two lines on a terminal. */
const everyMs = 200;

/** Progress towards so many frames of a protocol. */
export const progressOf = (protocol: string, frames: number, out: Out): Progress => {
  const tally = emptyTally();
  const startedAt = performance.now();
  let growth = 0;
  let shownTenths = 0;
  let shownAt = 0;
  const line = (): string => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const grown = `${(growth / 1_048_576).toFixed(1)} MiB grown`;
    return `${protocol.padEnd(26)} ${told(tally)}, ${grown}, ${seconds} s`;
  };
  const show = (): void => {
    if (out.isTTY) out.write(`\r\x1b[K${line()}`);
    else out.write(`${line()}\n`);
  };
  return {
    add(played) {
      for (const name of Object.keys(tally) as (keyof Tally)[]) tally[name] += played.tally[name];
      growth = Math.max(growth, played.growth);
      const tenths = Math.floor((10 * tally.frames) / frames);
      const isDue = out.isTTY ? performance.now() - shownAt > everyMs : tenths > shownTenths;
      if (!isDue || tenths >= 10) return;
      shownTenths = tenths;
      shownAt = performance.now();
      show();
    },
    end() {
      show();
      if (out.isTTY) out.write('\n');
    },
  };
};

const told = ({ frames, bytes, cards, badReads, noises, losses }: Tally): string => {
  const kept = `${cards} cards, ${badReads} bad reads, ${noises} noises, ${losses} losses`;
  return `${frames} frames, ${Math.round(bytes / 1e6)} MB: ${kept}`;
};
