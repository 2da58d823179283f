/** Readers: the card readers of this device, where they stand, and a test of one. */
import { Type, type Static } from 'typebox';
import type { BaudFound } from '../../drivers/index.ts';
import { isoTime } from '../payments/view.ts';
import type { Post, ReaderTest } from '../readers/post.ts';
import { tracedMost } from '../readers/trace.ts';
import type { Shop } from '../shop.ts';
import { apiLimits } from './limits.ts';
import { ok, refused, route, type Answer, type Ask, type CallClock } from './route.ts';
import { IsoTime, PluggedInShape, ReaderShape } from './shapes.ts';
import { unknownName } from './unknown.ts';

/** A reader as the API shows it. */
export const readerView = (post: Post): object => {
  const { id, protocol, line, path } = post.setting;
  const { is: state, ...rest } = post.state();
  return { id, protocol, ...(line === undefined ? {} : { line }), path, state, ...rest };
};

const TestBody = Type.Object(
  {
    findBaud: Type.Optional(
      Type.Boolean({ description: 'Look for the baud rate it answers at, on its own port only.' }),
    ),
  },
  { additionalProperties: false },
);

const postNamed = ({ posts }: Shop, id: string): Post | undefined =>
  posts.find(({ setting }) => setting.id === id);

const testReader = async (
  ask: Ask<Static<typeof TestBody>>,
  shop: Shop,
  clock: CallClock,
): Promise<Answer> => {
  const { id = '' } = ask.path;
  const post = postNamed(shop, id);
  if (post === undefined) return unknownName('reader', id);
  if (ask.body.findBaud === true) return searched(post, clock);
  const result = await tested(post, clock);
  if (result === 'silent') return refused('reader_not_ready', 'The reader did not answer in time.');
  return result === 'not ready' ? notNow(post) : ok(result);
};

// What is in the way is the same for both: it is lent, or it is not there.
const notNow = (post: Post): Answer => {
  const state = post.state();
  if (state.is === 'busy') {
    return { is: 'refused', code: 'busy', transactionId: state.transactionId };
  }
  const detail = state.is === 'lost' ? `The reader is lost. ${state.detail}` : undefined;
  return refused('reader_not_ready', detail ?? `The reader is ${state.is}.`);
};

const searched = async (post: Post, clock: CallClock): Promise<Answer> => {
  const found = await foundBaud(post, clock);
  const { id } = post.setting;
  switch (found) {
    case 'late':
      return refused('reader_not_ready', 'The search took too long; see how the reader stands.');
    case 'not now': {
      const answer = post.state().is === 'busy' ? notNow(post) : undefined;
      const detail = `Reader ${id} hangs on no serial port, or a search is under way.`;
      return answer ?? refused('reader_not_ready', detail);
    }
    default: {
      if (!found.ok) return ok({ passed: false, identity: {}, detail: found.detail });
      const { baudRate } = found;
      const detail = `Reader ${id} answers at ${baudRate} baud; set its baudRate to that.`;
      return ok({ passed: true, identity: {}, detail, baudRate });
    }
  }
};

const foundBaud = (post: Post, clock: CallClock): Promise<BaudFound | 'late' | 'not now'> =>
  new Promise((resolve) => {
    const callOff = clock.after(apiLimits.baudSearchWithinMs, () => resolve('late'));
    const begun = post.findBaud((found) => {
      callOff();
      resolve(found);
    });
    if (begun) return;
    callOff();
    resolve('not now');
  });

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

/** What went over a reader's line. */
export const FrameShape = Type.Object(
  {
    seq: Type.Integer(),
    at: IsoTime,
    from: Type.Enum(['in', 'out', 'reader'], {
      description: 'Over the line, or what the reader made of it.',
    }),
    kind: Type.String(),
    byteCount: Type.Optional(Type.Integer()),
    reportId: Type.Optional(Type.Integer()),
    says: Type.Optional(Type.String()),
  },
  { title: 'ReaderFrame' },
);
export type FrameAnswer = Static<typeof FrameShape>;

export const readerRoutes = [
  route({
    name: 'listReaders',
    method: 'GET',
    path: '/v1/readers',
    needs: 'look',
    says: 'The card readers, where they stand, and what else is plugged in.',
    answers: {
      200: {
        says: 'The readers, and every device that may be one.',
        schema: Type.Object({
          readers: Type.Array(ReaderShape),
          pluggedIn: Type.Array(PluggedInShape),
        }),
      },
    },
    answer: (_ask, shop) =>
      ok({ readers: shop.posts.map(readerView), pluggedIn: shop.pluggedIn() }),
  }),
  route({
    name: 'testReader',
    method: 'POST',
    path: '/v1/readers/{id}/test',
    needs: 'manage device',
    audited: 'reader.test',
    says: 'Asks a reader about itself; it must be ready, but to have its baud rate looked for.',
    body: TestBody,
    bodyOptional: true,
    answers: {
      200: {
        says: 'What the reader said.',
        schema: Type.Object({
          passed: Type.Boolean(),
          identity: Type.Record(Type.String(), Type.String()),
          detail: Type.String(),
          baudRate: Type.Optional(Type.Integer()),
        }),
      },
    },
    refusals: ['not_found', 'busy', 'reader_not_ready'],
    answer: testReader,
  }),
  route({
    name: 'watchReader',
    method: 'GET',
    path: '/v1/readers/{id}/frames',
    needs: 'manage device',
    says: 'What went over a reader’s line, by length and kind, and what came of it; cards masked.',
    query: Type.Object(
      { after: Type.Optional(Type.Integer({ minimum: 0 })) },
      { additionalProperties: false },
    ),
    answers: {
      200: {
        says: `The newest ${tracedMost} at most, the oldest first; ask on with the last \`seq\`.`,
        schema: Type.Object({ frames: Type.Array(FrameShape) }),
      },
    },
    refusals: ['not_found'],
    answer: (ask, shop) => {
      const { id = '' } = ask.path;
      const post = postNamed(shop, id);
      if (post === undefined) return unknownName('reader', id);
      const frames = post.trace(ask.query.after ?? 0);
      return ok({ frames: frames.map(({ atMs, ...frame }) => ({ ...frame, at: isoTime(atMs) })) });
    },
  }),
];
