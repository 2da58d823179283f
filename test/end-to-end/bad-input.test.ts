/** Whatever comes in, over HTTP or over MQTT: it is refused with a reason, and the shop goes on selling. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { signerOf } from '../../agent/identity/jws.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import { linkLimits, subjectName, topicOf, type Channel } from '../../contract/index.ts';
import type { Sold } from '../../simulator/demo/till.ts';
import { auditOf } from '../rigs/audit.ts';
import { portalName } from '../rigs/mosquitto.ts';
import { askRaw, sendRaw, type RawRequest } from '../rigs/raw-http.ts';
import { RememberedSession } from '../rigs/session.ts';
import { openShop, shopSubject, type Shop } from '../rigs/shop.ts';

let shop: Shop;
const answers: Sold[] = [];

beforeAll(async () => {
  shop = await openShop();
});

afterAll(() => shop.close());

const sell = async (value = 10_00): Promise<Sold> => {
  const sold = await shop.till.sell({ value });
  answers.push(sold);
  return sold;
};

describe('over HTTP', () => {
  const port = () => Number(new URL(shop.agent.url).port);
  const headers = (more: object = {}) => ({
    host: `127.0.0.1:${port()}`,
    'x-api-key': shop.agent.localKey() ?? '',
    'content-type': 'application/json',
    'idempotency-key': crypto.randomUUID(),
    ...more,
  });
  const sale = (more: object = {}): string =>
    JSON.stringify({ type: 'sale', amount: { value: 10_00, currency: 'USD' }, ...more });

  const rows: [string, () => RawRequest, number, string | undefined][] = [
    ['no JSON', () => ({ headers: headers(), body: '{"type":' }), 400, 'malformed'],
    ['no body', () => ({ headers: headers() }), 400, 'malformed'],
    ['a list', () => ({ headers: headers(), body: '[]' }), 400, 'malformed'],
    [
      'a prototype',
      () => ({ headers: headers(), body: '{"__proto__":{"type":"sale"}}' }),
      400,
      'malformed',
    ],
    [
      'a wrong type',
      () => ({ headers: headers(), body: sale({ amount: '10' }) }),
      400,
      'malformed',
    ],
    [
      'half a cent',
      () => ({ headers: headers(), body: sale({ amount: { value: 0.5, currency: 'USD' } }) }),
      422,
      'amount_invalid',
    ],
    [
      'nothing to pay',
      () => ({ headers: headers(), body: sale({ amount: { value: 0, currency: 'USD' } }) }),
      422,
      'amount_invalid',
    ],
    [
      'a currency nobody has',
      () => ({ headers: headers(), body: sale({ amount: { value: 1, currency: 'ZZZ' } }) }),
      422,
      'currency_unsupported',
    ],
    [
      'an unknown field',
      () => ({ headers: headers(), body: sale({ discount: 5 }) }),
      400,
      'unknown_field',
    ],
    [
      'more than a request may be',
      () => ({ headers: headers(), body: sale({ echo: 'x'.repeat(70_000) }) }),
      413,
      'too_large',
    ],
    [
      'another content type',
      () => ({ headers: headers({ 'content-type': 'text/plain' }), body: sale() }),
      415,
      'unsupported_media_type',
    ],
    [
      'no idempotency key',
      () => ({ headers: headers({ 'idempotency-key': ' ' }), body: sale() }),
      400,
      'idempotency_key_missing',
    ],
    [
      'a wrong key',
      () => ({ headers: headers({ 'x-api-key': 'x'.repeat(43) }), body: sale() }),
      401,
      'unauthorized',
    ],
    ['no key', () => ({ headers: { host: 'localhost' }, body: sale() }), 401, 'unauthorized'],
    [
      'another host',
      () => ({ headers: headers({ host: 'shop.example' }), body: sale() }),
      400,
      'host_not_allowed',
    ],
    [
      'a header without end',
      () => ({ headers: headers({ cookie: 'x'.repeat(100_000) }), body: sale() }),
      431,
      'malformed',
    ],
    [
      'no such place',
      () => ({ headers: headers(), path: '/v1/tills', body: sale() }),
      404,
      'not_found',
    ],
    [
      'a wrong method',
      () => ({ headers: headers(), method: 'PUT', body: sale() }),
      404,
      'not_found',
    ],
    [
      'a path that is no text',
      () => ({ headers: headers(), path: '/v1/transactions/%ff', method: 'GET' }),
      404,
      'not_found',
    ],
  ];

  test.each(rows)('%s', async (_, request, status, code) => {
    const answer = await askRaw(port(), request());
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.text).not.toMatch(/ at .*\.js:/);
  });

  test('something that is not HTTP', async () => {
    const answer = await sendRaw(port(), Buffer.from('160301020001000001fc0303', 'hex'));
    expect([answer.status, answer.code]).toEqual([400, 'malformed']);
  });

  test('after all that it sells, and none of it was a sale', async () => {
    expect(await sell()).toMatchObject({ outcome: 'approved' });
    const { body } = await shop.agent.client.get('/v1/transactions');
    expect((body as { transactions: unknown[] }).transactions).toHaveLength(answers.length);
  });
});

describe('over MQTT, from somebody with a certificate of the portal', () => {
  const topic = (channel: Channel) => topicOf({ is: 'device', subject: shopSubject, channel });
  const sub = subjectName(shopSubject);
  const ack = { session: 1, epoch: 1, through: 4_711, hash: 'a'.repeat(64) };
  const approval = {
    ...{ transactionId: `txn_${'0'.repeat(26)}`, attemptId: `att_${'0'.repeat(26)}` },
    ...{ result: 'approved', responseCode: '00' },
  };
  const answer = { id: 'live_1', ok: true, body: approval };
  const wish = {
    ...{ kind: 'device', subject: shopSubject, version: 99, issuedAt: 0 },
    body: { log: { epoch: 99 } },
  };
  let intruder: RememberedSession;
  let sessionBefore: number;

  const session = async (): Promise<number> => {
    const { body } = await shop.agent.client.get('/v1/status');
    return (body as { link: { session: number } }).link.session;
  };

  beforeAll(async () => {
    const settings = { ...shop.party.settings(portalName), clientId: 'intruder' };
    intruder = new RememberedSession(mqttDial(), settings);
    await intruder.connected();
  });

  beforeEach(async () => {
    await shop.till.linkIs('online');
    sessionBefore = await session();
  });

  afterAll(() => intruder.session.close('at once'));

  // The right key's name, and the portal's own signature; and what somebody else can make of them.
  const forged = (content: unknown, typ: Channel) =>
    signerOf(shop.keys.signing.keyId, new Uint8Array(32).fill(7))(content, { typ, sub });
  const signed = (content: unknown, typ: Channel, whose = sub) =>
    signerOf(shop.keys.signing.keyId, shop.keys.signing.seed)(content, { typ, sub: whose });
  const unsigned = (content: unknown, typ: Channel) => {
    const head = { alg: 'none', kid: shop.keys.signing.keyId, typ, sub };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part(head)}.${part(content)}.`;
  };
  const stranger = (content: unknown, typ: Channel) =>
    signerOf('signing-unknown', new Uint8Array(32).fill(7))(content, { typ, sub });

  const rows: [string, Channel, () => string, string][] = [
    ['junk', 'log/up/ack', () => '\u0000junk\uffff', 'three parts'],
    ['nothing', 'log/down', () => '', 'three parts'],
    ['an acknowledgement without a signature', 'log/up/ack', () => JSON.stringify(ack), 'three'],
    ['one with a forged signature', 'log/up/ack', () => forged(ack, 'log/up/ack'), 'not fit'],
    ['one that says it needs none', 'log/up/ack', () => unsigned(ack, 'log/up/ack'), 'algorithm'],
    ['one of a key nobody knows', 'log/up/ack', () => stranger(ack, 'log/up/ack'), 'not trust'],
    [
      'one for another device',
      'log/up/ack',
      () => signed(ack, 'log/up/ack', 'corner-shop/till-2'),
      'another device',
    ],
    ['one for another channel', 'log/up/ack', () => signed(ack, 'log/down'), 'another channel'],
    [
      'one of another shape',
      'log/up/ack',
      () => signed({ ...ack, through: -1 }, 'log/up/ack'),
      'through',
    ],
    ['words with a forged signature', 'log/down', () => forged({}, 'log/down'), 'not fit'],
    ['an answer with a forged signature', 'live/res', () => forged(answer, 'live/res'), 'not fit'],
    ['a forged wish', 'desired/device', () => forged(wish, 'desired/device'), 'not fit'],
    [
      'more than a message may be',
      'log/down',
      () => 'x'.repeat(3 * linkLimits.frameBytes),
      'oversized',
    ],
    ['a presence that is none', 'presence', () => '{"state":', 'JSON'],
  ];

  test.each(rows)('%s is refused and told', async (_, channel, payload, why) => {
    const seen = shop.log.length;
    await intruder.publish(topic(channel), payload());
    const told = await shop.says('link.message.refused', seen, { channel });
    expect(told['why']).toContain(why);
    expect(await session()).toBe(sessionBefore);
  });

  test.each(['live/res', 'log/down', 'log/up/ack'] as const)(
    'a retained message on %s is refused when the agent comes back',
    async (channel) => {
      await shop.cutLine();
      await intruder.publish(topic(channel), signed(answer, channel), { retained: true });
      const seen = shop.log.length;
      await shop.mendLine();
      const told = await shop.says('link.message.refused', seen, { channel });
      expect(told['why']).toContain('retained');
      await intruder.publish(topic(channel), '', { retained: true });
    },
  );

  test('a topic nobody knows changes nothing', async () => {
    await intruder.publish(`${topic('log/up').replace('log/up', 'nonsense')}`, 'x');
    await intruder.publish(`${topic('log/up')}/deeper`, 'x', { retained: true });
    expect(await sell()).toMatchObject({ outcome: 'approved' });
    expect(await session()).toBe(sessionBefore);
  });

  test('an old acknowledgement, said again, takes nothing back', async () => {
    const old = shop.overheard.find((heard) => heard.topic === topic('log/up/ack'));
    await intruder.publish(topic('log/up/ack'), Buffer.from(old?.payload ?? []).toString());
    expect(await sell()).toMatchObject({ outcome: 'approved' });
    await shop.settled();
    expect(await session()).toBe(sessionBefore);
  });

  test('the answer to another sale, said again, and a forged one, approve nothing', async () => {
    const old = shop.overheard.find((heard) => heard.topic === topic('live/res'));
    shop.portal.faults.arm('delay_response', { count: 1, ms: 500 });
    const begun = await shop.till.begin(20_05);
    await shop.till.swipe(begun.transactionId);
    await shop.holds('the host has decided', () =>
      shop.portalLog.some(
        (event) => event.is === 'live.answered' && event.transactionId === begun.transactionId,
      ),
    );
    const request = shop.overheard.findLast((heard) => heard.topic === topic('live/req'));
    const { id, body } = JSON.parse(Buffer.from(request?.payload ?? []).toString()) as {
      id: string;
      body: { transactionId: string; attemptId: string };
    };
    const lie = { ...answer, id, body: { ...approval, ...body } };
    await intruder.publish(topic('live/res'), Buffer.from(old?.payload ?? []).toString());
    await intruder.publish(topic('live/res'), forged(lie, 'live/res'));
    const sold = await shop.till.answer(begun.transactionId);
    answers.push(sold);
    expect(sold).toMatchObject({ outcome: 'declined', declinedBy: 'host', responseCode: '05' });
  });

  test('a death it did not die only makes it count on from there', async () => {
    const presence = { state: 'offline', session: 1_000_000, bootId: 'b', agentVersion: '1' };
    await intruder.publish(topic('presence'), JSON.stringify(presence), { retained: true });
    await shop.holds('the session is a later one', async () => (await session()) > 1_000_000);
    await shop.till.linkIs('online');
    expect(await sell()).toMatchObject({ outcome: 'approved' });
  });

  test('after all that the POS, the ledger, the portal and the host agree', async () => {
    await shop.settled();
    expect(await auditOf(shop, answers)).toEqual([]);
  });
});
