/**
 * The agent's own time in an online sale: all of it but the time between the request's leaving and the
 * answer's coming, which is the line's, the broker's, the portal's and the host's.
 */
import { join } from 'node:path';
import type { Dial } from '../../agent/portal/broker.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { till } from './keys.ts';
import { inTurn, median, rounded } from './rounds.ts';
import { openShop } from './shop.ts';

const rounds = 7;
const salesARound = 50;

export interface OnlineMeasured {
  /** Milliseconds of a whole online sale, and of it the agent's own. */
  readonly onlineSaleMs: number;
  readonly onlineOwnMs: number;
}

export const measureOnline = async (
  directory: string,
  brokerUrl: string,
): Promise<OnlineMeasured> => {
  const away = awayTime(mqttDial());
  const shop = openShop({
    ...{ path: join(directory, 'online.sqlite'), subject: till(2), brokerUrl },
    dial: away.dial,
  });
  await shop.online();
  const whole: number[] = [];
  const { own } = await inTurn(rounds, {
    own: async () => {
      const [began, awayBefore] = [performance.now(), away.ms()];
      await shop.sellOnline(salesARound);
      const ms = performance.now() - began;
      whole.push(ms / salesARound);
      return (ms - (away.ms() - awayBefore)) / salesARound;
    },
  });
  await shop.close();
  return { onlineSaleMs: rounded(median(whole), 2), onlineOwnMs: rounded(median(own), 2) };
};

/** Dials as told, and adds up how long live requests were away. */
const awayTime = (dial: Dial): { dial: Dial; ms: () => number } => {
  let total = 0;
  let left = 0;
  return {
    ms: () => total,
    dial: (settings, hear) => {
      const session = dial(settings, (event) => {
        if (event.is === 'heard' && event.topic.endsWith('/live/res')) {
          total += performance.now() - left;
        }
        hear(event);
      });
      const publish: typeof session.publish = (publication, done) => {
        session.publish(publication, done);
        if (publication.topic.endsWith('/live/req')) left = performance.now();
      };
      return {
        publish,
        subscribe: (topics, done) => session.subscribe(topics, done),
        ping: () => session.ping(),
        close: (how) => session.close(how),
      };
    },
  };
};
