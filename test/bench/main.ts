/**
 * `npm run bench [-- --json]`: what sales, starts and the link cost here. Timings live here, never in tests;
 * docs/performance.md says what each figure means.
 */
import { parseArgs } from 'node:util';
import { takeFigures } from './figures.ts';
import { isRole, roles } from './roles.ts';
import { tableOf } from './table.ts';

const main = async (): Promise<void> => {
  const [role, ...words] = process.argv.slice(2);
  if (isRole(role)) {
    const play = await roles[role]();
    await play(words);
    return;
  }
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const figures = await takeFigures((line) => process.stderr.write(`… ${line}\n`));
  const text = values.json ? `${JSON.stringify(figures, null, 2)}\n` : tableOf(figures);
  process.stdout.write(text);
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
