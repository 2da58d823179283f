/** The settings of the town's agent: roomy, but for what the plan narrows. */
import { valuesOf, type Laid } from '../../config/index.ts';
import type { Plan } from './plan.ts';

/** Where the town's broker is; nobody answers anywhere else. */
export const townBrokerUrl = 'mqtts://virtual';

/** Velocity and duplicates would refuse most of a day's sales; a plan switches them on one by one. */
const roomy = {
  enabled: true,
  entryModes: ['stripe'],
  cardVelocity: 1_000,
  duplicateWindowSeconds: 0,
};

export const layersFor = (plan: Plan, readerIds: readonly string[]): Laid => {
  const read = valuesOf({
    link: { brokerUrl: townBrokerUrl, firstConnectWithinMs: 1_000 },
    host: { answerWithinMs: plan.answerWithinMs },
    authorization: { expiryDays: plan.expiryDays, captureTolerancePercent: 10 },
    readers: readerIds.map((id) => ({ id, protocol: 'magtek-serial-line', path: id })),
    offline: { ...roomy, ...plan.offline },
    batch: plan.batch ?? {},
    ...(plan.asksForZip === true ? { hasZipCodePrompt: true } : {}),
    timeZone: 'Europe/Berlin',
  });
  if ('why' in read) throw new Error(read.why);
  // Below what the portal says, so that a push can change any of it.
  return { registration: read.values };
};
