/**
 * A post over a reader that is played, in virtual time, and a record of all it lets out: its news as they are
 * logged, what a payment hears, what `readers watch` shows, and what captured bytes are decoded to.
 */
import { inspect } from 'node:util';
import { flat } from '../../agent/cli/print.ts';
import { isoTime } from '../../agent/payments/view.ts';
import { narrateReader } from '../../agent/diagnostics/narration.ts';
import { postOf, type CardEvent } from '../../agent/readers/post.ts';
import { decodeCapture, protocols } from '../../drivers/index.ts';
import { virtualClock } from '../../simulator/world/clock.ts';
import { purchase } from '../fixtures/purchase.ts';
import {
  string,
  type OnTheWay,
  type Piece,
  type PlayedReader,
  type Slot,
} from './played-readers.ts';
import { Recorder } from './recorder.ts';

export interface ListenedPost {
  readonly slot: Slot;
  readonly recorder: Recorder;
  /** What payments heard, in a word each. */
  readonly heard: readonly CardEvent['is'][];
  /** Lends the reader to a payment, does something at its slot, and waits for whatever comes of it. */
  sell(act: () => void): void;
  /** Asks the reader about itself. */
  test(): void;
  /** Sends what the reader knows nothing of. */
  send(piece: Piece): void;
  stop(): void;
}

/** Longer than a reader of chips takes to come to rest, whatever it was told. */
const restMs = 150_000;

/** A post that is ready; everything its reader sends may become something else on the way. */
export const listenedPost = (played: PlayedReader, onTheWay: OnTheWay): ListenedPost => {
  const { protocol, line } = played;
  const clock = virtualClock();
  const recorder = new Recorder();
  const heard: CardEvent['is'][] = [];
  const note = (where: string, what: unknown) => {
    recorder.note(where, `${JSON.stringify(what)}\n${inspect(what, { depth: 9 })}\n`);
  };
  const strung = string(played, clock, (piece) => {
    const pieces = onTheWay(piece);
    for (const { bytes } of pieces) decode(played, bytes, recorder);
    return pieces;
  });
  const narrate = narrateReader((event, fields) => note('log', { event, ...fields }), 'counter');
  const post = postOf({
    setting: { id: 'counter', protocol, line, path: '/dev/played', allowClearCards: true },
    ...{ openReader: protocols[protocol].openReader, line, openLine: strung.open, clock },
    tell: (news) => {
      note('news', news);
      narrate(news);
    },
  });
  let seen = 0;
  const trace = () => {
    const entries = post.trace(seen);
    seen = entries.at(-1)?.seq ?? seen;
    // A time is a row of digits too, and told as a date.
    note(
      'watch',
      entries.map(({ atMs, ...entry }) => ({ ...entry, at: isoTime(atMs) })),
    );
    note('state', post.state());
  };
  post.start();
  clock.advance(restMs);
  return {
    ...{ slot: strung.slot, recorder, heard, send: (piece) => strung.send(piece) },
    sell(act) {
      let hasRead = false;
      const claim = post.claim('txn', purchase, (event) => {
        heard.push(event.is);
        note('payment', event);
        hasRead ||= event.is === 'card';
      });
      clock.advance(2_000);
      act();
      clock.advance(1_000);
      if (hasRead) claim?.answer({ result: 'approved', responseCode: '00' });
      clock.advance(2_000);
      trace();
      claim?.release();
      clock.advance(restMs);
      trace();
    },
    test() {
      post.test((result) => note('tested', result));
      clock.advance(restMs);
      trace();
    },
    stop: () => post.stop(),
  };
};

const decode = ({ protocol, line }: PlayedReader, bytes: Uint8Array, recorder: Recorder): void => {
  const decoded = decodeCapture(protocol, bytes, { line });
  const shown = decoded.ok ? `${JSON.stringify(decoded)}\n${flat(decoded.decoded)}` : decoded.why;
  recorder.note('decode', `${shown}\n`);
};
