/** The settings of the town's agent: roomy, but for what the plan narrows. */
import {
  effective,
  valuesOf,
  type Layer,
  type SettingName,
  type Settings,
} from '../../config/index.ts';
import type { Plan } from './plan.ts';

/** Velocity and duplicates would refuse most of a day's sales; a plan switches them on one by one. */
const roomy = {
  enabled: true,
  entryModes: ['stripe'],
  cardVelocity: 1_000,
  duplicateWindowSeconds: 0,
};

export const settingsOf = (plan: Plan, readerIds: readonly string[]): Settings => {
  const read = valuesOf({
    link: { brokerUrl: 'mqtts://virtual', firstConnectWithinMs: 1_000 },
    host: { answerWithinMs: plan.answerWithinMs },
    authorization: { expiryDays: plan.expiryDays, captureTolerancePercent: 10 },
    readers: readerIds.map((id) => ({ id, protocol: 'magtek-serial-line', path: id })),
    offline: { ...roomy, ...plan.offline },
    batch: plan.batch ?? {},
    ...(plan.asksForZip === true ? { hasZipCodePrompt: true } : {}),
    timeZone: 'Europe/Berlin',
  });
  if ('why' in read) throw new Error(read.why);
  const settings = effective({ file: read.values });
  if (!settings.ok) throw new Error(settings.why);
  return settings.settings;
};

export const defaultsOf = (settings: Settings): Record<SettingName, Layer> =>
  Object.fromEntries(Object.keys(settings).map((name) => [name, 'default'])) as Record<
    SettingName,
    Layer
  >;
