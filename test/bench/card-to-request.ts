/**
 * From the card to the request: milliseconds from the last byte of a swipe, as it is given to the reader's
 * cable, to the request for authorization, as a subscriber hears it from the broker. Beside it the relay,
 * which has the same cable, the same broker and nothing to do.
 *
 * Both ends are in this process, so that one clock times them; the agent, the portal and the broker are not.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { topicOf } from '../../contract/index.ts';
import { nodeWorld } from '../../agent/node-world.ts';
import { portalKeysFile } from '../../simulator/portal/keys.ts';
import { testCards } from '../../simulator/readers/cards.ts';
import { simulateMagtekSerialLine } from '../../simulator/readers/magtek-serial-line.ts';
import { plugReader } from '../../simulator/readers/plug.ts';
import { until } from '../../simulator/shop/until.ts';
import { BenchAgent } from './agent.ts';
import { benchKeys, till } from './keys.ts';
import { LastByte } from './last-byte.ts';
import { relayIsUp, relayTopic } from './relay.ts';
import { commandOf, roleDone, startRole } from './roles.ts';
import { median, percentile, rounded } from './rounds.ts';

const rounds = 8;
const salesARound = 50;
const relayIsUpWithinMs = 10_000;

export interface CardToRequest {
  readonly sales: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** The same of the relay: what of it is cable, broker and scheduling. */
  readonly relayMedianMs: number;
  readonly relayP99Ms: number;
}

export const measureCardToRequest = async (
  directory: string,
  brokerUrl: string,
): Promise<CardToRequest> => {
  const place = join(directory, 'card');
  mkdirSync(place);
  const watcher = await connectAsync(brokerUrl, { protocolVersion: 5, reconnectPeriod: 0 });
  const agent = await sellingAgent(place, brokerUrl, watcher);
  const relay = await startedRelay(place, brokerUrl, watcher);
  const [own, bare]: [number[], number[]] = [[], []];
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const [sold, relayed] = [await agent.sell(salesARound), await relay.swipe(salesARound)];
      // The first one warms up.
      if (round === 0) continue;
      own.push(...sold);
      bare.push(...relayed);
    }
  } finally {
    await agent.stop();
    await relay.stop();
    await watcher.endAsync();
  }
  return {
    sales: own.length,
    medianMs: rounded(median(own), 2),
    p99Ms: rounded(percentile(own, 99), 2),
    relayMedianMs: rounded(median(bare), 2),
    relayP99Ms: rounded(percentile(bare, 99), 2),
  };
};

/** Milliseconds from each last byte to the next message of a topic. */
const timesOf = async (watcher: MqttClient, topic: string, last: LastByte): Promise<number[]> => {
  const times: number[] = [];
  watcher.on('message', (heard) => {
    if (heard === topic) times.push(performance.now() - last.sentAt);
  });
  await watcher.subscribeAsync(topic, { qos: 1 });
  return times;
};

const sellingAgent = async (directory: string, brokerUrl: string, watcher: MqttClient) => {
  const subject = till(8);
  const last = new LastByte(nodeWorld(directory).clock);
  const agent = await BenchAgent.set({
    ...{ directory, brokerUrl, readers: 1, before: last.before },
    identity: { subject, portalKeys: portalKeysFile(benchKeys) },
  });
  await agent.start();
  await agent.online();
  const times = await timesOf(
    watcher,
    topicOf({ is: 'device', subject, channel: 'live/req' }),
    last,
  );
  return {
    sell: async (count: number): Promise<number[]> => {
      const approved = await agent.sell(count);
      const taken = times.splice(0);
      if (approved === count && taken.length === count) return taken;
      throw new Error(`Of ${count} sales ${taken.length} were asked for and ${approved} approved.`);
    },
    stop: async () => {
      await agent.stop();
      await agent.unplug();
    },
  };
};

const startedRelay = async (directory: string, brokerUrl: string, watcher: MqttClient) => {
  const { clock: timers } = nodeWorld(directory);
  const last = new LastByte(timers);
  const cable = await plugReader({
    link: join(directory, 'relayed'),
    reader: (send) => simulateMagtekSerialLine({ timers }, last.before(send)),
  });
  const child = startRole(commandOf('relay', brokerUrl, cable.link));
  await child.says(relayIsUp, relayIsUpWithinMs);
  const times = await timesOf(watcher, relayTopic, last);
  return {
    swipe: async (count: number): Promise<number[]> => {
      for (let swipe = 1; swipe <= count; swipe += 1) {
        cable.swipe(testCards.visa);
        await until('the relay published', () => times.length === swipe);
      }
      return times.splice(0);
    },
    stop: async () => {
      child.kill('SIGTERM');
      await roleDone(child);
      await cable.stop();
    },
  };
};
