/** The agent's log as it is printed: JSON lines become events. What is no event is passed on as it is. */
import type { EventName } from '../../agent/diagnostics/events.ts';

export interface AgentEvent {
  readonly event: EventName | 'output';
  readonly transactionId?: string;
  readonly [field: string]: unknown;
}

/** Takes what the agent prints, in whatever pieces, and tells each line as an event. */
export const agentLogOf = (hear: (event: AgentEvent) => void) => {
  let rest = '';
  return {
    note: (where: string, content: string | Uint8Array): void => {
      if (!where.startsWith('agent ')) return;
      const text =
        rest + (typeof content === 'string' ? content : Buffer.from(content).toString('utf8'));
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) hear(eventOf(line));
    },
  };
};

const eventOf = (line: string): AgentEvent => {
  try {
    const parsed = JSON.parse(line) as AgentEvent;
    if (typeof parsed.event === 'string') return parsed;
  } catch {
    // Not every line a process prints is its log.
  }
  return { event: 'output', line };
};
