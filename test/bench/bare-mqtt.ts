/** Bare mqtt.js: publishes at QoS 1 with a window of messages that are not acknowledged yet. */
import { connectAsync } from 'mqtt';

const topic = 'bench/bare';

export interface BarePublisher {
  /** Resolves when the broker has acknowledged all of them. */
  send(messages: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export const barePublisher = async (url: string, window: number): Promise<BarePublisher> => {
  const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  return {
    send: (messages) =>
      new Promise((resolve, reject) => {
        let next = 0;
        let acknowledged = 0;
        const publish = () => {
          const message = messages[next];
          if (message === undefined) return;
          next += 1;
          client.publish(topic, message, { qos: 1 }, (error) => {
            if (error) return reject(error);
            acknowledged += 1;
            if (acknowledged === messages.length) return resolve();
            return publish();
          });
        };
        for (let i = 0; i < window; i += 1) publish();
      }),
    close: () => client.endAsync(),
  };
};
