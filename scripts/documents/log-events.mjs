/** `docs/log-events.md`: every line the agent may log, for those who read its logs or feed them elsewhere. */
import { code, fill, table } from './markdown.mjs';

const template = `<!-- Written by scripts/generate.mjs from agent/diagnostics/events.ts; change it there. -->

# Log events

Every line the agent logs is one of these: a JSON object with the event's name, and these fields and no
others. Names and fields are stable. Nothing of a card is a field.

{{events}}
`;

/** The page. */
export const logEventsDocument = ({ events }) =>
  fill(template, {
    events: table(
      ['event', 'level', 'says', 'fields'],
      Object.entries(events.events).map(([name, { level, says, fields }]) => [
        code(name),
        level,
        says,
        fields.map(code).join(', '),
      ]),
    ),
  });
