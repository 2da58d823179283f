/**
 * What the link promises, whatever broker is between: both logs arrive whole and once, presence tells the
 * truth, a live request has one answer, and a line that was lost is found again.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { topicOf, type Channel, type Payload } from '../../contract/index.ts';
import type { Sold } from '../../simulator/demo/till.ts';
import type { Which } from '../../simulator/mischief.ts';
import { auditOf, factsAtPortal, hostRecord } from '../rigs/audit.ts';
import { portalName } from '../rigs/mosquitto.ts';
import { RememberedSession } from '../rigs/session.ts';
import { shopSubject, type Shop } from '../rigs/shop.ts';

/** The promises, tried in the shop that `open` opens; `speaks` is the protocol version of its broker. */
export const linkPromises = (name: string, speaks: 4 | 5, open: () => Promise<Shop>): void => {
  describe(name, () => {
    const town = new Town(open);
    beforeAll(() => town.open());
    afterAll(() => town.shop.close());
    beforeEach(() => town.settled());
    presence(town, speaks);
    logs(town);
    live(town);
    reconnecting(town);
    test('in the end the POS, the ledger, the portal and the host agree', async () => {
      expect(await auditOf(town.shop, town.answers)).toEqual([]);
    });
  });
};

/** The shop of a suite, and what its POS was answered. */
class Town {
  readonly answers: Sold[] = [];
  readonly #open: () => Promise<Shop>;
  #shop: Shop | undefined;

  constructor(open: () => Promise<Shop>) {
    this.#open = open;
  }

