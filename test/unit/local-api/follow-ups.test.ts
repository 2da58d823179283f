/** Every type of transaction over the local API: what is answered, what is refused, and with which status. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { check } from '../../../contract/index.ts';
import { TransactionShape } from '../../../agent/local-api/shapes.ts';
import { until } from '../../../simulator/shop/until.ts';
import { openTill, type Reply, type Till } from './till.ts';

let till: Till;
let keys = 0;
beforeEach(async () => {
  till = await openTill({ offline: { enabled: true }, storage: { reserveMiB: 1 } });
});
afterEach(() => till.close());

const usd = (value: number) => ({ value, currency: 'USD' });
const idOf = ({ body }: Reply): string => String(body['transactionId']);

/** Asks for a transaction under a key of its own; the answer has the shape the API describes. */
const ask = async (fields: object, headers = {}): Promise<Reply> => {
  keys += 1;
  const reply = await till.send('/v1/transactions', {
    ...{ method: 'POST', body: fields },
    headers: { 'Idempotency-Key': `key-${keys}`, Prefer: 'wait=30', ...headers },
  });
  if (reply.status < 300) expect(check(TransactionShape, reply.body)).toMatchObject({ ok: true });
  return reply;
};

/** Asks for a payment, and taps a card for it. */
const pay = async (fields: object = {}): Promise<Reply> => {
  const asking = ask({ type: 'sale', amount: usd(4_250), ...fields });
  await until('the reader is armed', () => till.post.state().is === 'busy');
  till.post.tap();
  return asking;
};

const follow = (type: string, originalTransactionId: string, fields: object = {}) =>
  ask({ type, originalTransactionId, ...fields });

const post = (path: string, body?: object) =>
  till.send(path, { method: 'POST', ...(body === undefined ? {} : { body }) });
const get = (id: string) => till.send(`/v1/transactions/${id}`);

describe('each type', () => {
  test.each(['sale', 'authorization', 'refund'])(
    'a %s begins with a card, and ends',
    async (type) => {
      const reply = await pay({ type });
      expect(reply.status).toBe(201);
      expect(reply.body).toMatchObject({ type, state: 'approved', final: true });
      expect(reply.body).toMatchObject({ amount: usd(4_250), approvedAmount: usd(4_250) });
      expect(reply.body).not.toHaveProperty('originalTransactionId');
    },
  );

  test.each([
    ['capture', 'authorization', { amount: usd(4_000), tipAmount: usd(500) }, usd(4_000)],
    ['refund', 'sale', { amount: usd(1_000) }, usd(1_000)],
    ['refund', 'sale', {}, usd(4_250)],
    ['void', 'sale', {}, usd(4_250)],
    ['adjustment', 'sale', { tipAmount: usd(750) }, usd(5_000)],
  ] as const)('a %s of a %s needs none, and ends', async (type, of, fields, amount) => {
    const original = idOf(await pay({ type: of }));
    const reply = await follow(type, original, { reference: 'again', ...fields });
    expect(reply.status).toBe(201);
    expect(reply.headers['location']).toBe(`/v1/transactions/${idOf(reply)}`);
    expect(reply.body).toMatchObject({
      ...{ type, amount, outcome: 'approved', originalTransactionId: original },
      deviceAndPeripherals: { peripheralId: [] },
      reference: 'again',
    });
    expect(till.post.state().is).toBe('ready');
  });

  test('a void shows in its original, an adjustment in what it stands for', async () => {
    const [voided, adjusted] = [idOf(await pay()), idOf(await pay())];
    const undoing = idOf(await follow('void', voided));
    expect((await get(voided)).body).toMatchObject({ outcome: 'voided', voidedBy: undoing });
    await follow('adjustment', adjusted, { tipAmount: usd(750) });
    expect((await get(adjusted)).body).toMatchObject({
      ...{ amount: usd(4_250), approvedAmount: usd(5_000), tipAmount: usd(750) },
    });
  });

  test('its key stands for it: again is the same, with another body it is refused', async () => {
    const original = idOf(await pay());
    const key = { 'Idempotency-Key': 'one' };
    const first = await ask({ type: 'void', originalTransactionId: original }, key);
    const again = await ask({ type: 'void', originalTransactionId: original }, key);
    expect([again.headers['idempotency-replayed'], idOf(again)]).toEqual(['true', idOf(first)]);
    const other = await ask({ type: 'refund', originalTransactionId: original }, key);
    expect([other.status, other.body['code']]).toEqual([422, 'idempotency_mismatch']);
  });
});

