/** Runs the exchange with one IntelliStripe reader over a line. */
import { judgeClear } from '../../cards/clear.ts';
import { textOf } from '../../frames/latin1.ts';
import type { LineEvent } from '../../lines/line.ts';
import type { OpenReader } from '../../reader.ts';
import { anySetting, refusedReader } from '../../refused-reader.ts';
import { stripeReader } from '../../stripes/reader.ts';
import { play, type Hands } from '../../turns.ts';
import { commands, isStripe } from './commands.ts';
import { next, opening, quietMs, type Exchange, type Heard, type Own } from './exchange.ts';
import { cancel, messageIn, requestBytes, type Message } from './message.ts';
import { readStripeData } from './stripe.ts';

/** Opens an IntelliStripe reader that speaks ASCII hex (manuals 99875161 and 99875168). */
export const openMagtekIntellistripe: OpenReader = (over) => {
  const why = anySetting(over.settings);
  if (why !== undefined) return refusedReader(over, why);
  return stripeReader(play<Exchange, Heard, Own>(over, { opening, next, heardIn, perform }));
};

const perform = (effect: Own, { line, wait }: Hands): void => {
  switch (effect.is) {
    case 'cancel':
      wait(quietMs);
      return line.send(cancel);
    case 'ask': {
      const { application, command, data, withinMs } = commands[effect.command];
      wait(withinMs);
      return line.send(requestBytes(application, command, Uint8Array.from(data)));
    }
  }
};

const heardIn = (event: LineEvent): Heard[] => {
  switch (event.is) {
    case 'opened':
      return [{ is: 'opened' }];
    case 'ended':
      return [event];
    case 'answer':
      return [];
    case 'discarded':
      return damaged(event.byteCount);
    case 'record': {
      const message = messageIn(textOf(event.bytes));
      const { length } = event.bytes;
      event.bytes.fill(0);
      if (message === undefined) return damaged(length);
      return isStripe(message) ? heardInStripe(message) : [{ is: 'message', message }];
    }
  }
};

// Any line that cannot be read may have been a card.
const damaged = (byteCount: number): Heard[] => [
  { is: 'noise', byteCount },
  { is: 'bad read', why: 'damaged', asked: false },
];

const heardInStripe = (message: Message): Heard[] => {
  const asked = message.type === 'response';
  const { data, encrypted, result } = message;
  // A key that this driver does not know protects what an encrypted message holds.
  if (encrypted || result !== 0) return [{ is: 'bad read', why: 'no_data', asked }];
  const stripe = readStripeData(data);
  const byteCount = data.length;
  data.fill(0);
  if (stripe === undefined) {
    return [
      { is: 'noise', byteCount },
      { is: 'bad read', why: 'damaged', asked },
    ];
  }
  return [{ ...judgeClear(stripe.tracks), asked }];
};