  get shop(): Shop {
    if (this.#shop === undefined) throw new Error('The shop is not open.');
    return this.#shop;
  }

  async open(): Promise<void> {
    this.#shop = await this.#open();
  }

  async settled(): Promise<void> {
    this.shop.proxy.relent();
    this.shop.portal.faults.clear();
    await this.shop.mendLine();
    await this.shop.till.readerIs('ready');
    await this.shop.settled();
  }

  async sell(value: number): Promise<Sold> {
    const sold = await this.shop.till.sell({ value });
    this.answers.push(sold);
    return sold;
  }

  async sellOffline(values: readonly number[]): Promise<void> {
    await this.shop.cutLine();
    for (const value of values) {
      expect(await this.sell(value)).toMatchObject({ outcome: 'approved_offline' });
    }
  }

  /** At first, whatever the portal may have made of it since. */
  async wasUnknown({ transactionId }: Sold): Promise<void> {
    await this.shop.says('payment.step', 0, { state: 'unknown', transactionId });
  }

  async link(): Promise<{ session: number; protocolVersion: number }> {
    const { body } = await this.shop.agent.client.get('/v1/status');
    return (body as { link: { session: number; protocolVersion: number } }).link;
  }

  /** The presence a broker gives to whoever comes later. */
  async retainedPresence(): Promise<Payload<'presence'> | undefined> {
    const { party } = this.shop;
    const settings = { ...party.settings(portalName), clientId: 'passer-by' };
    const passer = new RememberedSession(mqttDial(), settings);
    await passer.connected();
    await passer.subscribe(topicOf({ is: 'device', subject: shopSubject, channel: 'presence' }));
    // What is retained comes before the answer to what is asked next.
    await passer.subscribe(topicOf({ is: 'device', subject: shopSubject, channel: 'reported' }));
    await this.shop.holds('something was heard', () => passer.heard.length > 0);
    const said = passer.heard.find(({ topic }) => topic.endsWith('/presence'));
    await passer.closeGracefully();
    return said === undefined ? undefined : (JSON.parse(said.text) as Payload<'presence'>);
  }

  presenceIs(state: 'online' | 'offline'): Promise<void> {
    const look = async () => (await this.retainedPresence())?.state === state;
    return this.shop.holds(`the device is ${state}`, look);
  }
}

const presence = (town: Town, speaks: 4 | 5): void => {
  test('the status tells which protocol is spoken', async () => {
    expect(await town.link()).toMatchObject({ state: 'online', protocolVersion: speaks });
  });

  test('the device is online, and everybody who comes later is told', async () => {
    const { session } = await town.link();
    expect(await town.retainedPresence()).toMatchObject({ state: 'online', session });
  });

  test('that ends in order says so itself, and comes back with a later session', async () => {
    const { session } = await town.link();
    await town.shop.agent.stop();
    expect(await town.retainedPresence()).toMatchObject({ state: 'offline', session });
    await town.shop.agent.start();
    await town.shop.till.linkIs('online');
    expect((await town.link()).session).toBeGreaterThan(session);
    await town.presenceIs('online');
  });

  test.each([
    ['killed', (shop: Shop) => shop.agent.kill9()],
    ['cut off', async (shop: Shop) => shop.proxy.cut()],
  ])('that is %s is offline by its last will, which names the session', async (_, end) => {
    const { session } = await town.link();
    await end(town.shop);
    await town.presenceIs('offline');
    expect(await town.retainedPresence()).toMatchObject({ state: 'offline', session });
    if (!town.shop.agent.isRunning()) await town.shop.agent.start();
    town.shop.proxy.mend();
    await town.shop.till.linkIs('online');
    expect((await town.link()).session).toBeGreaterThan(session);
    await town.presenceIs('online');
  });
};

const up: Which = { direction: 'to broker', channel: 'log/up' };
const upAck: Which = { direction: 'to agent', channel: 'log/up/ack' };
const down: Which = { direction: 'to agent', channel: 'log/down' };
const downAck: Which = { direction: 'to broker', channel: 'log/down/ack' };

const logs = (town: Town): void => {
  const arrived = (types: readonly string[], sold: Sold): void => {
    const facts = factsAtPortal(town.shop).filter(
      ({ transactionId }) => transactionId === sold.transactionId,
    );
    expect(facts.map(({ type }) => type)).toEqual(types);
  };

  test('facts arrive in order, and are acknowledged', async () => {
    const sold = await town.sell(10_00);
    await town.shop.settled();
    arrived(['transaction.created', 'attempt.sent', 'transaction.finished'], sold);
  });

  test('words arrive, are acknowledged, and are told again as facts', async () => {
    await town.sellOffline([11_00, 11_05]);
    await town.shop.mendLine();
    await town.shop.settled();
    const [device] = town.shop.portal.devices();
    expect(device?.downTaken).toBe(device?.downHead);
    expect(device?.downHead).toBeGreaterThanOrEqual(2);
    const told = factsAtPortal(town.shop).filter(({ type }) => type === 'word.taken');
    expect(told.length).toBeGreaterThanOrEqual(2);
  });

  test.each<[string, Which]>([
    ['facts', up],
    ['acknowledgements of facts', upAck],
    ['words', down],
    ['acknowledgements of words', downAck],
  ])('%s that are lost are made up for', async (_, which) => {
    await town.sellOffline([12_00]);
    await town.shop.mendLine();
    await town.shop.settled();
    const before = town.shop.proxy.count('dropped', which);
    town.shop.proxy.drop(which, 2);
    town.shop.portal.faults.arm('drop_response', { count: 1 });
    await town.wasUnknown(await town.sell(12_50));
    await town.shop.settled();
    expect(town.shop.proxy.count('dropped', which)).toBeGreaterThan(before);
  });

  test('what comes twice is taken in once', async () => {
    await town.sellOffline([13_00, 13_05]);
    for (const which of [up, upAck, down, downAck]) town.shop.proxy.duplicate(which, 10);
    await town.shop.mendLine();
    await town.shop.settled();
    expect(town.shop.proxy.count('duplicated', up)).toBeGreaterThan(0);
    expect(town.shop.proxy.count('duplicated', down)).toBeGreaterThan(0);
  });

  test('a hundred facts cross a line that is cut again and again', async () => {
    await town.sellOffline(Array.from({ length: 25 }, (_, at) => 14_00 + at * 100));
    town.shop.proxy.slow(30_000);
    for (let cuts = 0; cuts < 3; cuts += 1) {
      const passed = () => town.shop.proxy.count('passed', up);
      const before = passed();
      town.shop.proxy.mend();
      await town.shop.holds('a frame was sent', () => passed() > before);
      town.shop.proxy.cut();
    }
    town.shop.proxy.flow();
    town.shop.proxy.mend();
    await town.shop.settled();
  });
};

const live = (town: Town): void => {
  const states = ({ transactionId }: Sold) =>
    hostRecord(town.shop, transactionId)?.attempts.map(({ state }) => state);

  test.each([
    [15_00, 'approved'],
    [15_05, 'declined'],
  ])('a request for %i is %s once', async (value, outcome) => {
    const sold = await town.sell(value);
    expect(sold).toMatchObject({ outcome });
    expect(states(sold)).toEqual([outcome]);
  });

  test('a request that comes twice is decided once', async () => {
    town.shop.proxy.duplicate({ direction: 'to broker', channel: 'live/req' }, 1);
    const sold = await town.sell(16_00);
    expect(sold).toMatchObject({ outcome: 'approved' });
    await town.shop.settled();
    expect(states(sold)).toEqual(['approved']);
  });

  test.each<[string, Channel, 'to broker' | 'to agent', string]>([
    ['a request', 'live/req', 'to broker', 'tombstone'],
    ['an answer', 'live/res', 'to agent', 'reversed'],
  ])('%s that is lost is not sent again, but undone', async (_, channel, direction, state) => {
    town.shop.proxy.drop({ direction, channel }, 1);
    const sold = await town.sell(17_00);
    await town.wasUnknown(sold);
    await town.shop.settled();
    expect(await town.shop.till.look(sold.transactionId)).toMatchObject({ outcome: 'reversed' });
    expect(states(sold)).toEqual([state]);
  });

  test('a line that is cut while the host decides leaves nothing open', async () => {
    town.shop.portal.faults.arm('delay_response', { count: 1, ms: 500 });
    const begun = await town.shop.till.begin(18_00);
    await town.shop.till.swipe(begun.transactionId);
    await town.shop.holds('the host has decided', () => states(begun)?.length === 1);
    town.shop.proxy.cut();
    const sold = await town.shop.till.answer(begun.transactionId);
    expect(sold).toMatchObject({ outcome: 'unknown' });
    town.answers.push(sold);
    town.shop.proxy.mend();
    await town.shop.settled();
    expect(states(sold)).toEqual(['reversed']);
  });
};

const reconnecting = (town: Town): void => {
  test('a cut line is dialled again without being asked', async () => {
    const { session } = await town.link();
    town.shop.proxy.cut();
    await town.shop.till.linkIsNot('online');
    town.shop.proxy.mend();
    await town.shop.till.linkIs('online');
    expect((await town.link()).session).toBeGreaterThan(session);
    expect(await town.sell(19_00)).toMatchObject({ outcome: 'approved' });
  });

  test('a broker that refuses a subscription is dialled again', async () => {
    await town.shop.cutLine();
    town.shop.proxy.refuseSubscriptions(1);
    const seen = town.shop.log.length;
    town.shop.proxy.mend();
    await town.shop.says('link.state', seen, { state: 'joining' });
    await town.shop.till.linkIs('online');
    expect(await town.sell(19_20)).toMatchObject({ outcome: 'approved' });
  });

  test('a broker that was restarted has forgotten everything, and nothing is lost', async () => {
    await town.sellOffline([19_50]);
    await town.shop.restartBroker();
    await town.shop.mendLine();
    await town.presenceIs('online');
    expect(await town.sell(19_70)).toMatchObject({ outcome: 'approved' });
  });
};
