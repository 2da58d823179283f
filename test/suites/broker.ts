/**
 * What every broker session promises the link, whatever broker is behind it.
 *
 * Devices and the portal are two sides of each test: `device` publishes and hears, `portal` watches.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { Dial, DialSettings } from '../../agent/portal/broker.ts';
import { topicOf, type Channel, type Subject } from '../../contract/index.ts';
import { Sessions, type RememberedSession } from '../rigs/session.ts';

/** A broker to try; the settings dial it as a device and as the portal. */
export interface BrokerUnderTest {
  readonly speaks: 4 | 5;
  readonly subject: Subject;
  readonly device: DialSettings;
  readonly portal: DialSettings;
}

/** The promises, tried on the broker that `broker()` gives once the tests run. */
export const brokerPromises = (
  name: string,
  dial: () => Dial,
  broker: () => BrokerUnderTest,
): void => {
  describe(name, () => {
    const stage = new Stage(dial, broker);
    afterEach(() => stage.close());
    beginning(stage);
    carrying(stage);
    ending(stage);
    leaving(stage);
  });
};

/** Whoever takes part in a test; `close` sends them home. */
class Stage extends Sessions {
  readonly #broker: () => BrokerUnderTest;

  constructor(dial: () => Dial, broker: () => BrokerUnderTest) {
    super(dial);
    this.#broker = broker;
  }

  get broker(): BrokerUnderTest {
    return this.#broker();
  }

  /** The device's settings under a name of their own, so that no session takes over another. */
  settings(more: Partial<DialSettings> = {}): DialSettings {
    return { ...this.broker.device, clientId: randomUUID(), ...more };
  }

  device(more: Partial<DialSettings> = {}): Promise<RememberedSession> {
    return this.connected(this.settings(more));
  }

  portal(): Promise<RememberedSession> {
    return this.connected({ ...this.broker.portal, clientId: randomUUID() });
  }

  topic(channel: Channel): string {
    return topicOf({ is: 'device', subject: this.broker.subject, channel });
  }
}

const beginning = (stage: Stage): void => {
  test('it says nothing before dial returns, then that it is connected', async () => {
    const session = stage.dialled(stage.settings());
    expect(session.events).toEqual([]);
    await session.connected();
    expect(session.events).toEqual([{ is: 'connected', protocolVersion: stage.broker.speaks }]);
  });

  test('before it is connected nothing is taken, and nothing kept', async () => {
    const watcher = await stage.portal();
    await watcher.subscribe(stage.topic('log/up'));
    const session = stage.dialled(stage.settings());
    expect(await session.publish(stage.topic('log/up'), 'too early')).toBe('not connected');
    expect(await session.subscribe(stage.topic('log/down'))).toBe('not connected');
    await session.connected();
    await session.publish(stage.topic('log/up'), 'in time');
    await watcher.hears('in time');
    expect(watcher.heard.map(({ text }) => text)).toEqual(['in time']);
  });

  test('of two sessions with one name the older is closed', async () => {
    const settings = stage.settings();
    const older = await stage.connected(settings);
    const newer = await stage.connected(settings);
    await older.closed();
    expect(await newer.publish(stage.topic('log/up'), 'still here')).toBeUndefined();
  });

  test('where nobody listens, it is closed and says why', async () => {
    const url = stage.broker.device.url.replace(/:\d+$/, ':1');
    const session = stage.dialled(stage.settings({ url }));
    expect((await session.closed()).why).toContain('ECONNREFUSED');
    expect(session.events).toHaveLength(1);
  });

  test('an address that is none, and a key that is none, close it too', async () => {
    const address = stage.dialled(stage.settings({ url: 'nowhere' }));
    expect((await address.closed()).why).toMatch(/\w+/);
    const tls = { ca: '', certificate: 'none', privateKey: 'none' };
    const key = stage.dialled(stage.settings({ url: 'mqtts://localhost:1', tls }));
    expect((await key.closed()).why).toMatch(/\w+/);
  });
};