describe('201 is final, 202 is not', () => {
  const stored = async (fields: object = {}): Promise<string> => {
    till.host.online = false;
    const reply = await pay(fields);
    expect([reply.status, reply.body['state']]).toEqual([202, 'stored']);
    return idOf(reply);
  };

  test('a void nobody has heard the sale of is 201, and so is its full refund', async () => {
    const voided = await follow('void', await stored());
    expect([voided.status, voided.body['outcome']]).toEqual([201, 'approved']);
    const refund = await follow('refund', await stored({ amount: usd(100) }));
    expect(refund.status).toBe(201);
    expect(refund.body).toMatchObject({ type: 'void', requestedType: 'refund' });
  });

  test('what waits in the log is 202, at the merchant’s risk', async () => {
    const original = idOf(await pay());
    till.host.online = false;
    const reply = await follow('refund', original);
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({
      state: 'advised',
      outcome: 'approved_offline',
      final: false,
    });
  });

  test('what got no answer is 202 and unknown, to be repeated or undone', async () => {
    const original = idOf(await pay());
    till.host.reply = { is: 'no answer', reason: 'no_answer' };
    const refund = await follow('refund', original, { amount: usd(1) });
    expect([refund.status, refund.body['outcome']]).toEqual([202, 'unknown']);
    const tip = await follow('adjustment', idOf(await approvedSale()), { tipAmount: usd(1) });
    expect([tip.status, tip.body['outcome'], tip.body['state']]).toEqual([
      202,
      'unknown',
      'advised',
    ]);
  });

  const approvedSale = async (): Promise<Reply> => {
    const { reply } = till.host;
    till.host.reply = 'approve';
    const sale = await pay();
    till.host.reply = reply;
    return sale;
  };

  test('what the host or a gate declines is 201', async () => {
    const original = idOf(await pay());
    till.host.reply = 'decline';
    const declined = await follow('void', original);
    expect([declined.status, declined.body['declinedBy']]).toEqual([201, 'host']);
    till.host.online = false;
    const refused = await follow('void', original, { offline: 'forbid' });
    expect(refused.status).toBe(201);
    expect(refused.body).toMatchObject({ declinedBy: 'agent', reason: 'offline_forbidden' });
  });
});

describe('a partial approval', () => {
  const partly = async (): Promise<string> => {
    till.host.reply = 'approve half';
    const reply = await pay();
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({
      ...{ state: 'partially_approved', outcome: 'partially_approved', final: false },
      ...{ amount: usd(4_250), approvedAmount: usd(2_125), responseCode: '10' },
    });
    return idOf(reply);
  };

  test('is accepted: 200, approved for its part', async () => {
    const id = await partly();
    const reply = await post(`/v1/transactions/${id}/accept`);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ outcome: 'approved', approvedAmount: usd(2_125) });
    expect((await post(`/v1/transactions/${id}/accept`)).body).toMatchObject({ code: 'conflict' });
  });

  test('is rejected: 200, and unknown until it is undone', async () => {
    const reply = await post(`/v1/transactions/${await partly()}/reject`, {});
    expect(reply.body).toMatchObject({ outcome: 'unknown', reason: 'partial_rejected' });
    expect(reply.status).toBe(200);
  });
});

describe('a suspected repetition', () => {
  const suspected = async (): Promise<string> => {
    till.host.online = false;
    await pay();
    const reply = await pay();
    expect(reply.status).toBe(202);
    expect(reply.body).toMatchObject({
      ...{ state: 'challenged', outcome: null, final: false, reason: 'duplicate_suspected' },
    });
    return idOf(reply);
  };

  test('is told at once to whoever asks, and stored when it is meant', async () => {
    const id = await suspected();
    const waited = await till.send(`/v1/transactions/${id}`, { headers: { Prefer: 'wait=30' } });
    expect(waited.body['state']).toBe('challenged');
    const reply = await post(`/v1/transactions/${id}/accept`);
    expect([reply.status, reply.body['outcome']]).toEqual([200, 'approved_offline']);
  });

  test('is declined when it is not', async () => {
    const reply = await post(`/v1/transactions/${await suspected()}/reject`);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ declinedBy: 'agent', reason: 'duplicate_suspected' });
  });
});

