/** Status: whether the shop is in order (`/v1/health`), and all that can be said of it (`/v1/status`). */
import { Type, type Static, type TInteger } from 'typebox';
import { layers, type Layer } from '../../config/index.ts';
import { ConfigurationReport, identityStates, Profile, refusals } from '../../contract/index.ts';
import { release } from '../../firmware/index.ts';
import { batchView } from '../batches/view.ts';
import type { KeptBatch } from '../ledger/batches.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isoTime } from '../payments/view.ts';
import type { Shop } from '../shop.ts';
import { Outcome } from './batches.ts';
import { exposureOf, unsentEntries } from './queue.ts';
import { readerView } from './readers.ts';
import { ok, route, type Answer, type Ask, type CallClock } from './route.ts';
import { ExposureShape, IsoTime, LinkShape, NetShape, ReaderShape, Trust } from './shapes.ts';

const mebibyte = 1_048_576;
const Reason = Type.Enum(Object.keys(refusals), {
  description: 'A code of docs/refusals.md.',
});

const OpenBatch = Type.Object({
  name: Type.String(),
  number: Type.Integer(),
  count: Type.Integer(),
  net: Type.Array(NetShape),
  openedAt: IsoTime,
});
const ClosedBatch = Type.Object({
  name: Type.String(),
  number: Type.Integer(),
  outcome: Outcome,
  closedAt: Type.Optional(IsoTime),
});

const StatusShape = Type.Object({
  device: Type.Object({ clientId: Type.String(), deviceId: Type.String(), profile: Profile }),
  identity: Type.Object({
    state: Type.Enum([...identityStates]),
    certificateUntil: Type.Optional(IsoTime),
    keySet: Type.Integer({ description: 'The number of the portal’s key set that is followed.' }),
  }),
  health: Type.Object({
    status: Type.Enum(['ok', 'degraded']),
    reasons: Type.Array(Type.String()),
  }),
  link: LinkShape,
  clock: Type.Object({
    now: IsoTime,
    trust: Trust,
    earliest: { ...IsoTime, description: 'What the clock cannot be below: docs/clock.md.' },
  }),
  queue: Type.Object({
    exposure: Type.Array(ExposureShape),
    reversing: Type.Integer(),
    unsentEntries: Type.Integer(),
  }),
  batch: Type.Object(
    {
      open: Type.Union([OpenBatch, Type.Null()]),
      lastClosed: Type.Union([ClosedBatch, Type.Null()]),
    },
    { description: 'The one that is open, and the last that was closed.' },
  ),
  readers: Type.Array(ReaderShape),
  storage: Type.Object({
    freeBytes: Type.Union([Type.Integer(), Type.Null()]),
    reserveBytes: Type.Integer(),
  }),
  firmware: Type.Object({ version: Type.String(), builtAt: IsoTime }),
  config: Type.Object(
    {
      number: Type.Integer({ description: 'Of the configuration in force; records name it.' }),
      hash: Type.String(),
      from: Type.Object(
        Object.fromEntries(layers.map((layer) => [layer, Type.Integer()])) as Record<
          Layer,
          TInteger
        >,
        { description: 'How many settings are in force from each layer.' },
      ),
      candidate: ConfigurationReport.properties.candidate,
      refused: ConfigurationReport.properties.refused,
    },
    { description: 'The whole of it: GET /v1/config.' },
  ),
});
/** The status as the API answers it. */
export type StatusAnswer = Static<typeof StatusShape>;

const healthOf = (shop: Shop) => {
  const reasons = shop.faults();
  return { status: reasons.length === 0 ? 'ok' : 'degraded', reasons };
};

const getStatus = (_ask: Ask, shop: Shop, clock: CallClock): Answer => {
  const { ledger, settings } = shop;
  return ok({
    device: { ...shop.subject, profile: shop.profile() },
    identity: identityOf(shop),
    health: healthOf(shop),
    link: shop.link.status(),
    clock: {
      now: isoTime(clock.wallMs()),
      trust: ledger.clock.trust(),
      earliest: isoTime(ledger.clock.bound()),
    },
    queue: {
      exposure: exposureOf(shop),
      reversing: ledger.attempts.reversingCount(),
      unsentEntries: unsentEntries(shop),
    },
    batch: batchesOf(shop),
    readers: shop.posts.map(readerView),
    storage: {
      freeBytes: freeBytes(shop),
      reserveBytes: settings['storage.reserveMiB'] * mebibyte,
    },
    firmware: { version: release.version, builtAt: isoTime(release.builtAt) },
    config: configOf(shop),
  });
};

const configOf = ({ configuration }: Shop) => {
  const { number, hash, candidate, refused } = configuration.report();
  const inForce = Object.values(configuration.view().from);
  const count = (layer: Layer) => inForce.filter((each) => each === layer).length;
  return {
    ...{ number, hash, from: Object.fromEntries(layers.map((layer) => [layer, count(layer)])) },
    ...(candidate === undefined ? {} : { candidate }),
    ...(refused === undefined ? {} : { refused }),
  };
};

const identityOf = (shop: Shop) => {
  const { state, keySet, certificateUntil: until } = shop.identity();
  return { state, keySet, ...(until === undefined ? {} : { certificateUntil: isoTime(until) }) };
};

const batchesOf = ({ ledger }: Shop) => {
  const open = ledger.batches.unfinished().findLast(({ state }) => state.is === 'open');
  const closed = ledger.batches.lastClosed();
  return {
    open: open === undefined ? null : openView(open, ledger),
    lastClosed: closed === undefined ? null : closedView(closed, ledger),
  };
};

const openView = (kept: KeptBatch, ledger: Ledger) => {
  const { count, net, openedAt } = batchView(kept, ledger);
  return { ...kept.batch, count, net, openedAt };
};

const closedView = (kept: KeptBatch, ledger: Ledger) => {
  const { outcome, closedAt } = batchView(kept, ledger);
  return { ...kept.batch, outcome, ...(closedAt === undefined ? {} : { closedAt }) };
};

/** Free bytes; null where the disk cannot be asked, which must not keep the rest from being told. */
export const freeBytes = (shop: Shop): number | null => {
  try {
    return shop.freeBytes();
  } catch {
    return null;
  }
};

export const statusRoutes = [
  route({
    name: 'getHealth',
    method: 'GET',
    path: '/v1/health',
    says: 'Whether the shop is in order; never depends on the network.',
    open: true,
    answers: {
      200: {
        says: 'It runs; `reasons` says why it is degraded.',
        schema: Type.Object({
          status: Type.Enum(['ok', 'degraded']),
          reasons: Type.Array(Reason),
        }),
      },
    },
    answer: (_ask, shop) => ok(healthOf(shop)),
  }),
  route({
    name: 'getStatus',
    method: 'GET',
    path: '/v1/status',
    needs: 'look',
    says: 'Device, link, clock, queue, batch, readers, storage, firmware and settings at a glance.',
    answers: { 200: { says: 'The status.', schema: StatusShape } },
    answer: getStatus,
  }),
];
