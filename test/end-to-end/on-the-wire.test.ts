/** On the wire: the order and the bytes of what an agent says when answers are lost; how batches end. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BatchAnswer } from '../../agent/local-api/batches.ts';
import type { Entry, Frame, LiveRequest, LiveResponse } from '../../contract/index.ts';
import { subjectName, topicOf } from '../../contract/index.ts';
import { signerOf } from '../../agent/identity/jws.ts';
import { mqttDial } from '../../agent/portal/mqtt.ts';
import type { Sold } from '../../simulator/demo/till.ts';
import { auditOf, hostRecord } from '../rigs/audit.ts';
import { portalName } from '../rigs/mosquitto.ts';
import { openShop, shopSubject, type Shop } from '../rigs/shop.ts';

let shop: Shop;

beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
beforeEach(async () => {
  shop.portal.faults.clear();
  await shop.settled();
});

interface Said<What> {
  /** Its place among all that was heard. */
  readonly at: number;
  readonly bytes: string;
  readonly what: What;
}

const saidOn = <What>(channel: string, since: number): Said<What>[] =>
  shop.overheard.slice(since).flatMap(({ topic, payload }, index) => {
    if (!topic.endsWith(`/${channel}`)) return [];
    const bytes = Buffer.from(payload).toString();
    return [{ at: since + index, bytes, what: JSON.parse(bytes) as What }];
  });

/** Entries of the up log about a transaction, as often as they were said, with the frame they came in. */
const toldOf = ({ transactionId }: Sold, type: string, since: number): Said<Entry>[] =>
  saidOn<Frame>('log/up', since).flatMap(({ at, bytes, what }) =>
    what.entries
      .filter((entry) => entry.type === type)
      .filter(({ body }) => (body as { transactionId: string }).transactionId === transactionId)
      .map((entry) => ({ at, bytes, what: entry })),
  );

/** The live request of a transaction; each is asked once. */
const askedFor = ({ transactionId }: Sold, since: number): Said<LiveRequest> => {
  const asked = saidOn<LiveRequest>('live/req', since).filter(
    ({ what }) => (what.body as { transactionId: string }).transactionId === transactionId,
  );
  expect(asked).toHaveLength(1);
  return asked[0]!;
};

const attemptOf = ({ what }: Said<{ readonly body: unknown }>): string =>
  (what.body as { attemptId: string }).attemptId;

/** Answers as a portal would that keeps to nothing but its signature. */
const answerAsPortal = (response: LiveResponse): Promise<void> => {
  const { keyId, seed } = shop.keys.signing;
  const sub = subjectName(shopSubject);
  const topic = topicOf({ is: 'device', subject: shopSubject, channel: 'live/res' });
  const payload = signerOf(keyId, seed)(response, { typ: 'live/res', sub });
  const settings = { ...shop.party.settings(portalName), clientId: 'scripted-portal' };
  return new Promise((resolve, reject) => {
    const session = mqttDial()(settings, (event) => {
      if (event.is === 'closed') reject(new Error(`The broker is gone: ${event.why}.`));
      if (event.is !== 'connected') return;
      session.publish({ topic, payload, qos: 1, retained: false }, (fault) => {
        session.close('gracefully');
        if (fault === undefined) resolve();
        else reject(new Error(fault));
      });
    });
  });
};

/** The types of the facts a transaction has, in order. */
const historyOf = async ({ transactionId }: Sold): Promise<string[]> => {
  const { body } = await shop.agent.client.get(`/v1/transactions/${transactionId}`);
  return (body as { history: { type: string }[] }).history.map(({ type }) => type);
};

const applied = (fault: string): number =>
  shop.portalLog.filter((event) => event.is === 'fault.applied' && event.fault === fault).length;

const batch = async (id: string): Promise<BatchAnswer> =>
  (await shop.agent.client.get(`/v1/batches/${id}`)).body as BatchAnswer;

const close = async (batchName: string): Promise<BatchAnswer> => {
  const wait = { prefer: 'wait=10' };
  const answer = await shop.agent.client.post('/v1/batches/current/close', { batchName }, wait);
  expect(answer.status).toBe(200);
  return answer.body as BatchAnswer;
};

