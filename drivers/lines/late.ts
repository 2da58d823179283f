/** A late line: its device is looked up each time it is opened, so that it may come back at another path. */
import type { LineEnd, OpenLine, Timers } from './line.ts';

/** How to open what was found, or why nothing was. */
export type Found =
  | { readonly ok: true; readonly open: OpenLine }
  | { readonly ok: false; readonly why: LineEnd; readonly detail: string };

/** A way to open whatever `find` finds at that moment. */
export const openLate =
  (find: () => Found, timers: Timers): OpenLine =>
  (hear) => {
    const found = find();
    if (found.ok) return found.open(hear);
    let end: { why: LineEnd; detail: string } | undefined = found;
    const say = () => {
      if (end !== undefined) hear({ is: 'ended', why: end.why, detail: end.detail });
      end = undefined;
    };
    timers.after(0, say);
    const silent = () => {};
    return { send: silent, query: silent, skip: silent, close: silent };
  };
