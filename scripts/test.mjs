// `npm test`: installs what is missing, lints, type-checks, builds and runs the tests. `npm run test:full` adds the long ones.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ensureBrowser } from './browser.mjs';
import { buildStale } from './build.mjs';
import { ensureDependencies, requireNode, root, runOrExit } from './install.mjs';
import { ensurePeers } from './peers.mjs';

const isFull = process.argv.includes('--full');
const leftOut = [];
/** Many times what the tests of the server have on disk at once. */
const ROOM_IN_MEMORY = 2 ** 32;

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

console.log('\nTests');
const folder = folderInMemory();
const beside = await Promise.all([
  runTests('vitest.json', ['server', 'apart', 'sdk', 'ui', 'conformance'], 'inherit'),
  runTests('vitest-waiting.json', ['waiting'], 'pipe'),
  runTests('vitest-fixed-ports.json', ['fixed-ports'], 'pipe'),
]);
for (const { output } of beside) console.log(output);
const all = [...beside, await runTests('vitest-alone.json', ['alone'], 'inherit')];
for (const line of leftOut) console.log(`Left out: ${line}`);
// A file that fails before its first test has no test that failed.
const failedFiles = all.flatMap(({ counts }) => counts.testResults.filter(({ status }) => status === 'failed'));
for (const { name } of failedFiles) console.log(`Failed: ${relative(root, name)}`);
const sum = (name) => all.reduce((total, { counts }) => total + counts[name], 0);
console.log(
  `${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed, ${sum('numPendingTests')} skipped; ${failedFiles.length} files failed`,
);
process.exit(all.find(({ status }) => status !== 0)?.status ?? 0);

/** Runs projects of vitest.config.ts; what they print is shown at once, or answered. */
async function runTests(reportName, projects, stdio) {
  const report = join(root, '.cache', reportName);
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(report, { force: true });
  const env = { ...process.env, ...(isFull ? { ALIDADE_FULL: '1' } : {}), ...(browser.path ? { ALIDADE_BROWSER: browser.path } : {}) };
  if (folder) env.ALIDADE_TEST_FOLDER = folder;
  const options = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...projects.map((name) => `--project=${name}`)];
  const child = spawn('node_modules/.bin/vitest', ['run', ...options], { cwd: root, env, stdio: ['ignore', stdio, stdio] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => (output += text));
  const status = await new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)));
  const failed = { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, testResults: [] };
  return { status, output, counts: existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : failed };
}

/** A folder in memory for what the tests of the server write, until this program ends; undefined where there is too little room. */
function folderInMemory() {
  const memory = '/dev/shm';
  if (!existsSync(memory)) return undefined;
  const { bavail, bsize } = statfsSync(memory);
  if (bavail * bsize < ROOM_IN_MEMORY) return undefined;
  const made = mkdtempSync(join(memory, 'alidade-tests-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  return made;
}

function step(name, action) {
  const started = Date.now();
  action();
  console.log(`${name}: ok (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}
