/** Batches: list them, show one, close the one that is open. */
import { Type, type Static } from 'typebox';
import {
  Actor,
  BatchId,
  BatchTotal,
  Amount,
  CloseTrigger,
  Difference,
} from '../../contract/index.ts';
import { batchOutcomes } from '../batches/batch.ts';
import { batchIdOf, batchOfId, batchView } from '../batches/view.ts';
import type { KeptBatch } from '../ledger/batches.ts';
import { actorOf } from '../access/asker.ts';
import type { Shop } from '../shop.ts';
import { apiLimits } from './limits.ts';
import { preferenceApplied, preferHeader, preferredWait } from './prefer.ts';
import { ok, route, type Answer, type Ask } from './route.ts';
import { IsoTime, NetShape, text } from './shapes.ts';
import { unknownName } from './unknown.ts';

const Count = Type.Integer({ minimum: 0 });

export const Outcome = Type.Union([Type.Enum([...batchOutcomes]), Type.Null()], {
  description: 'How the portal’s comparison ended; null while the batch is not closed.',
});

/** A batch as it stands now. */
export const BatchShape = Type.Object(
  {
    batchId: Type.String({ description: 'Name and number: `System-3`.' }),
    batchName: Type.String(),
    batchNumber: Type.Integer({ minimum: 1 }),
    state: Type.Enum(['open', 'closing', 'closed']),
    outcome: Outcome,
    count: Type.Integer({ description: 'Transactions in its totals.' }),
    net: Type.Array(NetShape),
    totals: Type.Array(BatchTotal, {
      description: 'In minor units. Of a batch that is not closed, as if it were closed now.',
    }),
    openedAt: IsoTime,
    closedAt: Type.Optional(IsoTime),
    scheduledFor: Type.Optional(Type.String({ description: 'The local date of its schedule.' })),
    trigger: Type.Optional(CloseTrigger),
    by: Type.Optional(Actor),
    waitsFor: Type.Optional(Type.Object({ underWay: Count, reversals: Count, undecided: Count })),
    carried: Type.Optional(Type.Array(Type.String())),
    carriedTo: Type.Optional(BatchId),
    digest: Type.Optional(Type.String()),
    settled: Type.Optional(Type.Array(NetShape, { description: 'What the portal settles.' })),
    differences: Type.Optional(Type.Array(Difference)),
    differenceCount: Type.Optional(Count),
    declinedAfterClose: Type.Optional(
      Type.Array(Type.Object({ transactionId: Type.String(), amount: Amount })),
    ),
  },
  { title: 'Batch' },
);
/** A batch as the API answers it. */
export type BatchAnswer = Static<typeof BatchShape>;

const Page = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: apiLimits.pageMost })),
    cursor: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,14}$' })),
  },
  { additionalProperties: false },
);

const Close = Type.Object(
  {
    batchName: Type.Optional(text(64)),
    number: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'The batch that is meant, and no other; closed before: answers how it ended.',
      }),
    ),
  },
  { additionalProperties: false },
);

const listBatches = (ask: Ask<unknown, Static<typeof Page>>, { ledger }: Shop): Answer => {
  const { cursor, limit = apiLimits.pageUsual } = ask.query;
  const before = cursor === undefined ? {} : { before: Number(cursor) };
  // One more than is shown tells whether there is a next page.
  const found = ledger.batches.list({ ...before, limit: limit + 1 });
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return ok({
    batches: page.map((each) => batchView(each, ledger)),
    nextCursor: found.length > limit && last !== undefined ? String(last.place) : null,
  });
};

const getBatch = async (ask: Ask, shop: Shop): Promise<Answer> => {
  const { id = '' } = ask.path;
  const { batches } = shop.ledger;
  const batch = batchOfId(id);
  const kept = batch === undefined ? undefined : batches.find(batch);
  if (kept === undefined) return unknownName('batch', id);
  const { now, headers } = await awaited(ask, shop, kept, ['closing', 'closed']);
  return { ...ok(batchView(now, shop.ledger)), headers };
};

const closeBatch = async (ask: Ask<Static<typeof Close>>, shop: Shop): Promise<Answer> => {
  const { batchName: name = shop.settings['batch.name'], number } = ask.body;
  const by = actorOf(ask.by);
  const kept = shop.clerk.close({ name, ...(number === undefined ? {} : { number }), by });
  if ('code' in kept) {
    if (kept.code !== 'not_found' || number === undefined) return kept;
    return unknownName('batch', batchIdOf({ name, number }));
  }
  const { now, headers } = await awaited(ask, shop, kept, ['closing']);
  return {
    is: 'answered',
    status: 'closed' in now.state ? 200 : 202,
    body: batchView(now, shop.ledger),
    headers: { Location: `/v1/batches/${encodeURIComponent(batchIdOf(now.batch))}`, ...headers },
  };
};

/** The batch after its next step, when it stands where one is to come and the client would wait for it. */
const awaited = async (
  ask: Ask,
  { clerk, ledger }: Shop,
  kept: KeptBatch,
  awaitedIn: readonly KeptBatch['state']['is'][],
) => {
  const seconds = preferredWait(ask.header('prefer'));
  if (seconds !== undefined && seconds > 0 && awaitedIn.includes(kept.state.is)) {
    await clerk.changed(kept.batch, seconds * 1_000);
  }
  const now = ledger.batches.find(kept.batch) ?? kept;
  return { now, headers: preferenceApplied(seconds) };
};

export const batchRoutes = [
  route({
    name: 'listBatches',
    method: 'GET',
    path: '/v1/batches',
    needs: 'read reports',
    says: 'Batches, newest first; `nextCursor` asks for the page before.',
    query: Page,
    answers: {
      200: {
        says: 'A page, and where the next one begins; null when there is none.',
        schema: Type.Object({
          batches: Type.Array(BatchShape),
          nextCursor: Type.Union([Type.String(), Type.Null()]),
        }),
      },
    },
    answer: listBatches,
  }),
  route({
    name: 'getBatch',
    method: 'GET',
    path: '/v1/batches/{id}',
    needs: 'read reports',
    says: 'A batch; with `Prefer: wait`, after it was closed, or after the portal has compared it.',
    headers: [preferHeader],
    answers: { 200: { says: 'The batch.', schema: BatchShape } },
    refusals: ['not_found'],
    answer: getBatch,
  }),
  route({
    name: 'closeBatch',
    method: 'POST',
    path: '/v1/batches/current/close',
    needs: 'close batches',
    audited: 'batch.close',
    says:
      'Closes the open batch of a name. New transactions go to the next number from now on. Name the ' +
      'number when asking again: without it the batch that is open by then is closed.',
    headers: [preferHeader],
    body: Close,
    bodyOptional: true,
    answers: {
      200: { says: 'It is closed; its totals never change.', schema: BatchShape },
      202: { says: 'It is closing; `waitsFor` says what it waits for.', schema: BatchShape },
    },
    refusals: ['not_found', 'conflict', 'storage_unavailable'],
    answer: closeBatch,
  }),
];
