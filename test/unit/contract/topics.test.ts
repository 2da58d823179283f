/** Topics and their meaning are an inverse pair, and nothing else is a topic of ours. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  channelOf,
  channels,
  isSubject,
  messages,
  topicOf,
  type Place,
} from '../../../contract/index.ts';
import { seed } from '../../fixtures/seed.ts';

const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-'];
const name = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength });
const digits = [...'0123456789abcdef'];

const place: fc.Arbitrary<Place> = fc.oneof(
  fc.record({
    is: fc.constant('device' as const),
    subject: fc.record({
      clientId: name(27).filter((id) => id !== 'register'),
      deviceId: name(36),
    }),
    channel: fc.constantFrom(...channels),
  }),
  fc.record({
    is: fc.constant('registration' as const),
    registrationId: fc.string({ unit: fc.constantFrom(...digits), minLength: 32, maxLength: 32 }),
    side: fc.constantFrom('req' as const, 'res' as const),
  }),
);
const root = fc.constantFrom('hf/1', 'hf/2', 'a', 'shops/eu/hf/1');

test(`a topic read back is the place it was made of (seed ${seed})`, () => {
  fc.assert(
    fc.property(place, root, (one, below) => {
      expect(channelOf(topicOf(one, below), below)).toEqual(one);
    }),
    { seed },
  );
});

test(`a topic that is understood is spelled the same again (seed ${seed})`, () => {
  const part = fc.oneof(name(40), fc.constantFrom(...channels, '', '#', '+', 'register', 'req'));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const topic = ['hf/1', ...parts].join('/');
      const found = channelOf(topic);
      if (found !== undefined) expect(topicOf(found)).toBe(topic);
    }),
    { seed, numRuns: 1_000 },
  );
});

test.each([
  'hf/1',
  'hf/1/',
  'hf/1/shop/till',
  'hf/1/shop/till/',
  'hf/1/shop/till/log/sideways',
  'hf/1/shop/till/log/up/',
  'hf/2/shop/till/log/up',
  'hf/1/sh+p/till/log/up',
  'hf/1/shop/#',
  'hf/1/register/0123/req',
  `hf/1/register/${'A'.repeat(32)}/req`,
  `hf/1/register/${'a'.repeat(32)}/log/up`,
])('%s is no topic of ours', (topic) => {
  expect(channelOf(topic)).toBeUndefined();
});

test.each([
  [27, 36, true],
  [28, 36, false],
  [27, 37, false],
  [0, 1, false],
  [1, 0, false],
])('a client id of %i and a device id of %i characters: %s', (client, device, fits) => {
  const subject = { clientId: 'c'.repeat(client), deviceId: 'd'.repeat(device) };
  expect(isSubject(subject)).toBe(fits);
  if (!fits) {
    expect(() => topicOf({ is: 'device', subject, channel: 'presence' })).toThrow(RangeError);
  }
});

test('every channel carries a message, and every message has a channel', () => {
  const used = new Set<string>(Object.values(messages).map((row) => row.channel));
  expect([...used].sort()).toEqual([...channels, 'register/req', 'register/res'].sort());
});

test('no client is called "register", so a registration is never taken for a device', () => {
  const subject = { clientId: 'register', deviceId: 'a'.repeat(32) };
  expect(isSubject(subject)).toBe(false);
  expect(channelOf(`hf/1/register/${subject.deviceId}/presence`)).toBeUndefined();
});
