/** Audited calls: what was done, or tried, that the portal is to hear of, whoever did it. */
import { auditedBy } from '../access/audit.ts';
import type { Shop } from '../shop.ts';
import type { Answer, Ask, Route } from './route.ts';

/** Answers a call, and tells how that ended where its route is audited. */
export const tellOf = async (
  { audited: act }: Route,
  ask: Ask,
  { access: { audit } }: Shop,
  answer: () => Answer | Promise<Answer>,
): Promise<Answer> => {
  if (act === undefined) return answer();
  const by = auditedBy(ask.by);
  try {
    const answered = await answer();
    if (answered.is === 'answered') {
      const about = aboutOf(ask, answered);
      audit.tell({ act, ...by, result: 'succeeded', ...(about === undefined ? {} : { about }) });
    } else {
      // What it was about is left out: nothing here may have that name.
      const { code } = answered;
      const who = `${by.by?.kind}:${by.by?.id}`;
      audit.tellOnce(`${who}:${act}:${code}`, { act, ...by, result: 'refused', code });
    }
    return answered;
  } catch (error) {
    audit.tell({ act, ...by, result: 'failed', code: 'internal' });
    throw error;
  }
};

/** Characters of a name a fact may hold. */
const aboutMax = 64;

const aboutOf = (ask: Ask, answered: Extract<Answer, { is: 'answered' }>): string | undefined => {
  const batchId: unknown = 'body' in answered ? Reflect.get(answered.body, 'batchId') : undefined;
  const about = ask.path['id'] ?? (typeof batchId === 'string' ? batchId : undefined);
  return about?.slice(0, aboutMax);
};
