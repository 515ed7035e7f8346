import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { InstrumentError } from './errors.ts';

/**
 * Whether a module is the program that was started, and not imported by another, as `import.meta.main` says since Node.js 24:
 * `if (isMain(import.meta)) app.listen({ port })`. False in worker threads, which is where Alidade reads a project. Throws `invalid_option`
 * under a loader that hides where the module stands.
 */
export function isMain(meta: { readonly url: string; readonly main?: boolean }): boolean {
  if (!isMainThread) return false;
  if (meta.main !== undefined) return meta.main;
  const program = process.argv[1];
  if (program === undefined) return false;
  if (!meta.url.startsWith('file:')) {
    const scheme = meta.url.slice(0, meta.url.indexOf(':') + 1);
    const cure = `start ${program} by Node.js itself (22.18 or newer), by tsx, or by node --import jiti/register`;
    throw new InstrumentError(
      'invalid_option',
      `isMain: this loader does not tell where the module stands (import.meta.url is ${scheme}…); ${cure}`,
    );
  }
  // Node.js resolves links in the address of the module, but not in the argument.
  return realPath(program) === realPath(fileURLToPath(meta.url));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // an argument without the file's extension, or no file at all
  }
}
