/**
 * `node scripts/generate.mjs`, after `npm run build`: writes every document that is made from tables.
 * With `--check` it writes nothing and exits 1 when one is behind its table.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { documents, loadTables } from './documents/index.mjs';

const home = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path) => (existsSync(home(path)) ? readFileSync(home(path), 'utf8') : undefined);

if (!existsSync(home('dist/contract/index.js'))) {
  throw new Error('There is no dist/; run `npm run build` first.');
}
const tables = await loadTables((path) => import(home(`dist/${path}.js`)));
const onlyCheck = process.argv.includes('--check');
for (const { path, write } of documents) {
  const text = write(tables, read);
  if (read(path) === text) {
    console.log(`fresh   ${path}`);
  } else if (onlyCheck) {
    console.log(`behind  ${path}: run npm run build && node scripts/generate.mjs`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(home(path)), { recursive: true });
    writeFileSync(home(path), text);
    console.log(`written ${path}`);
  }
}
