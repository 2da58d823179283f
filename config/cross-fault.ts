/** What one row of the table cannot say: settings that only make sense together. */
import { brokerUrlFault } from './broker-url.ts';
import type { SettingFault } from './setting.ts';
import type { Settings } from './settings.ts';

/** Why these settings cannot be in force together; `undefined` when they can. */
export const crossFault = (settings: Settings): SettingFault | undefined => {
  const url = settings['link.brokerUrl'];
  const fault = url === '' ? undefined : brokerUrlFault(url);
  if (fault !== undefined) return { path: 'link.brokerUrl', why: `link.brokerUrl: ${fault}.` };
  if (settings['link.reconnectFromMs'] > settings['link.reconnectUpToMs']) {
    const why = 'link.reconnectFromMs is more than link.reconnectUpToMs; swap them.';
    return { path: 'link.reconnectFromMs', why };
  }
  if (!isTimeZone(settings.timeZone)) {
    const why = `timeZone: "${settings.timeZone}" is no IANA time zone; try Europe/Berlin.`;
    return { path: 'timeZone', why };
  }
  const ids = settings.readers.map(({ id }) => id);
  const paths = settings.readers.map(({ path, serialNumber }) => `${path} ${serialNumber ?? ''}`);
  if (new Set(ids).size < ids.length || new Set(paths).size < paths.length) {
    const why = 'readers: two readers have the same id or path; give each its own.';
    return { path: 'readers', why };
  }
  return undefined;
};

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};
