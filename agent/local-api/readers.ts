/** Readers: the card readers of this device, where they stand, and a test of one. */
import { Type } from 'typebox';
import type { Post, ReaderTest } from '../readers/post.ts';
import type { Shop } from '../shop.ts';
import { apiLimits } from './limits.ts';
import { ok, refused, route, type Answer, type Ask, type CallClock } from './route.ts';
import { ReaderShape } from './shapes.ts';
import { unknownName } from './unknown.ts';

/** A reader as the API shows it. */
export const readerView = (post: Post): object => {
  const { id, protocol, path } = post.setting;
  const { is: state, ...rest } = post.state();
  return { id, protocol, path, state, ...rest };
};

const testReader = async (ask: Ask, shop: Shop, clock: CallClock): Promise<Answer> => {
  const { id = '' } = ask.path;
  const post = shop.posts.find(({ setting }) => setting.id === id);
  if (post === undefined) return unknownName('reader', id);
  const result = await tested(post, clock);
  if (result === 'silent') return refused('reader_not_ready', 'The reader did not answer in time.');
  if (result !== 'not ready') return ok(result);
  const state = post.state();
  if (state.is !== 'busy') return refused('reader_not_ready', `The reader is ${state.is}.`);
  return { is: 'refused', code: 'busy', transactionId: state.transactionId };
};

const tested = (post: Post, clock: CallClock): Promise<ReaderTest | 'not ready' | 'silent'> =>
  new Promise((resolve) => {
    const callOff = clock.after(apiLimits.readerTestWithinMs, () => resolve('silent'));
    const asked = post.test((result) => {
      callOff();
      resolve(result);
    });
    if (asked) return;
    callOff();
    resolve('not ready');
  });

export const readerRoutes = [
  route({
    name: 'listReaders',
    method: 'GET',
    path: '/v1/readers',
    says: 'The card readers, and where they stand.',
    answers: {
      200: {
        says: 'The readers.',
        schema: Type.Object({ readers: Type.Array(ReaderShape) }),
      },
    },
    answer: (_ask, shop) => ok({ readers: shop.posts.map(readerView) }),
  }),
  route({
    name: 'testReader',
    method: 'POST',
    path: '/v1/readers/{id}/test',
    says: 'Asks a reader about itself; it must be ready.',
    answers: {
      200: {
        says: 'What the reader said.',
        schema: Type.Object({
          passed: Type.Boolean(),
          identity: Type.Record(Type.String(), Type.String()),
          detail: Type.String(),
        }),
      },
    },
    refusals: ['not_found', 'busy', 'reader_not_ready'],
    answer: testReader,
  }),
];
