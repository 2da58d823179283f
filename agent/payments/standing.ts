/** Reads from the ledger what the offline gates look at, in the moment they are asked. */
import type { Settings } from '../../config/index.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { World } from '../world.ts';
import type { Standing } from './gates.ts';
import type { Order } from './order.ts';
import { civilDate } from './view.ts';

const hourMs = 3_600_000;
const mebibyte = 1_048_576;

/** Whether there is room to finish what is begun now. A disk that cannot be asked counts as full. */
export const hasRoom = (world: World, settings: Settings): boolean => {
  try {
    return world.freeBytes() >= settings['storage.reserveMiB'] * mebibyte;
  } catch {
    return false;
  }
};

/** What the gates look at for one order, and for its card where one was read. */
export const standingOf = (
  { ledger, world, settings }: { ledger: Ledger; world: World; settings: Settings },
  order: Order,
  cardHash?: string,
): Standing => {
  const { transactions, exposure, elapsed, clock, meta } = ledger;
  const now = elapsed.now();
  const { count, oldestAt } = transactions.storedSales();
  const sameSaleAt = cardHash === undefined ? undefined : transactions.sameSaleAt(cardHash, order);
  const { year, month } = civilDate(Math.floor(world.clock.wallMs() / (24 * hourMs)));
  const ofCurrency = exposure.rows().find(({ currency }) => currency === order.amount.currency);
  return {
    now,
    rolledBack: meta.get('rolledBack') !== undefined,
    clockDoubtful: clock.doubtful(),
    countedCount: count,
    countedTotal: ofCurrency?.total ?? 0,
    ...(oldestAt === undefined ? {} : { oldestStoredAt: oldestAt }),
    cardUses:
      cardHash === undefined
        ? 0
        : transactions.usesOfCard(
            cardHash,
            now - settings['offline.windowHours'] * hourMs,
            settings['offline.cardVelocity'],
          ),
    ...(sameSaleAt === undefined ? {} : { sameSaleAt }),
    portalReachedAt: meta.get('portalReachedAt') ?? 0,
    storageAvailable: hasRoom(world, settings),
    year,
    month,
  };
};
