/** Any bytes at all, on every line of every protocol: a sample of what `npm run fuzz` does at length. */
import { describe, expect, test } from 'vitest';
import { protocols, type ProtocolName } from '../../../drivers/index.ts';
import { lanesOf } from '../../fuzz/lane.ts';
import { playRound } from '../../fuzz/round.ts';
import { seed } from '../../fixtures/seed.ts';

/** Frames of rubbish for each line of a protocol. */
const frames = 300;

const lanes = (Object.keys(protocols) as ProtocolName[]).flatMap((protocol) =>
  lanesOf(protocol).map(({ line }) => [protocol, line] as const),
);

describe(`any bytes at all (seed ${seed})`, () => {
  test.each(lanes)('cost no good card that follows them: %s over %s', (protocol, line) => {
    const { tally } = playRound({ protocol, seed, frames, line });
    expect(tally.frames).toBeGreaterThanOrEqual(frames);
    expect(tally.cards).toBeGreaterThan(0);
  });

  test('are the same again for the same seed', () => {
    const once = () => playRound({ protocol: 'vivotech2', seed, frames: 50 }).tally;
    expect(once()).toEqual(once());
  });
});
