/**
 * The exchange with one reader, from its line's opening to its end; a pure machine.
 *
 *   opening ─opened→ clearing ─quiet→ running ─the notification was not set→ lost
 *   anything ─close→ closing ─line ended→ lost
 *
 * A reader serves one request at a time (manual 99875161 p. 2), so all that is to be asked stands in a queue,
 * and its head is what is awaited. A card comes as a notification, whatever is awaited.
 */
import type { BadRead, CardRead, ReaderIdentity } from '../../reader.ts';
import { close, dropped, lose, say, type Ended } from '../../stripes/moves.ts';
import type { Handled } from '../../stripes/reader.ts';
import type { CommonEffect, TurnTo } from '../../turns.ts';
import { hasMotor, responds, toldBy, type CommandName } from './commands.ts';
import type { Message } from './message.ts';

/** A command, or what is done when its turn comes. */
type Item = CommandName | 'say ready' | 'say tested' | 'make ready' | 'let go';

export type Exchange =
  | { readonly is: 'opening' | 'clearing'; readonly armed: boolean; readonly testAsked: boolean }
  | Running
  | { readonly is: 'closing' }
  | { readonly is: 'lost' };

interface Running {
  readonly is: 'running';
  readonly armed: boolean;
  /** What is to be asked and done; its head, a command, is awaited. */
  readonly queue: readonly Item[];
  readonly identity: ReaderIdentity;
  readonly motor: boolean;
  /** Commands without an answer since the reader was last told of as ready or tested. */
  readonly unanswered: readonly CommandName[];
}

export type Heard =
  | { readonly is: 'opened' }
  | { readonly is: 'message'; readonly message: Message }
  | { readonly is: 'card'; readonly read: CardRead; readonly asked: boolean }
  | { readonly is: 'bad read'; readonly why: BadRead; readonly asked: boolean }
  | { readonly is: 'noise'; readonly byteCount: number }
  | { readonly is: 'silence' }
  | Handled
  | Ended;

/** What only this exchange wants done: to end what the reader is at, and to ask it. */
export type Own = { readonly is: 'cancel' } | { readonly is: 'ask'; readonly command: CommandName };

export type Effect = Own | CommonEffect;
export type Turn = TurnTo<Exchange, Effect>;

/** Milliseconds of quiet after CAN (manual 99875168 p. 84 asks for 50). */
export const quietMs = 60;

/** The state of a reader whose line is being opened. */
export const opening: Exchange = { is: 'opening', armed: false, testAsked: false };

const startUp: readonly Item[] = ['model', 'software', 'clear', 'notify', 'say ready'];
const questions: readonly CommandName[] = ['model', 'software'];

/** What becomes of a state on hearing something; `undefined` when that means nothing in it. */
export const next = (now: Exchange, heard: Heard): Turn | undefined => {
  switch (now.is) {
    case 'opening':
    case 'clearing':
      return whileOpening(now, heard);
    case 'running':
      return whileRunning(now, heard);
    case 'closing':
      return heard.is === 'ended' ? lose(heard) : dropped(now, heard);
    case 'lost':
      return dropped(now, heard);
  }
};

const whileOpening = (
  now: Extract<Exchange, { is: 'opening' | 'clearing' }>,
  heard: Heard,
): Turn | undefined => {
  switch (heard.is) {
    case 'opened':
      return { then: { ...now, is: 'clearing' }, do: [{ is: 'cancel' }] };
    case 'silence':
      return begin(now);
    case 'arm':
    case 'disarm':
      return { then: { ...now, armed: heard.is === 'arm' }, do: [] };
    case 'test':
      return { then: { ...now, testAsked: true }, do: [] };
    case 'close':
      return close();
    case 'ended':
      return lose(heard);
    case 'message':
    case 'card':
    case 'bad read':
    case 'noise':
      return dropped(now, heard);
  }
};

const begin = (now: { readonly armed: boolean; readonly testAsked: boolean }): Turn => {
  const { armed, testAsked } = now;
  const also: Item[] = [
    ...(testAsked ? askedAgain : []),
    ...(armed ? ['make ready' as const] : []),
  ];
  const queue = [...startUp, ...also];
  const identity: ReaderIdentity = { securityLevel: 'clear' };
  return goOn({ is: 'running', armed, queue, identity, motor: false, unanswered: [] }, []);
};

const askedAgain: readonly Item[] = [...questions, 'say tested'];

const whileRunning = (now: Running, heard: Heard): Turn | undefined => {
  switch (heard.is) {
    case 'message':
      return hearMessage(now, heard.message);
    case 'silence':
      return hearSilence(now);
    case 'card':
      return hearCard(now, heard);
    case 'bad read':
      return hearBadRead(now, heard);
    case 'noise':
      return { then: now, do: [say(heard)] };
    case 'arm':
      return also({ ...now, armed: true }, 'make ready');
    case 'disarm':
      return now.armed ? also({ ...now, armed: false }, 'let go') : undefined;
    case 'test':
      return now.queue.includes('say tested') ? undefined : queued(now, askedAgain);
    case 'close':
      return close();
    case 'ended':
      return lose(heard);
    case 'opened':
      return undefined;
  }
};

