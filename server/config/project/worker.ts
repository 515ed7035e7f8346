// A worker thread that runs one project file of the user and says what it exports: every load begins with fresh modules, and neither a loop
// without end nor `process.exit` in the file ends the server.
import { parentPort, workerData } from 'node:worker_threads';
import { createJiti } from 'jiti';

/** What the thread is given. */
export interface ProjectRequest {
  readonly file: string;
  /** Our own packages → the files to load for them. */
  readonly alias: Readonly<Record<string, string>>;
  /** Whether translated files are kept (by their content) for the next load. */
  readonly cache: boolean;
}

/** What the thread answers: what the file exports by default, as JSON ('' = nothing), or what was thrown; and the files that were loaded. */
export type ProjectAnswer = {
  readonly files: readonly string[];
} & ({ readonly json: string } | { readonly error: { readonly message: string; readonly stack: string } });

/** The server reads it in one go, on the thread that answers everybody. */
const MAX_JSON = 32_000_000;

function megabytes(length: number): string {
  return `${(length / 1e6).toFixed(1)} MB`;
}

async function load({ file, alias, cache }: ProjectRequest): Promise<ProjectAnswer> {
  const jiti = createJiti(file, { fsCache: cache, interopDefault: false, alias: { ...alias } });
  const loaded = () => Object.keys(jiti.cache).filter((path) => !/[\\/]node_modules[\\/]/.test(path));
  try {
    const { default: exported } = await jiti.import<{ readonly default?: unknown }>(file);
    const json = JSON.stringify(exported) ?? '';
    if (json.length <= MAX_JSON) return { json, files: loaded() };
    const message = `exports ${megabytes(json.length)}, more than the ${megabytes(MAX_JSON)} that are read; leave out what is generated in great numbers`;
    return { error: { message, stack: '' }, files: loaded() };
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return { error: { message, stack }, files: loaded() };
  }
}

void load(workerData as ProjectRequest).then((answer) => parentPort?.postMessage(answer));
