/**
 * Draining the log: entries a second from a ledger that sold offline to a portal that acknowledges them,
 * beside bare mqtt.js publishing the same entries, one a message, with as many messages unacknowledged as
 * the lane has frames.
 *
 * The portal takes every entry into a database of its own, flushed before it acknowledges, in a process of
 * its own; the bare publisher is acknowledged by the broker, and nobody listens.
 */
import { join } from 'node:path';
import { linkLimits, type Entry } from '../../contract/index.ts';
import type { LinkNews } from '../../agent/portal/news.ts';
import { barePublisher } from './bare-mqtt.ts';
import { till } from './keys.ts';
import { inTurn, median, ratioOf, rounded, timed } from './rounds.ts';
import { openShop } from './shop.ts';
import { unflushed } from './unflushed.ts';

const rounds = 7;
/** Each is two entries: what was ordered, and what was stored with its sealed data. */
const sales = 2_500;

export interface DrainMeasured {
  readonly ratios: { readonly drainVsMqtt: number };
  readonly entriesPerSecond: number;
  readonly bareMessagesPerSecond: number;
  readonly entryBytes: number;
}

export const measureDrain = async (
  directory: string,
  brokerUrl: string,
): Promise<DrainMeasured> => {
  const publisher = await barePublisher(brokerUrl, linkLimits.framesInFlight);
  let messages: string[] = [];
  let device = 100;
  const taken = await inTurn(rounds, {
    drain: async () => {
      device += 1;
      const path = join(directory, `drain-${device}.sqlite`);
      messages = await filled(path, device);
      return drained(path, device, brokerUrl);
    },
    bare: () => timed(() => publisher.send(messages)),
  });
  await publisher.close();
  const bytes = messages.reduce((sum, message) => sum + message.length, 0);
  return {
    ratios: { drainVsMqtt: rounded(ratioOf(taken.bare, taken.drain), 2) },
    entriesPerSecond: Math.round((1000 * messages.length) / median(taken.drain)),
    bareMessagesPerSecond: Math.round((1000 * messages.length) / median(taken.bare)),
    entryBytes: Math.round(bytes / messages.length),
  };
};

/** A ledger that sold offline, filled without flushing; gives its entries as they travel. */
const filled = async (path: string, device: number): Promise<string[]> => {
  const shop = openShop({ path, subject: till(device), openDatabase: unflushed });
  shop.sellOffline(sales);
  const entries: Entry[] = [];
  for (let run = shop.ledger.upLog.run(1); run !== undefined;) {
    entries.push(...run.entries);
    run = shop.ledger.upLog.run(run.from + run.entries.length);
  }
  await shop.close();
  return entries.map((entry) => JSON.stringify(entry));
};

/** Milliseconds from the portal's first word to its acknowledgement of the last entry. */
const drained = async (path: string, device: number, brokerUrl: string): Promise<number> => {
  let began = NaN;
  let hear: (news: LinkNews) => void = () => undefined;
  const done = new Promise<number>((resolve) => {
    hear = (news) => {
      if (news.is === 'state' && news.state === 'online') began = performance.now();
      if (news.is === 'acknowledged' && news.unsent === 0) resolve(performance.now() - began);
    };
  });
  const shop = openShop({ path, subject: till(device), brokerUrl, hearLink: (news) => hear(news) });
  const ms = await done;
  await shop.close();
  return ms;
};
