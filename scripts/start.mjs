// `npm start`: installs what is missing, builds what is stale, starts Alidade on the churn lab, the prediction service and its
// traffic, and prints one URL. Arguments after `--` go to `alidade up`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { buildStale } from './build.mjs';
import { ensureDependencies, requireNode, root } from './install.mjs';

const ALIDADE = 'http://127.0.0.1:9090';
const SERVICE = 'http://127.0.0.1:5000';

requireNode();
ensureDependencies();
await buildStale();

const children = [];
let isStopping = false;

function start(name, command, args, env = {}, stdout = 'inherit') {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', stdout, 'inherit'], env: { ...process.env, ...env } });
  children.push(child);
  child.on('exit', (code, signal) => {
    if (isStopping) return;
    if (name === 'alidade') stopAll(code ?? 1);
    else console.error(`${name} ended (${signal ?? `status ${code}`}); Alidade goes on and will show its target as down.`);
  });
  child.on('error', (error) => {
    console.error(`${name} could not be started: ${error.message}`);
    if (name === 'alidade') stopAll(1);
  });
}

function stopAll(status) {
  if (isStopping) return;
  isStopping = true;
  const running = children.filter((child) => child.exitCode === null && child.signalCode === null);
  for (const child of running) child.kill('SIGTERM');
  Promise.all(running.map((child) => new Promise((resolve) => child.once('exit', resolve)))).then(() => process.exit(status));
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stopAll(0));

// npm may be ended without telling us; nobody could stop the demonstration then.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) stopAll(0);
}, 1_000).unref();

async function waitFor(url, seconds) {
  const until = Date.now() + seconds * 1000;
  while (Date.now() < until && !isStopping) {
    const isReady = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

const dist = join(root, 'examples/prediction-api/dist');
start('alidade', join(root, 'server/bin/alidade'), ['up', join(root, 'examples/churn-lab'), ...process.argv.slice(2)]);
const signals = {
  LOKI_URL: ALIDADE,
  OTEL_EXPORTER_OTLP_ENDPOINT: ALIDADE,
  // As the scrape job of the lab calls it, so that all three signals name the service alike.
  OTEL_SERVICE_NAME: 'ml-prediction-api',
  OTEL_BSP_SCHEDULE_DELAY: '1000',
};
// Its log lines are in Alidade: here they would push the addresses below out of sight.
start('prediction-api', process.execPath, [join(dist, 'main.js')], { PORT: '5000', ...signals }, 'ignore');
start('traffic', process.execPath, [join(dist, 'traffic.js')], { TARGET: SERVICE });

const isReady = await waitFor(`${ALIDADE}/-/ready`, 60);
if (isReady) {
  console.log(`
  Alidade is running:        ${ALIDADE}
  The prediction service:    ${SERVICE}/health

  See an alert fire: send a few bad requests and watch the dashboard.
    for i in 1 2 3 4 5; do curl -s -X POST ${SERVICE}/v1/predict -H 'Content-Type: application/json' -d '{"invalid": "data"}'; done

  Stop with Ctrl-C.
`);
} else if (!isStopping) {
  console.error('Alidade did not become ready within 60 s; its messages are above.');
  stopAll(1);
}
