/** The narrator: says in a line what just happened, for people who watch. */
import type { PortalEvent } from '../portal/events.ts';
import type { AgentEvent } from './agent-log.ts';

export interface Narrator {
  readonly scene: (what: string) => void;
  readonly line: (who: string, what: string) => void;
  readonly agent: (event: AgentEvent) => void;
  readonly portal: (event: PortalEvent) => void;
}

const short = (id: unknown): string => `…${String(id).slice(-6)}`;

/** Tells everything to `print`, a line at a time; `now` is wall time in ms. */
export const narratorTo = (print: (line: string) => void, now: () => number): Narrator => {
  const line = (who: string, what: string) => {
    print(`${new Date(now()).toISOString().slice(11, 23)}  ${who.padEnd(7)} ${what}`);
  };
  return {
    scene: (what) => print(`\n── ${what}`),
    line,
    agent: (event) => line('agent', agentLine(event)),
    portal: (event) => {
      const told = portalLine(event);
      if (told !== undefined) line('portal', told);
    },
  };
};

type Telling<E> = (event: E) => string;

const field = (event: AgentEvent, name: string): string => {
  const held = event[name];
  return typeof held === 'string' || typeof held === 'number' ? String(held) : '';
};

const bracketed = (text: string): string => (text === '' ? '' : ` (${text})`);

/** Agent events with a sentence of their own; the others are told by their name. */
const agentTellings: Partial<Record<AgentEvent['event'], Telling<AgentEvent>>> = {
  'agent.started': (event) =>
    `ready to sell; ended ${field(event, 'recovered')} payments a power cut had interrupted`,
  'agent.stopped': () => 'stopped in order',
  'payment.prompt': (event) => `${short(event.transactionId)} ${field(event, 'prompt')}`,
  'payment.step': (event) => {
    const step = `${field(event, 'heard')} → ${field(event, 'state')}`;
    const outcome = field(event, 'outcome');
    const told = outcome === '' ? '' : ` = ${outcome}`;
    return `${short(event.transactionId)} ${step}${told}${bracketed(field(event, 'reason'))}`;
  },
  'reader.ready': (event) =>
    `reader ${field(event, 'readerId')} is ready, ${field(event, 'securityLevel')}`,
  'reader.lost': (event) => `reader ${field(event, 'readerId')} is lost: ${field(event, 'why')}`,
  'batch.closed': (event) =>
    `batch ${field(event, 'batchNumber')} is closed: ${field(event, 'transactions')} transactions`,
  'batch.settled': (event) => `batch ${field(event, 'batchNumber')} is agreed`,
  'link.keys.followed': (event) => `follows the portal to key set ${field(event, 'version')}`,
  'link.state': (event) => `link ${field(event, 'state')}`,
  output: (event) => field(event, 'line'),
};

const agentLine = (event: AgentEvent): string => agentTellings[event.event]?.(event) ?? event.event;

type PortalTellings = {
  readonly [K in PortalEvent['is']]?: Telling<Extract<PortalEvent, { is: K }>>;
};

/** Portal events that are told; the others are the portal's own business. */
const portalTellings: PortalTellings = {
  'live.answered': ({ transactionId, responseCode }) =>
    `${short(transactionId)} answered ${responseCode}`,
  'facts.taken': ({ from, through, types }) =>
    `took in facts ${from}–${through}: ${types.join(', ')}`,
  'transaction.decided': ({ transactionId, result, responseCode }) =>
    `${short(transactionId)} decided: ${result} ${responseCode}`,
  'reversal.done': ({ transactionId, hostResult }) => `${short(transactionId)} ${hostResult}`,
  'transaction.voided': ({ transactionId, hostResult }) =>
    `${short(transactionId)} voided: ${hostResult}`,
  'batch.settled': ({ number, outcome, differenceCount }) =>
    `batch ${number} ${outcome}, ${differenceCount} differences`,
  'fault.applied': ({ fault }) => `fault: ${fault}`,
  'device.registered': ({ device }) => `registered ${device}, with its one-time code`,
  'settings.wanted': ({ of, version }) => `wants other settings of ${of}, version ${version}`,
  'keys.rotated': ({ version }) => `has other keys now, its set ${version}`,
  'device.online': ({ device, session }) => `${device} is online, session ${session}`,
  'device.offline': ({ device }) => `${device} is offline`,
};

const portalLine = (event: PortalEvent): string | undefined => {
  const telling = portalTellings[event.is] as Telling<PortalEvent> | undefined;
  return telling?.(event);
};