// An answer that does not fit what is awaited came late and is dropped.
const hearMessage = (now: Running, message: Message): Turn | undefined => {
  const [awaited] = now.queue;
  if (!isCommand(awaited) || !responds(message, awaited)) return undefined;
  const refused = message.result === 0 ? [] : [awaited];
  return goOn(
    {
      ...now,
      queue: now.queue.slice(1),
      identity: { ...now.identity, ...toldBy(awaited, message) },
      motor: awaited === 'model' ? hasMotor(message) : now.motor,
      unanswered: [...now.unanswered, ...refused],
    },
    [],
  );
};

const hearSilence = (now: Running): Turn | undefined => {
  const [awaited] = now.queue;
  if (!isCommand(awaited)) return undefined;
  const queue = now.queue.slice(1);
  const turn = goOn({ ...now, queue, unanswered: [...now.unanswered, awaited] }, []);
  // What was damaged could not be had again either.
  const lost = awaited === 'tracks' && isOurs(now, true);
  return lost ? { ...turn, do: [say({ is: 'bad read', why: 'damaged' }), ...turn.do] } : turn;
};

const hearCard = (before: Running, { read, asked }: Extract<Heard, { is: 'card' }>): Turn => {
  const now = asked ? past(before) : before;
  return isOurs(before, asked)
    ? resumed(before, added({ ...now, armed: false }, 'let go'), [say({ is: 'card', read })])
    : resumed(before, now, [{ is: 'wipe', read }]);
};

// The reader still holds what came damaged, so it is asked for it before the customer is.
const hearBadRead = (before: Running, { why, asked }: Extract<Heard, { is: 'bad read' }>): Turn => {
  const now = asked ? past(before) : before;
  if (!isOurs(before, asked)) return resumed(before, now, []);
  if (why !== 'damaged' || asked) return resumed(before, now, [say({ is: 'bad read', why })]);
  return now.queue.includes('tracks') ? { then: now, do: [] } : queued(now, ['tracks']);
};

// What was asked for before the reader was made ready, and what comes late, is a card of another sale.
const isOurs = ({ armed, queue }: Running, asked: boolean): boolean =>
  armed && (!asked || (queue[0] === 'tracks' && !queue.includes('make ready')));

const isCommand = (item: Item | undefined): item is CommandName =>
  item !== undefined && !item.includes(' ');

// A response that brought a card, or should have, is an answer like any other.
const past = (now: Running): Running =>
  now.queue[0] === 'tracks' ? { ...now, queue: now.queue.slice(1) } : now;

const added = (now: Running, item: 'make ready' | 'let go'): Running => ({
  ...now,
  // What was to be done before and is not begun has been overtaken.
  queue: [...now.queue.filter((one) => one !== 'make ready' && one !== 'let go'), item],
});

const also = (now: Running, item: 'make ready' | 'let go'): Turn =>
  resumed(now, added(now, item), []);

const queued = (now: Running, items: readonly Item[]): Turn =>
  resumed(now, { ...now, queue: [...now.queue, ...items] }, []);

/** Goes on unless an answer is still awaited. */
const resumed = (before: Running, now: Running, effects: readonly Effect[]): Turn =>
  isCommand(before.queue[0]) && now.queue[0] === before.queue[0]
    ? { then: now, do: effects }
    : goOn(now, effects);

/** Does what stands at the head of the queue until that is a command, and asks it. */
const goOn = (now: Running, effects: readonly Effect[]): Turn => {
  const [head, ...queue] = now.queue;
  switch (head) {
    case undefined:
      return { then: now, do: [...effects, { is: 'stop waiting' }] };
    case 'say ready':
      if (now.unanswered.includes('notify')) return silent(effects);
      return goOn({ ...now, queue, unanswered: [] }, [
        ...effects,
        say({ is: 'ready', identity: now.identity }),
      ]);
    case 'say tested':
      return goOn({ ...now, queue, unanswered: [] }, [...effects, tested(now)]);
    case 'make ready':
      return goOn({ ...now, queue: [...makeReady(now), ...queue] }, effects);
    case 'let go':
      return goOn({ ...now, queue: [...letGo(now), ...queue] }, effects);
    default:
      return { then: now, do: [...effects, { is: 'ask', command: head }] };
  }
};

// A card that was read before belongs to somebody else's sale.
const makeReady = ({ motor }: Running): Item[] => [
  'clear',
  ...(motor ? ['consumeOn' as const] : []),
];
const letGo = ({ motor }: Running): Item[] => (motor ? ['consumeOff', 'eject'] : []);

const tested = ({ identity, unanswered }: Running): Effect => {
  const missing = questions.filter((one) => unanswered.includes(one));
  const passed = missing.length === 0;
  const counted = `${questions.length - missing.length} of ${questions.length} commands answered`;
  const detail = passed ? `${counted}.` : `${counted}; ${advice}`;
  return say({ is: 'tested', passed, identity, detail });
};

const advice =
  'check the cable, the baud rate (57600 from the factory), and that the reader’s protocol property is ' +
  'ASCII hex.';

// Without the notification no card would ever come.
const silent = (effects: readonly Effect[]): Turn => {
  const detail = `The reader did not take the setting that makes it send cards; ${advice}`;
  return {
    then: { is: 'lost' },
    do: [
      ...effects,
      { is: 'stop waiting' },
      say({ is: 'lost', why: 'silent', detail }),
      { is: 'close line' },
    ],
  };
};