describe('the queue', () => {
  const stored = async (): Promise<string> => {
    till.host.online = false;
    return idOf(await pay({ amount: usd(1_000) }));
  };

  test('parks a record, with a reason or without, and lets it go and be sent', async () => {
    const id = await stored();
    const held = await post(`/v1/queue/${id}/hold`, { reason: 'looks odd' });
    expect(held.status).toBe(200);
    expect(held.body).toMatchObject({
      ...{ state: 'held', outcome: 'held', reason: 'looks odd' },
      by: { userId: 'local', role: 'admin' },
    });
    const { body } = await till.send('/v1/queue');
    expect(body).toMatchObject({ count: 1, records: [{ state: 'held', type: 'sale' }] });
    const released = await post(`/v1/queue/${id}/release`);
    expect([released.status, released.body['state']]).toEqual([200, 'stored']);
    expect(till.connects.count).toBe(1);
    expect((await post(`/v1/queue/${id}/hold`)).status).toBe(200);
  });

  test('lists follow-ups and voids that wait, and counts only what is at risk', async () => {
    const original = idOf(await pay());
    await stored();
    await follow('refund', original, { amount: usd(100) });
    const { body } = await till.send('/v1/queue');
    expect(body).toMatchObject({
      ...{ count: 2, exposure: [{ count: 1, amount: usd(1_000) }] },
      records: [
        { state: 'stored', type: 'sale' },
        { state: 'advised', type: 'refund' },
      ],
    });
  });

  test('takes no reason with a card number, no field nobody knows, no wrong type', async () => {
    const id = await stored();
    for (const [body, code] of [
      [{ reason: 'card 4111 1111 1111 1111' }, 'card_data_refused'],
      [{ why: 'x' }, 'unknown_field'],
      [{ reason: 7 }, 'malformed'],
      [{ reason: '' }, 'malformed'],
      [{ reason: 'x'.repeat(201) }, 'malformed'],
    ] as const) {
      expect((await post(`/v1/queue/${id}/hold`, body)).body['code']).toBe(code);
    }
    expect((await post(`/v1/queue/${id}/release`, { now: true })).body['code']).toBe(
      'unknown_field',
    );
    expect((await get(id)).body['state']).toBe('stored');
  });
});

