/** The seller: sells in a process of its own, so that it can be watched from outside. */
import { openShop } from './shop.ts';

/** Words: the path of the ledger, how many sales, and the broker's address to sell online. */
export const playSeller = async ([
  path = '',
  count = '',
  brokerUrl,
]: readonly string[]): Promise<void> => {
  const shop = openShop({ path, ...(brokerUrl === undefined ? {} : { brokerUrl }) });
  if (brokerUrl === undefined) {
    shop.sellOffline(Number(count));
  } else {
    await shop.online();
    await shop.sellOnline(Number(count));
  }
  await shop.close();
};
