import { fileURLToPath } from 'node:url';

/** Where a worker's code comes from: a file, or text to be evaluated. */
export type WorkerCode = { readonly url: URL } | { readonly text: string };

/**
 * The code of a worker that `moduleUrl` starts. In the built server it is the file `built` beside the bundle; when the server runs from
 * its sources it is the module `source`, bundled on the fly, because Node 20 does not read TypeScript.
 */
export async function loadWorkerCode(moduleUrl: string, built: string, source: string): Promise<WorkerCode> {
  if (!moduleUrl.endsWith('.ts')) return { url: new URL(built, moduleUrl) };
  // Not a literal, so that bundlers leave this development dependency out.
  const bundler = 'esbuild';
  const { build } = (await import(bundler)) as typeof import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(source, moduleUrl))],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    logLevel: 'silent',
  });
  return { text: outputFiles[0]?.text ?? '' };
}