test('a reversal is in the log before the next sale, whose request names it', async () => {
  const since = shop.overheard.length;
  shop.portal.faults.arm('drop_response', { count: 1 });
  shop.portal.faults.arm('hold_decisions', { count: 1 });
  const lost = await shop.till.sell({ value: 31_00 });
  expect(lost).toMatchObject({ outcome: 'unknown' });
  await shop.ready();
  const next = await shop.till.sell({ value: 32_00 });
  expect(next).toMatchObject({ outcome: 'approved' });
  const request = askedFor(next, since);
  const { transactionId } = lost;
  const attemptId = attemptOf(askedFor(lost, since));
  expect(request.what.body).toMatchObject({ reversals: [{ transactionId, attemptId }] });
  const [reversal] = toldOf(lost, 'reversal', since);
  expect(reversal?.what.body).toMatchObject({ transactionId, attemptId, reason: 'no_answer' });
  expect(reversal?.at).toBeLessThan(request.at);
  shop.portal.faults.clear();
  await shop.settled();
  expect(await shop.till.look(transactionId)).toMatchObject({ outcome: 'reversed' });
});

/** Whether a fact of a type was the last that the portal has taken in. */
const hasTaken = (type: string): boolean => {
  const last = shop.portalLog.findLast((event) => event.is === 'facts.taken');
  return last?.is === 'facts.taken' && last.types.at(-1) === type;
};

test('a reversal nobody acknowledged is said again byte for byte, and done once', async () => {
  const since = shop.overheard.length;
  shop.portal.faults.arm('drop_request', { count: 1 });
  const selling = shop.till.sell({ value: 38_00 });
  // The portal goes when it has heard that the request leaves, and has acknowledged that.
  const isAsked = () => applied('drop_request') > 0 && hasTaken('attempt.sent');
  await shop.holds('the request has left', isAsked);
  shop.portal.stop();
  const lost = await selling;
  expect(lost).toMatchObject({ outcome: 'unknown' });
  const reversals = () => toldOf(lost, 'reversal', since);
  await shop.holds('the reversal is told', () => reversals().length > 0);
  await shop.cutLine();
  const said = reversals().length;
  shop.restartPortal();
  await shop.mendLine();
  await shop.holds('the reversal is told again', () => reversals().length > said);
  const bytes = JSON.stringify(reversals()[0]?.what);
  expect(bytes).toContain(attemptOf(askedFor(lost, since)));
  for (const reversal of reversals()) expect(reversal.bytes).toContain(bytes);
  await shop.settled();
  expect(await shop.till.look(lost.transactionId)).toMatchObject({ outcome: 'reversed' });
  expect(hostRecord(shop, lost.transactionId)?.attempts).toMatchObject([{ state: 'tombstone' }]);
});

test('an answer that comes after the reversal is told is recorded, and revives nothing', async () => {
  const since = shop.overheard.length;
  shop.portal.faults.arm('drop_request', { count: 1 });
  shop.portal.faults.arm('hold_decisions', { count: 1 });
  const lost = await shop.till.sell({ value: 39_00 });
  expect(lost).toMatchObject({ outcome: 'unknown' });
  await shop.holds('the reversal is told', () => toldOf(lost, 'reversal', since).length > 0);
  const { what: request } = askedFor(lost, since);
  const { transactionId } = lost;
  const { attemptId } = request.body as { attemptId: string };
  const answer = { transactionId, attemptId, result: 'approved', responseCode: '00' } as const;
  await answerAsPortal({ id: request.id, ok: true, body: { ...answer, approvalCode: 'LATE01' } });
  await shop.holds('the answer is recorded', async () =>
    (await historyOf(lost)).includes('answer.late'),
  );
  expect(await shop.till.look(transactionId)).toMatchObject({ outcome: 'unknown' });
  shop.portal.faults.clear();
  await shop.settled();
  expect(await shop.till.look(transactionId)).toMatchObject({ outcome: 'reversed', final: true });
  expect((await historyOf(lost)).slice(0, 4)).toEqual([
    ...['transaction.created', 'attempt.sent', 'reversal', 'answer.late'],
  ]);
  expect(toldOf(lost, 'answer.late', since)[0]?.what.body).toEqual(answer);
  expect(hostRecord(shop, transactionId)?.netApprovedValue).toBe(0);
});

