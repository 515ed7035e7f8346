// Checks the built UI against its size budgets: gzipped JavaScript of the first load, of every further screen, of the editor.
// Run after `vite build`: `node ui/check-budget.mjs`. `checkBudget` answers the problems, so that a build can call it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const KB = 1024;

/** Bytes of gzipped JavaScript. "First load" is all that comes without the reader doing anything: shell, charts, the screen of the address. */
export const BUDGETS = { firstLoad: 200 * KB, screen: 40 * KB, editor: 160 * KB };

/** What main.tsx fetches once the first screen stands. */
const FETCHED_AHEAD = 'time-chart';

/** Sizes of every part and the sentences that say what is over its budget. */
export function checkBudget(dist = join(fileURLToPath(new URL('.', import.meta.url)), 'dist')) {
  const path = join(dist, 'manifest.json');
  if (!existsSync(path)) return { sizes: [], problems: [`${path} is missing: build the UI first (npm run build)`] };
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  const sizeOf = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
  const total = (files) => [...files].reduce((sum, file) => sum + sizeOf(file), 0);
  const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
  const shell = staticFiles(manifest, entry);
  for (const key of Object.keys(manifest).filter((one) => manifest[one].name === FETCHED_AHEAD)) staticFiles(manifest, key, shell);
  const sizes = [];
  for (const key of Object.keys(manifest).filter((one) => manifest[one].isDynamicEntry && manifest[one].name !== FETCHED_AHEAD)) {
    const own = [...staticFiles(manifest, key)].filter((file) => !shell.has(file));
    // What a screen loads later by itself is a part of it, not a screen.
    const isScreen = key.startsWith('screens/') && manifest[entry].dynamicImports.includes(key);
    const isEditor = key.startsWith('editor/');
    const name = `${isScreen ? 'screen' : isEditor ? 'editor' : 'lazy part'} ${manifest[key].name ?? key}`;
    sizes.push({ name, bytes: total(own), budget: isEditor ? BUDGETS.editor : BUDGETS.screen, isScreen });
  }
  const largest = Math.max(0, ...sizes.filter(({ isScreen }) => isScreen).map(({ bytes }) => bytes));
  sizes.unshift({
    name: 'first load (shell, charts and the largest screen)',
    bytes: total(shell) + largest,
    budget: BUDGETS.firstLoad,
    isScreen: false,
  });
  const problems = sizes
    .filter(({ bytes, budget }) => bytes > budget)
    .map(({ name, bytes, budget }) => `${name} is ${inKb(bytes)} of gzipped JavaScript, its budget is ${inKb(budget)}`);
  return { sizes, problems };
}

/** JavaScript files that a part needs before it can run. */
function staticFiles(manifest, key, found = new Set()) {
  const chunk = manifest[key];
  if (chunk === undefined || found.has(chunk.file)) return found;
  if (chunk.file.endsWith('.js')) found.add(chunk.file);
  for (const other of chunk.imports ?? []) staticFiles(manifest, other, found);
  return found;
}

function inKb(bytes) {
  return `${(bytes / KB).toFixed(1)} KB`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { sizes, problems } = checkBudget();
  for (const { name, bytes, budget } of sizes) console.log(`${inKb(bytes).padStart(9)} of ${inKb(budget).padStart(8)}  ${name}`);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
