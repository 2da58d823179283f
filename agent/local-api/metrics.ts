/** Metrics: how the shop stands and what happened in it, for a Prometheus server. */
import { reading, type Reading } from '../diagnostics/metrics.ts';
import { exposition } from '../diagnostics/prometheus.ts';
import { stateNames } from '../payments/states.ts';
import { linkStates } from '../portal/link-status.ts';
import type { Post } from '../readers/post.ts';
import { readerStates } from '../readers/session.ts';
import type { Shop } from '../shop.ts';
import { unsentEntries } from './queue.ts';
import { exposedText, route, type Answer, type Ask } from './route.ts';
import { freeBytes } from './status.ts';

const getMetrics = async (_ask: Ask, shop: Shop): Promise<Answer> => {
  const text = await exposition([...standing(shop), ...shop.tally.readings()]);
  return { is: 'answered', status: 200, type: exposedText, text };
};

/** How things stand at this moment. */
const standing = (shop: Shop): Reading[] => {
  const { ledger, posts, link } = shop;
  const counts = ledger.holdings.countsByState();
  const { state: linkState } = link.status();
  const free = freeBytes(shop);
  return [
    ...posts.flatMap(stateOf),
    ...stateNames.map((state) =>
      reading('holdfast_transactions', { state }, counts.get(state) ?? 0),
    ),
    ...ledger.exposure
      .rows()
      .flatMap(({ currency, count, total }) => [
        reading('holdfast_exposure_transactions', { currency }, count),
        reading('holdfast_exposure_minor_units', { currency }, total),
      ]),
    reading('holdfast_reversals_waiting', {}, ledger.attempts.reversingCount()),
    reading('holdfast_facts_unsent', {}, unsentEntries(shop)),
    ...linkStates.map((state) =>
      reading('holdfast_link_state', { state }, state === linkState ? 1 : 0),
    ),
    ...(free === null ? [] : [reading('holdfast_storage_free_bytes', {}, free)]),
  ];
};

const stateOf = (post: Post): Reading[] => {
  const now = post.state().is;
  return readerStates.map((state) => {
    const labels = { reader: post.setting.id, state };
    return reading('holdfast_reader_state', labels, state === now ? 1 : 0);
  });
};

export const metricsRoutes = [
  route({
    name: 'getMetrics',
    method: 'GET',
    path: '/metrics',
    needs: 'measure',
    says: 'Readers, transactions, link and storage in figures, for a Prometheus server.',
    answers: {
      200: {
        says: 'The text format of Prometheus; docs/metrics.md has every metric.',
        texts: [exposedText],
      },
    },
    answer: getMetrics,
  }),
];
