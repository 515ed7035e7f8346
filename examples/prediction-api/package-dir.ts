import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package, found from a module in it, whether that runs from source or bundled under `dist/`. */
export function packageDir(moduleUrl: string): string {
  for (let dir = dirname(fileURLToPath(moduleUrl)); ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) return dir;
    if (dir === dirname(dir)) throw new Error(`no package.json above ${moduleUrl}`);
  }
}

/** Where the model files lie: `models/` of this package, or what `MODEL_DIR` says. */
export function modelDir(moduleUrl: string, env: NodeJS.ProcessEnv): string {
  return env.MODEL_DIR ?? join(packageDir(moduleUrl), 'models');
}