describe('is refused', () => {
  const refusal = async (reply: Promise<Reply>): Promise<unknown[]> => {
    const { status, body } = await reply;
    return [status, body['code']];
  };

  test('what names no original, or one that is not here', async () => {
    for (const type of ['void', 'capture', 'adjustment']) {
      expect(await refusal(ask({ type }))).toEqual([422, 'original_unknown']);
    }
    const nobody = 'txn_00000000000000000000000000';
    expect(await refusal(follow('refund', nobody))).toEqual([422, 'original_unknown']);
  });

  test('what does not fit its original, naming it', async () => {
    const sale = idOf(await pay());
    const reply = await follow('capture', sale);
    expect([reply.status, reply.body['code']]).toEqual([409, 'original_not_fit']);
    expect(reply.body).toMatchObject({
      ...{ transactionId: sale, instance: `/v1/transactions/${sale}` },
      detail: 'A capture cannot follow a sale.',
    });
    const hold = idOf(await pay({ type: 'authorization' }));
    expect((await follow('adjustment', hold, { amount: usd(1) })).body).toMatchObject({
      detail: 'An adjustment cannot follow an authorization.',
    });
  });

  test('a sale that names an original', async () => {
    const sale = idOf(await pay());
    const again = ask({ type: 'sale', amount: usd(1), originalTransactionId: sale });
    expect(await refusal(again)).toEqual([409, 'original_not_fit']);
  });

  test('more than is left, more tip than allowed, another currency, less than all', async () => {
    const sale = idOf(await pay());
    const euro = { value: 1, currency: 'EUR' };
    for (const [type, fields, code] of [
      ['refund', { amount: usd(4_251) }, 'amount_exceeds_original'],
      ['adjustment', { amount: usd(4_251) }, 'amount_exceeds_original'],
      ['adjustment', { tipAmount: usd(4_251) }, 'tip_exceeds_limit'],
      ['refund', { amount: euro }, 'amount_invalid'],
      ['void', { amount: usd(1) }, 'amount_invalid'],
    ] as const) {
      expect(await refusal(follow(type, sale, fields))).toEqual([422, code]);
    }
  });

  test('what the schema does not know, by its place', async () => {
    const sale = idOf(await pay());
    for (const [fields, code, place] of [
      [{ tip: 1 }, 'unknown_field', 'tip'],
      [{ tipAmount: { ...usd(1), decimals: 2 } }, 'unknown_field', 'tipAmount.decimals'],
      [{ prompts: { pin: '1234' } }, 'unknown_field', 'prompts.pin'],
      [{ prompts: { zipCode: 'x'.repeat(11) } }, 'malformed', 'prompts.zipCode'],
      [{ prompts: { cvv: '123' } }, 'malformed', 'prompts.cvv'],
      [{ tipAmount: usd(-1) }, 'amount_invalid', 'tipAmount.value'],
      [{ surchargeAmount: '1.00' }, 'malformed', 'surchargeAmount'],
      [{ amount: usd(0) }, 'amount_invalid', 'amount.value'],
      [{ type: 'tip' }, 'malformed', 'type'],
      [{ originalTransactionId: 7 }, 'malformed', 'originalTransactionId'],
      [{ batchName: '' }, 'malformed', 'batchName'],
    ] as const) {
      const { status, body } = await follow('adjustment', sale, fields);
      expect([body['code'], String(body['detail'])]).toEqual([
        code,
        expect.stringContaining(place),
      ]);
      expect(status).toBe(code === 'amount_invalid' ? 422 : 400);
    }
  });

  test('what asks for a prompt and gets none', async () => {
    await till.close();
    till = await openTill({ hasZipCodePrompt: true });
    expect(await refusal(ask({ type: 'sale', amount: usd(1) }))).toEqual([422, 'prompt_missing']);
    const prompts = { zipCode: null };
    expect((await pay({ prompts })).body['outcome']).toBe('approved');
  });

  test('a card number in a batch name or a prompt', async () => {
    for (const fields of [{ batchName: '4111111111111111' }, { echo: '4111-1111-1111-1111' }]) {
      const reply = ask({ type: 'sale', amount: usd(1), ...fields });
      expect(await refusal(reply)).toEqual([422, 'card_data_refused']);
    }
  });

  test('an answer to what was not asked, or to what is not there', async () => {
    const sale = idOf(await pay());
    for (const path of [`transactions/${sale}/accept`, `transactions/${sale}/reject`]) {
      expect(await refusal(post(`/v1/${path}`))).toEqual([409, 'conflict']);
    }
    for (const path of [`queue/${sale}/hold`, `queue/${sale}/release`]) {
      expect(await refusal(post(`/v1/${path}`))).toEqual([409, 'conflict']);
    }
    const nobody = 'txn_00000000000000000000000000';
    for (const path of ['accept', 'reject']) {
      expect(await refusal(post(`/v1/transactions/${nobody}/${path}`))).toEqual([404, 'not_found']);
    }
    for (const path of ['hold', 'release']) {
      expect(await refusal(post(`/v1/queue/${nobody}/${path}`))).toEqual([404, 'not_found']);
    }
  });

  test('everything, while the disk refuses to write', async () => {
    const sale = idOf(await pay());
    till.host.online = false;
    const stored = idOf(await pay({ amount: usd(1_000) }));
    till.breakDisk(true);
    expect(await refusal(follow('void', sale))).toEqual([503, 'storage_unavailable']);
    expect(await refusal(post(`/v1/queue/${stored}/hold`))).toEqual([503, 'storage_unavailable']);
    till.breakDisk(false);
  });
});