test('the advice of a void without an answer is said again byte for byte', async () => {
  const sold = await shop.till.sell({ value: 33_00 });
  await shop.settled();
  const since = shop.overheard.length;
  // Nobody answers the request, and nobody acknowledges the advice.
  shop.portal.stop();
  const undo = await shop.till.follow('void', sold.transactionId);
  const advices = () => toldOf(undo, 'transaction.advised', since);
  await shop.holds('the advice is told', () => advices().length > 0);
  await shop.cutLine();
  const said = advices().length;
  shop.restartPortal();
  await shop.mendLine();
  await shop.holds('the advice is told again', () => advices().length > said);
  const bytes = JSON.stringify(advices()[0]?.what);
  for (const advice of advices()) expect(advice.bytes).toContain(bytes);
  expect(new Set(advices().map(attemptOf))).toEqual(new Set([attemptOf(askedFor(undo, since))]));
  await shop.settled();
  await shop.till.becomes('approved', undo);
  expect(await shop.till.becomes('voided', sold)).toMatchObject({ final: true });
  expect(hostRecord(shop, undo.transactionId)?.attempts).toHaveLength(1);
});

test('a portal that lost a record does not agree, and the batch shows exactly that one', async () => {
  const since = shop.overheard.length;
  const more = { batchName: 'Lost' };
  await shop.till.sell({ value: 34_00, more });
  await shop.till.sell({ value: 35_00, more });
  shop.portal.faults.arm('lose_record', { count: 1 });
  const closed = await close('Lost');
  const isCompared = async () => (await batch('Lost-1')).outcome === 'not_agreed';
  await shop.holds('the portal has compared it', isCompared);
  const page = saidOn<Frame>('log/up', since)
    .flatMap(({ what }) => what.entries)
    .find(({ type }) => type === 'batch.records');
  // The portal loses the first it compares.
  const [lost] = (page?.body as { records: { transactionId: string; amount: object }[] }).records;
  expect(await batch('Lost-1')).toMatchObject({
    differences: [
      { transactionId: lost?.transactionId, is: 'missing_at_portal', device: lost?.amount },
    ],
    ...{ differenceCount: 1, count: 2, totals: closed.totals, net: closed.net },
  });
});

test('a settlement that is lost, and a power cut, change nothing; told again it is taken', async () => {
  await shop.till.sell({ value: 36_00, more: { batchName: 'Cut' } });
  await shop.settled();
  const dropped = applied('drop_down_frame');
  shop.portal.faults.arm('drop_down_frame', { count: 1_000 });
  await close('Cut');
  await shop.holds('the settlement is lost', () => applied('drop_down_frame') > dropped);
  const before = await batch('Cut-1');
  expect(before).toMatchObject({ state: 'closed', outcome: 'unconfirmed', batchNumber: 1 });
  await shop.agent.kill9();
  await shop.agent.start();
  expect(await batch('Cut-1')).toEqual(before);
  shop.portal.faults.clear();
  await shop.ready();
  const isAgreed = async () => (await batch('Cut-1')).outcome === 'agreed';
  await shop.holds('the settlement is taken', isAgreed);
  const after = await batch('Cut-1');
  expect(after).toMatchObject({ ...before, outcome: 'agreed' });
  expect(after).toMatchObject({ settled: before.net, differences: [], differenceCount: 0 });
});

test('a sale that is stored after its answer was lost stands behind its reversal in the log', async () => {
  await shop.restartWith({ settings: { offline: { afterUnknown: true } } });
  await shop.ready();
  const since = shop.overheard.length;
  shop.portal.faults.arm('drop_response', { count: 1 });
  const sold = await shop.till.sell({ value: 37_00 });
  await shop.settled();
  expect(await shop.till.look(sold.transactionId)).toMatchObject({ outcome: 'approved' });
  const [reversal] = toldOf(sold, 'reversal', since);
  const [stored] = toldOf(sold, 'transaction.stored', since);
  const asked = attemptOf(askedFor(sold, since));
  expect(reversal?.what.body).toMatchObject({ attemptId: asked });
  expect(stored?.what.body).toMatchObject({ afterAttemptId: asked });
  expect(attemptOf(stored!)).not.toBe(asked);
  expect(reversal!.what.seq).toBeLessThan(stored!.what.seq);
  expect(reversal!.at).toBeLessThanOrEqual(stored!.at);
});

test('in the end the ledger, the portal and the host agree', async () => {
  await shop.settled();
  expect(await auditOf(shop, [])).toEqual([]);
});
