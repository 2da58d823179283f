/** Messages that do not belong: refused, told, and without effect on those that do. */
import { describe, expect, test } from 'vitest';
import { linkLimits } from '../../../contract/index.ts';
import { linked, topic, type LinkedLedger, type Oddly } from '../../rigs/linked-ledger.ts';
import { wordLog } from '../../rigs/word-log.ts';

const presence = (session: number, state = 'online', bootId = 'boot-1') =>
  JSON.stringify({ state, session, bootId, agentVersion: '0' });

/** Lists in each other, so many levels deep. */
const nested = (levels: number): unknown => (levels === 0 ? 0 : [nested(levels - 1)]);

describe('what does not belong is refused, told, and stops nothing', () => {
  const large = `"${'x'.repeat(2 * linkLimits.frameBytes)}"`;
  const upAck = { session: 1, epoch: 1, through: 0, hash: '0'.repeat(64) };
  const rows: [string, (link: LinkedLedger) => void, RegExp][] = [
    [
      'an unsigned message',
      (l) => l.session.deliver(topic('log/up/ack'), JSON.stringify(upAck)),
      /three parts/,
    ],
    ['an empty message', (l) => l.session.deliver(topic('log/up/ack'), ''), /three parts/],
    [
      'bytes that are no text',
      (l) => l.session.deliver(topic('log/down'), Uint8Array.of(255, 0)),
      /three parts/,
    ],
    ['three parts of nothing', (l) => l.session.deliver(topic('live/res'), 'a.b.c'), /JSON/],
    [
      'one signed by a stranger',
      odd('log/up/ack', upAck, { signedBy: 'stranger' }),
      /does not fit/,
    ],
    [
      'one signed for another channel',
      odd('log/up/ack', upAck, { typ: 'log/down' }),
      /another channel/,
    ],
    [
      'one signed for another device',
      odd('log/up/ack', upAck, { sub: 'cli_1/dev-2' }),
      /another device/,
    ],
    ['one that is retained', odd('log/up/ack', upAck, { retained: true }), /retained/],
    ['an answer that is retained', odd('live/res', {}, { retained: true }), /retained/],
    ['one that is oversized', (l) => l.session.deliver(topic('log/down'), large), /oversized/],
    ['one nested too deep', odd('log/up/ack', { ...upAck, extra: nested(65) }), /too deep/],
    [
      'a presence of a session no ledger was ever in',
      (l) => l.session.deliver(topic('presence'), presence(1_000_099)),
      /further ahead/,
    ],
    ['one of another shape', odd('log/up/ack', { ...upAck, through: -1 }), /through/],
    ['a frame without entries', odd('log/down', { ...frame(), entries: [] }), /entries/],
    [
      'a frame of a broken chain',
      odd('log/down', { ...frame(), prev: 'f'.repeat(64) }),
      /chain breaks/,
    ],
    [
      'a topic of another device',
      (l) => l.session.deliver('hf/1/cli_1/dev-2/log/down', '{}'),
      /nobody asked/,
    ],
    [
      'a presence of another device',
      (l) => l.session.deliver('hf/1/cli_1/dev-2/presence', presence(99)),
      /nobody asked/,
    ],
    ['a topic of nobody', (l) => l.session.deliver('weather', '{}'), /nobody asked/],
    ['a channel of its own', (l) => l.session.deliver(topic('log/up'), '{}'), /nobody asked/],
    ['a presence that is no JSON', (l) => l.session.deliver(topic('presence'), '{'), /not JSON/],
    ['a wish for another device', (l) => l.wish(2, { deviceId: 'dev-2' }), /another device/],
  ];

  test.each(rows)('%s', (_what, deliver, why) => {
    const shop = linked();
    const session = shop.connect();
    // Where it stands in the words it may say at any time, and that a document was refused is reported.
    const may = [topic('log/down/ack'), topic('reported')];
    const said = () => session.published.filter((each) => !may.includes(each.topic)).length;
    const before = said();
    deliver(shop);
    shop.world.clock.advance(5);
    const refused = shop.told('message refused');
    expect(refused).toMatchObject([{ why: expect.stringMatching(why) as string }]);
    expect(said()).toBe(before);
    expect(session.closed).toBeUndefined();
    shop.ack(0);
    expect(shop.link.canAsk()).toBe(true);
  });

  test('a retained document that was cleared says nothing', () => {
    const shop = linked();
    shop.join();
    shop.session.deliver(topic('desired/device'), '', true);
    shop.session.deliver(topic('desired/device'), '', false);
    shop.session.deliver(topic('presence'), '', false);
    expect(shop.told('message refused')).toEqual([]);
  });

  test('what comes after the session has ended is not heard', () => {
    const shop = linked();
    const session = shop.join();
    session.break();
    shop.ack(2);
    session.deliver(topic('log/down'), 'x');
    expect(shop.told('message refused')).toEqual([]);
  });

  function odd(channel: Parameters<typeof topic>[0], payload: unknown, how: Oddly = {}) {
    return (link: LinkedLedger) => link.say(channel, payload, how);
  }

  function frame() {
    const words = wordLog();
    words.say('a word', {});
    return words.frame(1);
  }
});
