/** The command channel as lines of text: two hex digits a byte, and CR (manual 99875475-10 p. 21). */
import { fromHex, toHex } from '../../frames/hex.ts';
import { bytesOf } from '../../frames/latin1.ts';
import {
  answerIn,
  requestBytesOf,
  type Answer,
  type CommandName,
} from '../../magnesafe/commands.ts';

/** The bytes a line of the command channel spells; none when it is no such line. */
export const commandBytes = (line: string): Uint8Array => fromHex(line) ?? new Uint8Array();

/** A command as it is sent. */
export const commandLineOf = (name: CommandName): Uint8Array =>
  bytesOf(`${toHex(requestBytesOf(name))}\r`);

/** Reads a line as an answer, or `undefined` when it cannot be one. */
export const answerInLine = (line: string): Answer | undefined => answerIn(commandBytes(line));
