// What installing and importing the package costs: only the entries for logs and traces may need packages of their own.
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8')) as {
  exports: Record<string, { source: string; types: string; default: string }>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
};

/** The packages that a module and everything it imports load when it runs; types cost nothing. */
function packagesOf(path: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(path)) return packages;
  seen.add(path);
  for (const [, what = '', specifier = ''] of readFileSync(path, 'utf8').matchAll(/^(?:import|export)\b([^;]*?)\bfrom '([^']+)';/gm)) {
    if (/^\s*type\b/.test(what) || specifier.startsWith('node:')) continue;
    if (!specifier.startsWith('.')) packages.add(specifier);
    else for (const name of packagesOf(resolve(dirname(path), specifier), seen)) packages.add(name);
  }
  return packages;
}

describe('@alidade/sdk', () => {
  const needs = (entry: string) => [...packagesOf(join(here, manifest.exports[entry]?.source ?? ''))].sort();

  it('loads no more than each entry is for', () => {
    expect(needs('./schema')).toEqual([]);
    expect(needs('./advise')).toEqual([]);
    expect(needs('./deploy')).toEqual(['yaml']);
    expect(needs('./instrument')).toEqual(['@opentelemetry/api', 'prom-client']);
    expect(needs('./instrument/logger')).toEqual(['@opentelemetry/api', 'pino']);
    expect(needs('./instrument/tracing')).toEqual([
      '@opentelemetry/api',
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace-node',
    ]);
  });

  it('installs by itself only what counters need', () => {
    const installed = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies).filter((name) => !manifest.peerDependenciesMeta[name]?.optional),
    ];
    expect(installed.sort()).toEqual(needs('./instrument'));
    for (const entry of Object.keys(manifest.exports)) {
      for (const name of needs(entry))
        expect({ ...manifest.dependencies, ...manifest.peerDependencies }, `${entry} needs it`).toHaveProperty([name]);
    }
  });
});
