// `npm test`: installs what is missing, lints, type-checks, builds and runs the tests. `npm run test:full` adds the long ones.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowser } from './browser.mjs';
import { buildStale } from './build.mjs';
import { ensureDependencies, requireNode, root, runOrExit } from './install.mjs';
import { ensurePeers } from './peers.mjs';

const isFull = process.argv.includes('--full');
const report = join(root, '.cache', 'vitest.json');
const leftOut = [];

requireNode();
ensureDependencies();
leftOut.push(...ensurePeers());
const browser = ensureBrowser();
if (!browser.path) leftOut.push(`Chromium: not to be had (${browser.reason}); the browser tests are left out`);
if (!process.env.ALIDADE_LABS) leftOut.push('ALIDADE_LABS is not set: the tests on the source documents’ own files are left out');
if (!process.env.ALIDADE_BENCH) leftOut.push('ALIDADE_BENCH is not set: the tests on the bench corpora are left out');
if (!isFull) leftOut.push('The long tests (soak, load, repeated kills, large differentials) are left out; `npm run test:full` runs them');

step('Lint', () => runOrExit('node_modules/.bin/biome', ['check', '--error-on-warnings', '.']));
step('Type check', () => {
  runOrExit('node_modules/.bin/tsc', ['-p', 'tsconfig.json']);
  runOrExit('node_modules/.bin/tsc', ['-p', 'ui/tsconfig.json']);
});
await buildStale();
step('Size budget of the UI', () => runOrExit(process.execPath, ['ui/check-budget.mjs']));

mkdirSync(join(root, '.cache'), { recursive: true });
rmSync(report, { force: true });
console.log('\nTests');
const env = { ...process.env, ...(isFull ? { ALIDADE_FULL: '1' } : {}), ...(browser.path ? { ALIDADE_BROWSER: browser.path } : {}) };
const vitest = spawnSync('node_modules/.bin/vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`], {
  cwd: root,
  stdio: 'inherit',
  env,
});

for (const line of leftOut) console.log(`Left out: ${line}`);
const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0 };
console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped`);
process.exit(vitest.status ?? 1);

function step(name, action) {
  const started = Date.now();
  action();
  console.log(`${name}: ok (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
