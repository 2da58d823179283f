/** One sealing: what it takes to put account data beyond the device's own reach. */
import { accountDataContext, sealerTo } from '../../agent/identity/hpke.ts';
import { benchKeys } from './keys.ts';
import { inTurn, median, timed } from './rounds.ts';

const rounds = 9;
const sealsARound = 500;
const plain = new Uint8Array(600).fill(65);

/** Microseconds a seal. */
export const measureSeal = async (): Promise<number> => {
  const seal = sealerTo(benchKeys.sealing.key);
  const context = accountDataContext('bench/till-1', 'txn_1');
  const ephemeral = new Uint8Array(32);
  const { seals } = await inTurn(rounds, {
    seals: () =>
      timed(() => {
        for (let i = 0; i < sealsARound; i += 1) seal(plain, context, ephemeral.fill(i));
      }),
  });
  return Math.round((1000 * median(seals)) / sealsARound);
};
