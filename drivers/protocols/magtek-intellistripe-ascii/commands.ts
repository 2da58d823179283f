/**
 * Commands: what this driver asks of a reader. One row a command; page numbers are of manual 99875161
 * (IntelliStripe 65), or of 99875168 (320) and 310 where a motor is concerned.
 */
import { textOf } from '../../frames/latin1.ts';
import type { ReaderIdentity } from '../../reader.ts';
import type { Message } from './message.ts';

interface CommandRow {
  readonly says: string;
  readonly application: number;
  readonly command: number;
  readonly data: readonly number[];
  /** Time allowed for the response, ms. */
  readonly withinMs: number;
}

const device = 0x00;
const stripe = 0x01;
const transport = 0x82;
const get = 0x00;
const set = 0x01;
const dword = 0x01;
const string = 0x02;
const boolean = 0x03;
const withinMs = 1_000;
/** A motor moves a card through the whole reader. */
const motorWithinMs = 10_000;

/** Every command this driver knows. */
export const commands = {
  model: {
    says: 'Get property: model number (p. 9)',
    ...{ application: device, command: get, data: [string, 0x00], withinMs },
  },
  software: {
    says: 'Get property: software id (310 p. 11)',
    ...{ application: device, command: get, data: [string, 0x01], withinMs },
  },
  clear: {
    says: 'Clear data (p. 17)',
    ...{ application: stripe, command: 0x80, data: [], withinMs },
  },
  notify: {
    says: 'Set property: notify read state, all three tracks (p. 15)',
    ...{ application: stripe, command: set, data: [dword, 0x00, 1, 0, 0, 0], withinMs },
  },
  tracks: {
    says: 'Get track 1, 2, 3 decode data (p. 18)',
    ...{ application: stripe, command: 0x81, data: [], withinMs },
  },
  consumeOn: {
    says: 'Set property: auto consume on (320 p. 60)',
    ...{ application: transport, command: set, data: [boolean, 0x03, 1], withinMs },
  },
  consumeOff: {
    says: 'Set property: auto consume off (320 p. 60)',
    ...{ application: transport, command: set, data: [boolean, 0x03, 0], withinMs },
  },
  eject: {
    says: 'Eject card (310 p. 33)',
    ...{ application: transport, command: 0x81, data: [], withinMs: motorWithinMs },
  },
} as const satisfies Record<string, CommandRow>;

export type CommandName = keyof typeof commands;

/** Where a card comes from: a response to `tracks`, and a notification of the same form (p. 15). */
export const isStripe = ({ type, application, command }: Message): boolean =>
  type !== 'request' && application === stripe && command === commands.tracks.command;

/** Whether a message responds to a command. */
export const responds = (message: Message, name: CommandName): boolean => {
  const { application, command, data } = commands[name];
  if (message.type !== 'response') return false;
  if (message.application !== application || message.command !== command) return false;
  // The answer to `get` names the property, that to `set` does not (99875168 p. 6).
  return command !== get || message.result !== 0 || message.data[1] === data[1];
};

/** What a response tells about the reader. */
export const toldBy = (name: CommandName, { result, data }: Message): ReaderIdentity => {
  if (result !== 0 || name !== 'software') return {};
  const firmware = propertyText(data);
  return firmware === undefined ? {} : { firmware };
};

// Readers that take a card in by a motor and have to be told to give it back.
const motorized = /^IntelliStripe 3[12]0/;

/** Whether a response to `model` is of a reader with a motor. */
export const hasMotor = ({ result, data }: Message): boolean =>
  result === 0 && motorized.test(propertyText(data) ?? '');

// A string property: its type, its id, its text, a NUL.
const propertyText = (data: Uint8Array): string | undefined => {
  const text = textOf(data.subarray(2)).replace(/\0+$/, '');
  return data[0] === string && /^[\x20-\x7E]{1,32}$/.test(text) ? text : undefined;
};
