// Measures what the README states: time from process start to ready, resident memory, processor time at rest. Needs a build.
//   node scripts/measure.mjs [--minutes 1]
// Prints a Markdown table. Linux only: reads /proc.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './install.mjs';

const minutes = Number(process.argv[process.argv.indexOf('--minutes') + 1]) || 1;
const TICKS_PER_SECOND = 100;

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** Process ids of `pid` and everything below it. */
function family(pid) {
  const parents = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch (error) {
      if (error.code !== 'ENOENT' && error.code !== 'ESRCH') throw error;
    }
  }
  const found = [pid];
  for (const id of found) for (const [child, parent] of parents) if (parent === id) found.push(child);
  return found;
}

function usage(pid) {
  let residentMb = 0;
  let cpuSeconds = 0;
  for (const id of family(pid)) {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    residentMb += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    cpuSeconds += (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
  return { residentMb, cpuSeconds };
}

async function isReady(url) {
  return fetch(`${url}/-/ready`).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** Starts `alidade up`; resolves with how long it took to become ready. */
async function startServer(args, dataDir) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const command = ['up', ...args, '--listen', `127.0.0.1:${port}`, '--data', dataDir];
  const child = spawn(join(root, 'server/bin/alidade'), command, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`alidade ended with status ${child.exitCode}`);
    await sleep(0.01);
  }
  return { child, url, readyMs: performance.now() - startedAt };
}

async function stop(child) {
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('exit', resolve));
}

/** Memory at the end of, and processor share during, `seconds` at rest. */
async function observe(child, seconds) {
  await sleep(15);
  const before = usage(child.pid);
  await sleep(seconds);
  const after = usage(child.pid);
  return { residentMb: after.residentMb, cpuPercent: ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100 };
}

async function median(count, measure) {
  const values = [];
  for (let i = 0; i < count; i++) values.push(await measure());
  return values.sort((a, b) => a - b)[Math.floor(count / 2)];
}

const dataDir = mkdtempSync(join(tmpdir(), 'alidade-measure-'));
const rows = [];
try {
  const readyMs = await median(5, async () => {
    const { child, readyMs } = await startServer([], dataDir);
    await stop(child);
    return readyMs;
  });
  rows.push(['process start to ready (median of 5)', `${readyMs.toFixed(0)} ms`, '< 2,000 ms']);

  const idle = await startServer([], dataDir);
  const atRest = await observe(idle.child, minutes * 60);
  await stop(idle.child);
  rows.push(['resident memory, idle', `${atRest.residentMb.toFixed(0)} MB`, '< 450 MB']);
  rows.push(['processor time, idle', `${atRest.cpuPercent.toFixed(1)} % of one core`, '< 3 %']);

  const service = spawn(process.execPath, [join(root, 'examples/prediction-api/dist/main.js')], {
    env: { ...process.env, PORT: '5000' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const demo = await startServer([join(root, 'examples/churn-lab')], dataDir);
  const withDemo = await observe(demo.child, minutes * 60);
  await stop(demo.child);
  service.kill('SIGTERM');
  rows.push(['resident memory, with the demo', `${withDemo.residentMb.toFixed(0)} MB`, '< 450 MB']);
  rows.push(['processor time, with the demo', `${withDemo.cpuPercent.toFixed(1)} % of one core`, '']);
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}

console.log('| what | measured | goal |\n|---|---|---|');
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
