/**
 * `npm run advisories`: asks the registry for advisories about what is installed at a merchant's. Each has to
 * be mended, or argued by its name (GHSA-…) in docs/dependencies.md. A registry that does not answer such
 * questions is said so, and is no finding: exit 0, with a warning.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const home = fileURLToPath(new URL('..', import.meta.url));
const argued = readFileSync(`${home}docs/dependencies.md`, 'utf8');

const asked = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: home, encoding: 'utf8' });
const answer = parsed(asked.stdout);

if (answer?.vulnerabilities === undefined) {
  const why = answer?.message ?? answer?.error?.summary ?? asked.stderr.trim().split('\n').at(-1);
  console.warn(`The registry was asked for advisories and gave none to read (${why}).`);
} else {
  const found = Object.values(answer.vulnerabilities).flatMap(({ via }) =>
    via.filter((each) => typeof each === 'object'),
  );
  const open = found.filter(({ url }) => !argued.includes(url.split('/').at(-1)));
  for (const { name, severity, title, url } of open) {
    console.error(
      `${name}: ${severity}: ${title}; update it, or argue it in docs/dependencies.md: ${url}`,
    );
  }
  console.log(
    `${found.length} advisories touch what is installed, ${open.length} of them unargued.`,
  );
  process.exitCode = open.length === 0 ? 0 : 1;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
