/** Firmware: what release runs. */
export { release } from './release.ts';
