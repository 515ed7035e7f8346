// Builds what is stale: sdk (tsc), ui (Vite), server (esbuild), the example. `--force` builds everything.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies, requireNode, root, runOrExit } from './install.mjs';

/** What of the SDK the server is bundled with. */
const SDK_ENTRIES = ['schema', 'advise', 'slo', 'slo/files'];

/**
 * What stays outside of the server's bundle: native code, and what looks for files of its own. All else goes in, because hundreds of small
 * files take a third of a second of each start to find and read.
 */
const UNBUNDLED = ['bcrypt', 'chdb', 'jiti', 'pino', 'snappy', 'bufferutil', 'utf-8-validate'];
/** Packages in CommonJS require what Node brings. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

/** Each step rebuilds when a file below its inputs changed. */
const STEPS = [
  { name: 'sdk', inputs: ['sdk', 'tsconfig.base.json'], output: 'sdk/dist', build: buildSdk },
  { name: 'ui', inputs: ['ui', 'sdk/schema', 'tsconfig.base.json'], output: 'ui/dist', build: buildUi },
  {
    name: 'server',
    inputs: ['server', 'package-lock.json', ...SDK_ENTRIES.map((name) => `sdk/${name}`), 'ui'],
    output: 'server/dist',
    build: buildServer,
  },
  {
    name: 'example',
    inputs: ['examples/prediction-api', 'sdk/instrument', 'sdk/schema'],
    output: 'examples/prediction-api/dist',
    build: buildExample,
  },
];

function buildSdk() {
  rmSync(join(root, 'sdk/dist'), { recursive: true, force: true });
  runOrExit('node_modules/.bin/tsc', ['-p', 'sdk/tsconfig.build.json']);
}

function buildUi() {
  runOrExit('node_modules/.bin/vite', ['build', '--logLevel', 'error'], { cwd: join(root, 'ui'), env: process.env });
}

async function buildServer() {
  const { build } = await import('esbuild');
  rmSync(join(root, 'server/dist'), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: {
      main: 'server/main.ts',
      'promql-worker': 'server/promql/worker.ts',
      'logql-worker': 'server/logql/worker.ts',
      'project-worker': 'server/config/project/worker.ts',
    },
    outdir: 'server/dist',
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['source'],
    external: UNBUNDLED,
    banner: { js: REQUIRE },
    // With comments in it, a text of four million letters of two bytes each stays in memory; with one line for all, no error names a place.
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'linked',
    alias: Object.fromEntries(SDK_ENTRIES.map((name) => [`@alidade/sdk/${name}`, `./sdk/${name}/index.ts`])),
    sourcemap: 'linked',
    define: { 'process.env.ALIDADE_VERSION': JSON.stringify(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version) },
    logLevel: 'warning',
  });
  cpSync(join(root, 'ui/dist'), join(root, 'server/dist/ui'), { recursive: true });
}

function buildExample() {
  runOrExit('npm', ['run', 'build', '--silent', '-w', 'prediction-api']);
}

/** A hash over names, sizes and times of every source file below the inputs. */
function fingerprint(inputs) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const full = join(root, path);
    const info = statSync(full);
    if (!info.isDirectory()) return hash.update(`${path}\0${info.size}\0${info.mtimeMs}\n`);
    for (const name of readdirSync(full).sort()) {
      if (name !== 'node_modules' && name !== 'dist' && !name.endsWith('.test.ts')) visit(`${path}/${name}`);
    }
    return hash;
  };
  for (const input of inputs) visit(input);
  return hash.digest('hex');
}

/** Builds the stale steps in order, one line for each. */
export async function buildStale({ force = false } = {}) {
  for (const step of STEPS) {
    const stamp = join(root, step.output, '.stamp');
    const wanted = fingerprint(step.inputs);
    if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) continue;
    const started = Date.now();
    process.stdout.write(`Building ${step.name} … `);
    await step.build();
    mkdirSync(join(root, step.output), { recursive: true });
    writeFileSync(stamp, wanted);
    console.log(`${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  requireNode();
  ensureDependencies();
  await buildStale({ force: process.argv.includes('--force') });
}
