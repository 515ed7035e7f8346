// What `npm start`, `npm run build` and `npm test` share: a Node that is new enough and dependencies as in package-lock.json.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Ends the process with a clear line when Node is too old. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Alidade needs Node.js 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

/** Runs a command in the repository, its output shown; ends the process with its status when it fails. */
export function runOrExit(command, args, options = {}) {
  const result = spawnSync(command.startsWith('node_modules/') ? join(root, command) : command, args, {
    cwd: root,
    stdio: 'inherit',
    ...options,
  });
  if (result.status === 0) return;
  console.error(`\n${[command, ...args].join(' ')} failed${result.error ? `: ${result.error.message}` : ` with status ${result.status}`}.`);
  process.exit(result.status || 1);
}

/** `npm ci` when node_modules is missing or older than the lock file. */
export function ensureDependencies() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs) return;
  const folder = join(root, 'node_modules');
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) {
    console.error(`${folder} is a link, and npm ci would empty the folder behind it. Remove the link, or install there by hand.`);
    process.exit(1);
  }
  console.log('Installing dependencies (npm ci; the storage engine is a large library, this takes a minute the first time) …');
  runOrExit('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
