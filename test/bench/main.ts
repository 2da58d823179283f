/**
 * `npm run bench [-- --json] [-- --only PART]`: what readers, sales, starts and the link cost here. Timings
 * live here, never in tests; docs/performance.md says what each figure means.
 */
import { parseArgs } from 'node:util';
import { isRole, roles } from './roles.ts';
import { takeFigures } from './run.ts';
import { tableOf } from './table.ts';

// Whoever is interrupted takes along what it started, which is done at its exit.
process.once('SIGINT', () => process.exit(1));

const main = async (): Promise<void> => {
  const [role, ...words] = process.argv.slice(2);
  if (isRole(role)) {
    const play = await roles[role]();
    await play(words);
    return;
  }
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
  });
  const say = (line: string) => void process.stderr.write(`… ${line}\n`);
  const figures = await takeFigures({ only: values.only, say });
  const text = values.json ? `${JSON.stringify(figures, null, 2)}\n` : tableOf(figures);
  process.stdout.write(text);
};

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
