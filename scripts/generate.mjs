// `npm run generate`: writes what is checked in and follows from definitions: the churn lab's files, its production routes, and deploy/.
// `--check` writes nothing and ends with 1 when something is not up to date.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildStale } from './build.mjs';
import { ensureDependencies, requireNode, root } from './install.mjs';

const LAB = 'examples/churn-lab';
const PRODUCTION = 'examples/churn-lab/production';

/** What `alidade generate` is asked to do. */
const RUNS = [
  [LAB],
  [PRODUCTION],
  ['compose', LAB],
  ['kubernetes', LAB, '--alerting', PRODUCTION],
  ['helm', LAB, '--alerting', PRODUCTION],
];

requireNode();
ensureDependencies();
await buildStale();
let failed = 0;
for (const args of RUNS) {
  const all = ['generate', ...args, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, [join(root, 'server/dist/main.js'), ...all], { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed++;
}
process.exit(failed > 0 ? 1 : 0);
