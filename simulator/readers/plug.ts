/** Plugs a simulated reader into a pseudo terminal, for the demo, the bench and the tests. */
import { plugCable, type PtyCable } from './pty.ts';
import type { TestCard } from './cards.ts';
import type { MakeReader, SimulatedReader } from './simulated-reader.ts';

/** A reader at the end of a cable. */
export interface PluggedReader<R extends SimulatedReader> {
  /** The reader plugged in now. */
  readonly reader: R;
  /** Where the agent finds it. */
  readonly link: string;
  swipe(card: TestCard, how?: Parameters<R['swipe']>[1]): void;
  /** Pulls the cable; what the reader sends goes nowhere. */
  unplug(): Promise<void>;
  /** Plugs the cable in again at the same link: this reader, or another one. */
  replug(make?: MakeReader<R>): Promise<void>;
  /** Sends bytes as they are, as noise on the cable does. */
  send(bytes: Uint8Array): void;
  /** Resolves once all that was sent waits at the agent's end. */
  arrived(): Promise<void>;
  /** The device hangs: it takes no bytes and sends none until it is plugged in anew. */
  freeze(): void;
  stop(): Promise<void>;
}

/** Plugs a reader in; the agent can open `link` once this resolves. */
export const plugReader = async <R extends SimulatedReader>({
  link,
  reader: make,
}: {
  readonly link: string;
  readonly reader: MakeReader<R>;
}): Promise<PluggedReader<R>> => {
  let cable: PtyCable | undefined;
  const send = (bytes: Uint8Array) => cable?.send(bytes);
  let reader = make(send);
  const plug = async () => {
    cable = await plugCable(link, (bytes) => reader.receive(bytes));
  };
  const unplug = async () => {
    const pulled = cable;
    cable = undefined;
    await pulled?.unplug();
  };
  await plug();
  return {
    get reader() {
      return reader;
    },
    link,
    swipe: (card, how) => reader.swipe(card, how),
    unplug,
    async replug(other) {
      await unplug();
      if (other !== undefined) reader = other(send);
      await plug();
    },
    send,
    arrived: () => cable?.arrived() ?? Promise.resolve(),
    freeze: () => cable?.freeze(),
    stop: unplug,
  };
};
