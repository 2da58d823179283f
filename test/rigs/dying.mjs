/**
 * Loaded before a program (`node --import`): kills it at one of the steps it keeps on the disk. `DYING_AT` is
 * the call and how many of it pass first, like `renameSync:3`; calls below `identity/` count.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [call = '', at = '0'] = (process.env['DYING_AT'] ?? '').split(':');
const real = fs[call];
let passed = 0;

fs[call] = (path, ...more) => {
  // What a file is written beside is cleared away first; that is no step.
  const isStep = call !== 'rmSync' || !String(path).endsWith('.new');
  if (isStep && String(path).includes('/identity/')) {
    passed += 1;
    // Before it is done; that it was done is what the step before the next one finds.
    if (passed === Number(at)) process.kill(process.pid, 'SIGKILL');
  }
  return real(path, ...more);
};
syncBuiltinESMExports();
