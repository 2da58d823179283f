/** What befalls a shop besides its power: the line, the broker and the portal, each as the dice say. */
import type { Which } from '../../simulator/mischief.ts';
import type { SeededDice } from '../../simulator/world/dice.ts';
import type { Shop } from '../rigs/shop.ts';
import { drawn } from './draw.ts';

const lanes: readonly Which[] = [
  { direction: 'to broker', channel: 'log/up' },
  { direction: 'to agent', channel: 'log/up/ack' },
  { direction: 'to agent', channel: 'log/down' },
  { direction: 'to broker', channel: 'log/down/ack' },
  { direction: 'to broker', channel: 'live/req' },
  { direction: 'to agent', channel: 'live/res' },
];

export class Misfortune {
  readonly #shop: Shop;
  readonly #dice: SeededDice;
  readonly #kinds: Readonly<Record<string, () => void | Promise<void>>>;
  #backup: Uint8Array | undefined;

  constructor(shop: Shop, dice: SeededDice) {
    this.#shop = shop;
    this.#dice = dice;
    this.#kinds = this.#kindsOf(shop);
  }

  /** Something happens; gives what. */
  async befall(): Promise<string> {
    const what = drawn(this.#dice, Object.keys(this.#kinds));
    await this.#kinds[what]?.();
    return what;
  }

  /** The line is well again. */
  relent(): void {
    this.#shop.proxy.relent();
    this.#shop.proxy.flow();
    this.#shop.proxy.mend();
  }

  #kindsOf(shop: Shop): Record<string, () => void | Promise<void>> {
    const dice = this.#dice;
    return {
      'the line is cut': () => shop.proxy.cut(),
      'the line stalls': () =>
        shop.proxy.stall(drawn(dice, ['to broker', 'to agent', 'both ways'])),
      'the line is slow': () => shop.proxy.slow(3_000 + dice.below(20_000)),
      'the line loses': () => shop.proxy.drop(drawn(dice, lanes), 1 + dice.below(3)),
      'the line repeats': () => shop.proxy.duplicate(drawn(dice, lanes), 1 + dice.below(5)),
      'the broker is restarted': () => shop.restartBroker(),
      'the portal is restarted': () => shop.restartPortal(),
      'the portal is backed up': () => {
        this.#backup = shop.portal.snapshot();
      },
      'the portal is restored': () => {
        if (this.#backup !== undefined) shop.portal.restore(this.#backup);
      },
    };
  }
}