const carrying = (stage: Stage): void => {
  test.each([0, 1] as const)(
    'what is published at QoS %d is heard on the other side',
    async (qos) => {
      const [from, to] = [await stage.device(), await stage.portal()];
      expect(await to.subscribe(stage.topic('log/up'))).toBeUndefined();
      expect(await from.publish(stage.topic('log/up'), 'a frame', { qos })).toBeUndefined();
      const heard = await to.hears('a frame');
      expect(heard).toMatchObject({ topic: stage.topic('log/up'), retained: false });
      expect(heard.payload).toBeInstanceOf(Uint8Array);
    },
  );

  test('a retained message is flagged for who comes later, and not for who was there', async () => {
    const [from, early] = [await stage.portal(), await stage.device()];
    await early.subscribe(stage.topic('desired/device'));
    await from.publish(stage.topic('desired/device'), 'wanted', { retained: true });
    expect((await early.hears('wanted')).retained).toBe(false);
    const late = await stage.device();
    await late.subscribe(stage.topic('desired/device'));
    expect((await late.hears('wanted')).retained).toBe(true);
    await from.publish(stage.topic('desired/device'), '', { retained: true });
  });

  test('half a mebibyte goes through whole, both ways', async () => {
    const [one, other] = [await stage.device(), await stage.portal()];
    const large = `${'0123456789abcdef'.repeat(32_768)}.`;
    await one.subscribe(stage.topic('log/down'));
    await other.subscribe(stage.topic('log/up'));
    expect(await one.publish(stage.topic('log/up'), large)).toBeUndefined();
    expect(await other.publish(stage.topic('log/down'), large)).toBeUndefined();
    await one.hears(large);
    await other.hears(large);
  });

  test('a hundred messages arrive once each, in order', async () => {
    const [from, to] = [await stage.device(), await stage.portal()];
    await to.subscribe(stage.topic('log/up'));
    const texts = Array.from({ length: 100 }, (_, index) => `number ${index}`);
    const faults = await Promise.all(
      texts.map((text) => from.publish(stage.topic('log/up'), text)),
    );
    expect(faults.every((fault) => fault === undefined)).toBe(true);
    await to.hears('number 99');
    expect(to.heard.map(({ text }) => text)).toEqual(texts);
  });

  test('a ping disturbs nothing', async () => {
    const session = await stage.device();
    session.session.ping();
    session.session.ping();
    expect(await session.publish(stage.topic('log/up'), 'after pings')).toBeUndefined();
    expect(session.events.map(({ is }) => is)).toEqual(['connected']);
  });
};

const ending = (stage: Stage): void => {
  test.each(['gracefully', 'at once'] as const)('closed %s, it takes nothing more', async (how) => {
    const session = await stage.device();
    session.session.close(how);
    await session.closed();
    expect(await session.publish(stage.topic('log/up'), 'too late')).toBe('not connected');
    expect(await session.publish(stage.topic('log/up'), 'too late', { qos: 0 })).toBe(
      'not connected',
    );
    expect(await session.subscribe(stage.topic('log/down'))).toBe('not connected');
  });

  test('however often it is closed, it says so once, and nothing after', async () => {
    const [session, other] = [await stage.device(), await stage.portal()];
    await session.subscribe(stage.topic('log/down'));
    session.session.close('gracefully');
    session.session.close('gracefully');
    session.session.close('at once');
    await other.publish(stage.topic('log/down'), 'nobody is there');
    session.session.close('at once');
    session.session.ping();
    expect(session.events.map(({ is }) => is)).toEqual(['connected', 'closed']);
  });

  test.each(['gracefully', 'at once'] as const)(
    'closed %s while it connects, it never says connected',
    async (how) => {
      const settings = stage.settings();
      const session = stage.dialled(settings);
      session.session.close(how);
      await session.closed();
      const next = await stage.connected(settings);
      await next.closeGracefully();
      expect(session.events).toEqual([{ is: 'closed', why: 'closed here' }]);
    },
  );

  test('what was under way when it is closed at once fails before it says closed', async () => {
    const session = await stage.device();
    const order: string[] = [];
    const note = (what: string) => (fault: string | undefined) =>
      order.push(`${what} ${session.events.some(({ is }) => is === 'closed')} ${fault ?? 'done'}`);
    const message = {
      topic: stage.topic('log/up'),
      payload: 'unheard',
      qos: 1,
      retained: false,
    } as const;
    session.session.publish(message, note('publish'));
    session.session.subscribe([stage.topic('log/down')], note('subscribe'));
    session.session.close('at once');
    expect(order).toEqual(['publish false closed here', 'subscribe false closed here']);
  });
};

const leaving = (stage: Stage): void => {
  test('the will is published when a session ends without a word', async () => {
    const watcher = await stage.portal();
    await watcher.subscribe(stage.topic('presence'));
    const dying = await stage.device({ will: { topic: stage.topic('presence'), payload: 'gone' } });
    dying.session.close('at once');
    await watcher.hears('gone');
    await watcher.publish(stage.topic('presence'), '', { retained: true });
  });

  test('the will is not published when a session ends gracefully', async () => {
    const watcher = await stage.portal();
    await watcher.subscribe(stage.topic('presence'), stage.topic('log/up'));
    const leaving = await stage.device({
      will: { topic: stage.topic('presence'), payload: 'gone' },
    });
    await leaving.closeGracefully();
    // The broker handles what comes after the end later, so the will would have been heard first.
    const next = await stage.device();
    await next.publish(stage.topic('log/up'), 'afterwards');
    await watcher.hears('afterwards');
    expect(watcher.heard.map(({ text }) => text)).toEqual(['afterwards']);
  });
};
