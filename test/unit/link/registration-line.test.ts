/** The line of a registration: a corner of its own, a question until it is answered, and an end anyhow. */
import { expect, test } from 'vitest';
import { StartFault } from '../../../agent/fault.ts';
import { askInCorner, registerWithinMs } from '../../../agent/portal/registration-line.ts';
import { quietWorld } from '../../rigs/quiet-world.ts';
import { ScriptedBroker } from '../../rigs/scripted-broker.ts';

const url = 'mqtts://portal.example:8884';
const refused = { ok: false, refusal: { code: 'code_unknown', retryable: false } };

/** A question on its way to a broker that has taken it. */
const asking = () => {
  const world = quietWorld();
  const broker = new ScriptedBroker(world.clock);
  const asked: string[] = [];
  const answer = askInCorner({ world, dial: broker.dial, url }, (registrationId) => {
    asked.push(registrationId);
    return { signed: 'a.b.c' };
  }).catch((error: unknown) => error);
  const session = broker.last();
  session.connect();
  world.clock.advance(5);
  const corner = `hf/1/register/${asked[0] ?? ''}`;
  return { world, session, asked, answer, corner };
};

test('the question is put in a corner named as the connection is, and answered there', async () => {
  const { world, session, answer, corner } = asking();
  expect(session.settings.clientId).toBe(corner.split('/')[3]);
  expect(session.subscriptions).toEqual([[`${corner}/res`]]);
  expect(session.published).toMatchObject([{ topic: `${corner}/req`, qos: 1, retained: false }]);
  session.deliver(`hf/1/register/${'0'.repeat(32)}/res`, JSON.stringify(refused));
  session.deliver(`${corner}/res`, '{"ok":');
  session.deliver(`${corner}/res`, JSON.stringify(refused));
  expect(await answer).toEqual(refused);
  world.clock.advance(2 * registerWithinMs);
  expect([session.published.length, session.closed]).toEqual([1, 'at once']);
});

test('the same is asked again while nobody answers: a portal may have been away', async () => {
  const { world, session, asked, answer, corner } = asking();
  world.clock.advance(10_000);
  const [first, ...others] = session.published;
  expect(others.length).toBeGreaterThanOrEqual(2);
  expect(others.every((each) => each.payload === first?.payload)).toBe(true);
  expect(asked).toHaveLength(1);
  session.deliver(`${corner}/res`, JSON.stringify(refused));
  expect(await answer).toEqual(refused);
});

test('nobody answers: it ends with what to do, and asks no more', async () => {
  const { world, session, answer } = asking();
  world.clock.advance(registerWithinMs);
  const fault = await answer;
  expect(fault).toBeInstanceOf(StartFault);
  expect(fault).toMatchObject({ code: 'portal_silent' });
  const { length } = session.published;
  world.clock.advance(registerWithinMs);
  expect(session.published).toHaveLength(length);
});

test('a connection that breaks ends it, with why', async () => {
  const { session, answer } = asking();
  session.break('getaddrinfo ENOTFOUND portal.example');
  expect(await answer).toMatchObject({ code: 'portal_not_found' });
});
