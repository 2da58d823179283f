/**
 * A broker in virtual time: keeps MQTT's promises of order, retained messages and wills, and within them
 * delays, loses (QoS 0), repeats (QoS 1) and lets topics overtake each other, as its weather says.
 */
import type {
  BrokerEvent,
  BrokerSession,
  Dial,
  DialSettings,
  Publication,
} from '../../agent/portal/broker.ts';
import type { Clock } from '../../agent/world.ts';
import type { SeededDice } from './dice.ts';

/** Chances from 0 to 1, times in virtual milliseconds. */
export interface Weather {
  readonly latencyMsMax: number;
  readonly loses: number;
  readonly repeats: number;
  /** Whether messages of different topics may overtake each other. */
  readonly overtakes: boolean;
}

export interface VirtualBroker {
  /** Dials as one party; parties are cut one by one. */
  dialAs(party: string): Dial;
  /** Ends a party's connections and refuses new ones. */
  cut(party: string): void;
  mend(party: string): void;
  /** Ends a party's connections; it may dial again at once. */
  drop(party: string): void;
}

/** A broker under a clock; chance comes from the dice. */
export const virtualBroker = (clock: Clock, dice: SeededDice, weather: Weather): VirtualBroker => {
  const sessions = new Set<VirtualSession>();
  const retained = new Map<string, Publication>();
  const cutOff = new Set<string>();
  const drop = (party: string) => {
    for (const session of [...sessions])
      if (session.party === party) session.drop('the line was cut');
  };
  const house: House = {
    clock,
    dice,
    weather,
    spread: (publication) => {
      if (publication.retained) retained.set(publication.topic, publication);
      for (const session of sessions) session.offer(publication, false);
    },
    retainedFor: (matches) => [...retained.values()].filter(({ topic }) => matches(topic)),
    left: (session) => sessions.delete(session),
  };
  return {
    dialAs: (party) => (settings, hear) => {
      const session = new VirtualSession(house, party, settings, hear);
      sessions.add(session);
      clock.after(dice.below(weather.latencyMsMax + 1), () =>
        cutOff.has(party) ? session.drop('the line is cut') : session.connected(),
      );
      return session;
    },
    cut: (party) => {
      cutOff.add(party);
      drop(party);
    },
    mend: (party) => {
      cutOff.delete(party);
    },
    drop,
  };
};

interface House {
  readonly clock: Clock;
  readonly dice: SeededDice;
  readonly weather: Weather;
  spread(publication: Publication): void;
  retainedFor(matches: (topic: string) => boolean): Publication[];
  left(session: VirtualSession): void;
}

/** Whether a topic fits a filter with `+` for one level. */
const fits = (filter: string, topic: string): boolean => {
  const levels = topic.split('/');
  const wanted = filter.split('/');
  return (
    wanted.length === levels.length &&
    wanted.every((level, i) => level === '+' || level === levels[i])
  );
};

class VirtualSession implements BrokerSession {
  readonly party: string;
  readonly #house: House;
  readonly #settings: DialSettings;
  readonly #hear: (event: BrokerEvent) => void;
  readonly #filters: string[] = [];
  // Messages of one topic arrive in the order they left; only a copy may come later (MQTT 5, section 4.6).
  readonly #lastArrival = new Map<string, number>();
  #open = false;
  #ended = false;

  constructor(
    house: House,
    party: string,
    settings: DialSettings,
    hear: (event: BrokerEvent) => void,
  ) {
    this.#house = house;
    this.party = party;
    this.#settings = settings;
    this.#hear = hear;
  }

  connected(): void {
    if (this.#ended) return;
    this.#open = true;
    this.#hear({ is: 'connected', protocolVersion: 5 });
  }

  subscribe(topics: readonly string[], done: (fault: string | undefined) => void): void {
    this.#travel({ way: 'up', lane: 'subscribe' }, () => {
      this.#filters.push(...topics);
      const kept = this.#house.retainedFor((topic) => topics.some((filter) => fits(filter, topic)));
      for (const publication of kept) this.offer(publication, true);
      this.#travel({ way: 'down', lane: 'suback' }, () => done(undefined));
    });
  }

  publish(publication: Publication, done?: (fault: string | undefined) => void): void {
    if (!this.#open || this.#ended) {
      done?.('not connected');
      return;
    }
    done?.(undefined);
    this.#send({ way: 'up', lane: publication.topic }, publication, () =>
      this.#house.spread(publication),
    );
  }

  /** A message for whoever subscribed to it. */
  offer(publication: Publication, isRetained: boolean): void {
    const { topic, payload } = publication;
    if (!this.#filters.some((filter) => fits(filter, topic))) return;
    const bytes = new Uint8Array(Buffer.from(payload));
    const arrive = () => this.#hear({ is: 'heard', topic, payload: bytes, retained: isRetained });
    // What is retained leaves a broker before the answer to the next request does.
    if (isRetained) this.#travel({ way: 'down', lane: topic, before: 'suback' }, arrive);
    else this.#send({ way: 'down', lane: topic }, publication, arrive);
  }

  ping(): void {
    // A virtual line is never silently dead.
  }

  close(how: 'gracefully' | 'at once'): void {
    if (how === 'gracefully') this.#afterAll(() => this.#end('closed here'));
    else this.drop('closed here');
  }

  /** The connection is gone without a word; the broker speaks the will. */
  drop(why: string): void {
    if (this.#ended) return;
    const { will } = this.#settings;
    const wasOpen = this.#open;
    this.#end(why);
    if (wasOpen && will !== undefined) this.#house.spread({ ...will, qos: 1, retained: true });
  }

  #end(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#house.left(this);
    this.#house.clock.after(0, () => this.#hear({ is: 'closed', why }));
  }

  #send(course: Course, { qos }: Publication, arrive: () => void): void {
    const { dice, weather } = this.#house;
    if (qos === 0 && dice.fraction() < weather.loses) return;
    this.#travel(course, arrive);
    if (qos === 1 && dice.fraction() < weather.repeats)
      this.#travel({ ...course, copy: true }, arrive);
  }

  #travel({ way, lane, before, copy = false }: Course, arrive: () => void): void {
    const { clock, dice, weather } = this.#house;
    const now = clock.monotonicMs();
    const path = `${way} ${weather.overtakes ? lane : ''}`;
    const at = Math.max(
      this.#lastArrival.get(path) ?? 0,
      now + dice.below((copy ? 4 : 1) * weather.latencyMsMax + 1),
    );
    for (const kept of [path, ...(before === undefined ? [] : [`${way} ${before}`])]) {
      if (!copy) this.#lastArrival.set(kept, Math.max(at, this.#lastArrival.get(kept) ?? 0));
    }
    clock.after(at - now, () => {
      if (!this.#ended) arrive();
    });
  }

  // What was sent before a DISCONNECT still arrives.
  #afterAll(then: () => void): void {
    const { clock } = this.#house;
    const last = Math.max(0, ...this.#lastArrival.values());
    clock.after(Math.max(0, last - clock.monotonicMs()), then);
  }
}

interface Course {
  readonly way: 'up' | 'down';
  /** What keeps its order: a topic. */
  readonly lane: string;
  /** A lane in which nothing sent later may arrive earlier than this. */
  readonly before?: string;
  readonly copy?: boolean;
}
