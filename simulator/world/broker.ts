/**
 * A broker in virtual time: keeps MQTT's promises of order, retained messages and wills, and within them
 * delays, loses (QoS 0) and repeats (QoS 1) as its weather says.
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
}

export interface VirtualBroker {
  /** Dials as one party; parties are cut one by one. */
  dialAs(party: string): Dial;
  /** Ends a party's connections and refuses new ones. */
  cut(party: string): void;
  mend(party: string): void;
}

/** A broker under a clock; chance comes from the dice. */
export const virtualBroker = (clock: Clock, dice: SeededDice, weather: Weather): VirtualBroker => {
  const sessions = new Set<VirtualSession>();
  const retained = new Map<string, Publication>();
  const cutOff = new Set<string>();
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
      for (const session of [...sessions])
        if (session.party === party) session.drop('the line was cut');
    },
    mend: (party) => {
      cutOff.delete(party);
    },
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
  // What travels one way arrives in the order it left: nothing may overtake.
  readonly #lastArrival = { up: 0, down: 0 };
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
    this.#travel('up', () => {
      this.#filters.push(...topics);
      const kept = this.#house.retainedFor((topic) => topics.some((filter) => fits(filter, topic)));
      for (const publication of kept) this.offer(publication, true);
      this.#travel('down', () => done(undefined));
    });
  }

  publish(publication: Publication, done?: (fault: string | undefined) => void): void {
    if (!this.#open || this.#ended) {
      done?.('not connected');
      return;
    }
    done?.(undefined);
    for (let copies = this.#copies(publication); copies > 0; copies -= 1) {
      this.#travel('up', () => this.#house.spread(publication));
    }
  }

  /** A message for whoever subscribed to it. */
  offer(publication: Publication, isRetained: boolean): void {
    const { topic, payload } = publication;
    if (!this.#filters.some((filter) => fits(filter, topic))) return;
    for (let copies = isRetained ? 1 : this.#copies(publication); copies > 0; copies -= 1) {
      const bytes = new Uint8Array(Buffer.from(payload));
      this.#travel('down', () =>
        this.#hear({ is: 'heard', topic, payload: bytes, retained: isRetained }),
      );
    }
  }

  ping(): void {
    // A virtual line is never silently dead.
  }

  close(how: 'gracefully' | 'at once'): void {
    if (how === 'gracefully') this.#travel('up', () => this.#end('closed here'));
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

  #copies({ qos }: Publication): number {
    const { dice, weather } = this.#house;
    if (qos === 0) return dice.fraction() < weather.loses ? 0 : 1;
    return dice.fraction() < weather.repeats ? 2 : 1;
  }

  #travel(way: 'up' | 'down', arrive: () => void): void {
    const { clock, dice, weather } = this.#house;
    const now = clock.monotonicMs();
    const at = Math.max(this.#lastArrival[way], now + dice.below(weather.latencyMsMax + 1));
    this.#lastArrival[way] = at;
    clock.after(at - now, () => {
      if (!this.#ended) arrive();
    });
  }
}
