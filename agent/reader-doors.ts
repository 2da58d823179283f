/** The doors to readers: opens the line a reader hangs on, and sees what is plugged in. */
import type { ReaderSetting } from '../config/index.ts';
import { chooseHid, chooseSerial, openLate, type OpenLine, type Timers } from '../drivers/index.ts';
import { listHid, openHidLine } from '../drivers/lines/hid.ts';
import { openSerialLine } from '../drivers/lines/serial.ts';
import { openTcpLine } from '../drivers/lines/tcp.ts';
import { isPortThere, listSerial } from '../drivers/lines/ttys.ts';
import type { Devices } from './readers/plugged-in.ts';
import { placeOf, type Place } from './readers/place.ts';
import type { Hanging } from './readers/post.ts';
import { StartFault } from './fault.ts';

/** How a reader hangs here; a `StartFault` says what is wrong with its setting. */
export const hangingOf = (setting: ReaderSetting, timers: Timers): Hanging => {
  const placed = placeOf(setting);
  if (!placed.ok) throw new StartFault('settings_invalid', placed.why);
  const { openReader, place } = placed;
  switch (place.line) {
    case 'serial': {
      const { baudRate = place.defaults.baudRate } = setting;
      const openAt = serialAt(place, timers);
      const { pick } = place;
      return {
        ...{ openReader, line: 'serial', openLine: openAt(baudRate), serial: { baudRate, openAt } },
        isThere: () =>
          'path' in pick ? isPortThere(pick.path) : isNotAbsent(chooseSerial(listSerial(), pick)),
      };
    }
    case 'hid': {
      const { pick, defaults } = place;
      const { usagePage: page, usage, writeWithinMs } = defaults;
      const use = { page, usage };
      return {
        ...{ openReader, line: 'hid' },
        openLine: openHidLine({ pick, use, sizes: defaults, writeWithinMs }, timers),
        isThere: () => isNotAbsent(chooseHid(listHid(), pick, use)),
      };
    }
    case 'tcp': {
      const { host, port, defaults } = place;
      const openLine = openTcpLine({ host, port, ...defaults }, timers);
      return { openReader, line: 'tcp', openLine };
    }
  }
};

/** Everything that is plugged in here. */
export const devicesHere = (): Devices => ({ hid: listHid(), serial: listSerial() });

// Its path may be another after each plug, so it is looked up each time it is opened.
const serialAt =
  ({ pick, defaults }: Extract<Place, { line: 'serial' }>, timers: Timers) =>
  (baudRate: number): OpenLine =>
    openLate(() => {
      const choice = chooseSerial('path' in pick ? [] : listSerial(), pick);
      if (!choice.ok) return choice;
      const { path } = choice;
      return { ok: true, open: openSerialLine({ ...defaults, path, baudRate }, timers) };
    }, timers);

const isNotAbsent = (choice: { ok: true } | { ok: false; why: string }): boolean =>
  choice.ok || choice.why !== 'absent';
