import { isRole, roles, commandOf, startRole } from './roles.ts';
import { portalIsUp } from './portal.ts';
import { measureSales } from './sales.ts';
import { measureSeal } from './seal.ts';
import { scratchDirectory } from './scratch.ts';
import { startBenchBroker } from './broker.ts';
import { measureFlushes } from './flushes.ts';
import { measureDrain } from './drain.ts';
import { measureOnline } from './online.ts';

const [role, ...words] = process.argv.slice(2);
if (isRole(role)) {
  const play = await roles[role]();
  await play(words);
} else {
  const scratch = scratchDirectory();
  const what = new Set((role ?? 'seal,sales,flushes,drain,online').split(','));
  const broker = await startBenchBroker(scratch.path);
  const portal = startRole(commandOf('portal', broker.url, scratch.path));
  await portal.says(portalIsUp, 10_000);
  const t = async (name: string, f: () => Promise<unknown>) => {
    if (!what.has(name)) return;
    const b = performance.now();
    console.log(name, await f(), Math.round(performance.now() - b), 'ms');
  };
  await t('seal', measureSeal);
  await t('sales', () => measureSales(scratch.path));
  await t('flushes', () => measureFlushes(scratch.path, broker.url));
  await t('drain', () => measureDrain(scratch.path, broker.url));
  await t('online', () => measureOnline(scratch.path, broker.url));
  portal.kill('SIGTERM');
  await broker.close();
  scratch.remove();
}
