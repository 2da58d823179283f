/** Decodes the command channel: a request, an answer, or the two together. */
import { toHex } from '../frames/hex.ts';
import {
  answerIn,
  commands,
  requestIn,
  resultCodes,
  type Answer,
  type CommandName,
} from './commands.ts';
import { decodeDeed } from './deeds.ts';

/** What a request and the bytes after it say together, or `undefined` when they are not such a pair. */
export const decodeExchange = (request: Uint8Array, following: Uint8Array): object | undefined => {
  const asked = requestIn(request);
  const answer = answerIn(following);
  if (answer === undefined) return undefined;
  if (asked === undefined) {
    const deed = decodeDeed(request);
    return deed && { form: 'command', ...deed, ...result(answer), ...dataOf(answer) };
  }
  const fields = answer.result === '00' ? commands[asked].read(answer.data) : {};
  if (fields === undefined) return undefined;
  return {
    form: 'command',
    command: asked,
    says: commands[asked].says,
    ...result(answer),
    ...fields,
  };
};

/** What bytes say alone, or `undefined` when they are neither request nor answer. */
export const decodeCommand = (bytes: Uint8Array): object | undefined => {
  const asked = requestIn(bytes);
  const answer = answerIn(bytes);
  if (asked !== undefined) {
    const { says } = commands[asked];
    // `000103` asks for the serial number and also answers "level 3": which, only its direction tells.
    const also = answer === undefined ? {} : { orAnswer: decodeAnswer(answer) };
    return { form: 'request', command: asked, says, ...also };
  }
  const deed = decodeDeed(bytes);
  // A refusal says nothing more, so what has more to say is a request.
  const isDeed = answer === undefined || (answer.result !== '00' && answer.data.length > 0);
  if (deed !== undefined && isDeed) return { form: 'request', ...deed };
  return answer && { form: 'answer', ...decodeAnswer(answer) };
};

const dataOf = ({ data }: Answer): object => (data.length === 0 ? {} : { data: toHex(data) });

// An answer does not name its command: the first one whose form it has is shown, the others are named.
const decodeAnswer = (answer: Answer): object => {
  const { data } = answer;
  const names = answer.result === '00' && data.length > 0 ? commandsAnsweredBy(data) : [];
  const [command, ...others] = names;
  if (command === undefined) return { ...result(answer), data: toHex(data) };
  return {
    ...result(answer),
    command,
    ...commands[command].read(data),
    ...(others.length === 0 ? {} : { couldAlsoAnswer: others }),
  };
};

const commandsAnsweredBy = (data: Uint8Array): CommandName[] =>
  (Object.keys(commands) as CommandName[]).filter(
    (name) => commands[name].read(data) !== undefined,
  );

const result = ({ result: resultCode }: Answer): object => ({
  resultCode,
  means: resultCodes[resultCode] ?? 'a result of this command only (manual pp. 22-74)',
});
