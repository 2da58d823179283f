/**
 * `npm run check`: every rule a machine can check without running the agent. Two steps at a time, the longest
 * first; a line for each, and what failed in full at the end.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const home = fileURLToPath(new URL('..', import.meta.url));
const floorFolders = ['agent', 'config', 'contract', 'drivers', 'firmware', 'simulator', 'test'];
const cruise = ['depcruise', '--config', '.dependency-cruiser.mjs', '--output-type', 'err-long'];

const steps = [
  {
    name: 'lint',
    run: ['eslint', '--max-warnings', '0', '.'],
    then: 'Each line names its rule; the message says what to do instead.',
  },
  {
    name: 'house',
    run: ['vitest', 'run', 'test/house', '--reporter', 'dot'],
    then: 'A document behind its table is renewed by `npm run build && node scripts/generate.mjs`.',
  },
  {
    name: 'types',
    run: ['tsc', '-p', 'tsconfig.json'],
    then: 'The compiler’s first message is usually the cause of the others.',
  },
  {
    name: 'floors',
    run: [...cruise, ...floorFolders],
    then: 'The tables of floors and doors are in scripts/house.mjs.',
  },
  {
    name: 'pure types',
    run: ['tsc', '-p', 'tsconfig.pure.json'],
    then: 'A pure file knows neither Node nor npm: ask for what you need as an argument.',
  },
  {
    name: 'format',
    run: ['prettier', '--check', '--log-level', 'warn', '.'],
    then: 'Run `npx prettier --write .`.',
  },
];
const atOnce = 2;

const runStep = ({ name, run: [command, ...words], then }) =>
  new Promise((resolve) => {
    const began = performance.now();
    const child = spawn(`node_modules/.bin/${command}`, words, {
      cwd: home,
      // The house tests need no broker and no built agent; see test/setup.ts.
      env: { ...process.env, HOLDFAST_RIGS: 'none', FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = [];
    child.stdout.on('data', (chunk) => said.push(chunk));
    child.stderr.on('data', (chunk) => said.push(chunk));
    child.on('error', (error) => said.push(Buffer.from(`${error.message}; run npm ci first.`)));
    child.on('close', (code) => {
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
      resolve({ name, then, passed: code === 0, said: Buffer.concat(said).toString() });
    });
  });

const runAll = async () => {
  const waiting = [...steps];
  const done = [];
  const lane = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      done.push(await runStep(step));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return done;
};

const failed = (await runAll()).filter((step) => !step.passed);
for (const { name, then, said } of failed)
  console.error(`\n── ${name} ──\n${said.trim()}\n→ ${then}`);
process.exitCode = failed.length === 0 ? 0 : 1;
