/**
 * The agent's own program, but for one file: its door to HID devices, in whose place stands `door.ts`. A
 * system without HID devices cannot open that one; all that lies above it is as it is sold.
 */
import { register } from 'node:module';

const door = new URL('./door.js', import.meta.url).href;
const hook = `export const resolve = (specifier, context, next) =>
  specifier.endsWith('/lines/hid.js') ? { url: '${door}', shortCircuit: true } : next(specifier, context);`;

register(`data:text/javascript,${encodeURIComponent(hook)}`);
await import('../../../agent/cli/main.js');
